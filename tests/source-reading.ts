import { parseSync } from "vite";

export interface SourceImport {
  readonly specifier: string;
  /** Whether it is gone when types are stripped. */
  readonly typeOnly: boolean;
}

export interface SourceReading {
  readonly imports: readonly SourceImport[];
  /** Names used that are not local properties, such as `process` and `Date.now`; `new Date()` without arguments. */
  readonly uses: ReadonlySet<string>;
}

interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Imports and used names of a module; throws Error when it does not parse. */
export function readSource(file: string, text: string): SourceReading {
  const { program } = parsed(file, text);
  const imports: SourceImport[] = [];
  const uses = new Set<string>();
  for (const node of nodesOf(program as unknown as Node)) {
    const specifier = textOf(node["source"]);
    if (specifier !== undefined) imports.push({ specifier, typeOnly: isTypeOnly(node) });
    for (const name of namesOf(node)) uses.add(name);
  }
  return { imports, uses };
}

/** Imports alone, without a walk through the whole tree where none stands inside an expression; throws as above. */
export function readImports(file: string, text: string): readonly SourceImport[] {
  if (/\bimport\s*\(/.test(text)) return readSource(file, text).imports;
  const { staticImports, staticExports } = parsed(file, text).module;
  const exported = staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, isType }) =>
      moduleRequest === null ? [] : [{ specifier: moduleRequest.value, typeOnly: isType }],
    ),
  );
  const imported = staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
  }));
  return [...imported, ...exported];
}

function parsed(file: string, text: string): ReturnType<typeof parseSync> {
  const result = parseSync(file, text);
  if (result.errors[0] !== undefined) throw new Error(`${file}: ${result.errors[0].message}`);
  return result;
}

/** A node and all below it, except names that are mere labels: properties after a dot and keys. */
function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const [field, value] of Object.entries(node)) {
    if ((field === "property" || field === "key") && node["computed"] === false) continue;
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) yield* nodesOf(child);
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

function textOf(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  return node.type === "Literal" && typeof node["value"] === "string" ? node["value"] : undefined;
}

function isTypeOnly(node: Node): boolean {
  if (node.type === "TSImportType" || node["importKind"] === "type" || node["exportKind"] === "type")
    return true;
  const specifiers = node["specifiers"];
  if (!Array.isArray(specifiers) || specifiers.length === 0) return false;
  return specifiers.every((entry) => entry.importKind === "type" || entry.exportKind === "type");
}

function namesOf(node: Node): string[] {
  if (node.type === "Identifier") return [String(node["name"])];
  if (node.type === "MemberExpression" && isNode(node["object"]) && isNode(node["property"])) {
    return [`${node["object"]["name"]}.${node["property"]["name"]}`];
  }
  if (node.type === "NewExpression" && isNode(node["callee"]) && node["callee"]["name"] === "Date") {
    return (node["arguments"] as unknown[]).length === 0 ? ["new Date()"] : [];
  }
  return [];
}
