import type { DbtManifest, DbtNode } from "./manifest.ts";

type Matches = (
  node: DbtNode,
  value: string,
  context: { argument: string; manifest: DbtManifest },
) => boolean;

/** How each method of a criterion (`tag:x`) finds nodes; patterns are those of fnmatch, whose `*` crosses dots. */
export const nodeMethods: { readonly [method: string]: Matches } = {
  fqn: (node, value) =>
    node.resource_type !== "source" &&
    (hasName(node.fqn, value, node) || hasName(node.fqn.slice(1), value, node)),
  tag: (node, value) => (node.tags ?? []).some((tag) => matchesPattern(tag, value)),
  path: matchesPath,
  file: (node, value) => {
    const file = (node.original_file_path ?? "").split(/[\\/]/).at(-1) as string;
    return (
      file !== "" && (matchesPattern(file, value) || matchesPattern(file.replace(/\.[^.]*$/, ""), value))
    );
  },
  package: (node, value, { manifest }) =>
    matchesPattern(node.package_name, value === "this" ? manifest.projectName : value),
  source: matchesSource,
  exposure: (node, value) => node.resource_type === "exposure" && matchesName(node, value),
  metric: (node, value) => node.resource_type === "metric" && matchesName(node, value),
  semantic_model: (node, value) => node.resource_type === "semantic_model" && matchesName(node, value),
  saved_query: (node, value) => node.resource_type === "saved_query" && matchesName(node, value),
  unit_test: (node, value) => node.resource_type === "unit_test" && matchesName(node, value),
  config: matchesConfig,
  resource_type: (node, value) => node.resource_type === value,
  test_type: (node, value) => {
    if (value === "unit") return node.resource_type === "unit_test";
    if (node.resource_type !== "test") return false;
    const generic = node.test_metadata != null;
    return value === "data" || (generic ? ["generic", "schema"].includes(value) : value === "singular");
  },
  test_name: (node, value) =>
    (node.resource_type === "unit_test" && matchesPattern(node.name, value)) ||
    (node.resource_type === "test" && matchesPattern(node.test_metadata?.name ?? "", value)),
  group: (node, value) => matchesPattern(String(node.config?.["group"] ?? node.group ?? ""), value),
  access: (node, value) => node.resource_type === "model" && node.access === value,
  version: matchesVersion,
};

/** Whether all of `text` is of the pattern: `*`, `?` and `[…]`, as fnmatch reads them. */
export function matchesPattern(text: string, pattern: string): boolean {
  return patternOf(pattern).test(text);
}

const patterns = new Map<string, RegExp>();

function patternOf(pattern: string): RegExp {
  let compiled = patterns.get(pattern);
  if (compiled === undefined) {
    const source = pattern.replaceAll(
      /\[(!?)([^\]]+)\]|[\s\S]/g,
      (part: string, negated?: string, set?: string) => {
        if (set !== undefined)
          return `[${negated === "!" ? "^" : ""}${set.replaceAll("\\", "\\\\").replaceAll("^", "\\^")}]`;
        return part === "*" ? "[\\s\\S]*" : part === "?" ? "[\\s\\S]" : RegExp.escape(part);
      },
    );
    compiled = new RegExp(`^${source}$`);
    patterns.set(pattern, compiled);
  }
  return compiled;
}

/** The last part alone, or a leading part of the dotted name whose rest may be a pattern. */
function hasName(fqn: readonly string[], value: string, node: DbtNode): boolean {
  const versioned = node.version !== undefined && node.version !== null && node.resource_type === "model";
  const wanted = value.split(".");
  if (versioned && (fqn.at(-2) === value || fqn.slice(-2).join("_") === wanted.slice(-2).join("_")))
    return true;
  if (!versioned && fqn.at(-1) === value) return true;
  const parts = fqn.flatMap((part) => part.split("."));
  if (parts.length < wanted.length) return false;
  for (const [index, part] of wanted.entries()) {
    if (/[*?[\]]/.test(part))
      return matchesPattern(parts.slice(index).join("."), wanted.slice(index).join("."));
    if (parts[index] !== part) return false;
  }
  return true;
}

function matchesPath(node: DbtNode, value: string): boolean {
  const wanted = value.replace(/\/+$/, "").replace(/^\.\//, "");
  const files = [node.original_file_path, node.patch_path?.split("://").at(-1)];
  return files.some((file) => {
    if (file === undefined || file === "") return false;
    const parts = file.replaceAll("\\", "/").split("/");
    return parts.some(
      (_, index) =>
        matchesPattern(parts.slice(0, index + 1).join("/"), wanted) && sameDepth(wanted, index + 1),
    );
  });
}

/** In a path a `*` stands for a part of one folder's name, unless it is `**`. */
function sameDepth(pattern: string, depth: number): boolean {
  return pattern.includes("**") || pattern.split("/").length === depth;
}

function matchesSource(node: DbtNode, value: string): boolean {
  if (node.resource_type !== "source") return false;
  const parts = value.split(".");
  const names = [node.package_name, node.source_name ?? "", node.name];
  if (parts.length === 1) return matchesPattern(node.source_name ?? "", value);
  return (
    parts.length <= 3 &&
    names.slice(-parts.length).every((name, index) => matchesPattern(name, parts[index] as string))
  );
}

function matchesName(node: DbtNode, value: string): boolean {
  const [name, packageName] = value.split(".").toReversed();
  return (
    matchesPattern(node.name, name as string) &&
    (packageName === undefined || matchesPattern(node.package_name, packageName))
  );
}

function matchesConfig(node: DbtNode, value: string, { argument }: { argument: string }): boolean {
  let found: unknown = node.config;
  for (const part of argument.split(".")) {
    found =
      typeof found === "object" && found !== null ? (found as { [name: string]: unknown })[part] : undefined;
  }
  if (found === undefined || found === null) return false;
  if (Array.isArray(found)) return found.map(String).includes(value);
  if (typeof found === "object") return Object.hasOwn(found, value);
  if (typeof found === "boolean") return value.toLowerCase() === String(found);
  return argument === "severity"
    ? String(found).toLowerCase() === value.toLowerCase()
    : String(found) === value;
}

function matchesVersion(node: DbtNode, value: string): boolean {
  if (node.resource_type !== "model") return false;
  const { version, latest_version: latest } = node;
  if (version === undefined || version === null) return value === "none";
  if (latest === undefined || latest === null) return false;
  if (value === "latest") return version === latest;
  if (value === "prerelease") return Number(version) > Number(latest);
  return value === "old" && Number(version) < Number(latest);
}
