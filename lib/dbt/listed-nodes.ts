import { isPlainObject } from "#platform";
import { parseDbtLog } from "./dbt-log.ts";
import { type DbtManifest, type DbtNode, parseManifest } from "./manifest.ts";

/** Nodes as `dbt ls --output json` prints them, one a line, bare or as events of dbt's JSON log. */
export function parseListed(text: string): DbtNode[] | { readonly reason: string } {
  const nodes: DbtNode[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    const written = nodeOf(line.trim());
    if (written === "other") continue;
    if (written === undefined) {
      const form = "which `dbt ls --output json` with `--output-keys unique_id name resource_type …` prints";
      return { reason: `has no node with a \`unique_id\` in line ${at + 1}, ${form}` };
    }
    nodes.push(written);
  }
  return nodes;
}

function nodeOf(line: string): DbtNode | "other" | undefined {
  if (!line.startsWith("{")) return "other";
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isPlainObject(value)) return undefined;
  if (isPlainObject(value["info"])) {
    if (parseDbtLog(line)?.type !== "listed") return "other";
    const printed = (value["data"] as { msg?: unknown } | undefined)?.msg;
    return nodeOf(String(printed));
  }
  return typeof value["unique_id"] === "string" ? (value as unknown as DbtNode) : undefined;
}

/** A manifest of what `dbt ls` tells, which is less than dbt's own: no descriptions, columns and code. */
export function manifestOfListed(nodes: readonly DbtNode[]): DbtManifest {
  const packages = Map.groupBy(nodes, ({ package_name }) => package_name);
  const [largest] = [...packages].sort(([, a], [, b]) => b.length - a.length)[0] ?? [""];
  const parsed = parseManifest(
    JSON.stringify({
      metadata: { project_name: largest },
      nodes: Object.fromEntries(nodes.map((node) => [node.unique_id, completed(node)])),
    }),
  );
  if ("reason" in parsed) throw new Error(`what dbt listed ${parsed.reason}`);
  return parsed;
}

/** dbt leaves out by default what can be told from the rest. */
function completed(node: DbtNode): DbtNode {
  const [type = "", packageName = "", ...rest] = node.unique_id.split(".");
  const { resource_type = type, package_name = packageName, name = rest.at(-1) ?? "" } = node;
  const folders = (node.original_file_path ?? "").split("/").slice(1, -1);
  const last = resource_type === "source" ? [node.source_name ?? rest[0] ?? "", name] : [name];
  return {
    ...node,
    resource_type,
    package_name,
    name,
    fqn: node.fqn ?? [package_name, ...folders, ...last],
    ...(resource_type === "source" ? { source_name: node.source_name ?? rest[0] ?? "" } : {}),
  };
}
