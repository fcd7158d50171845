import { hash } from "node:crypto";

/** A node of a dbt manifest, as far as dop reads it; translations see all of it. */
export interface DbtNode {
  readonly unique_id: string;
  readonly resource_type: string;
  readonly name: string;
  readonly package_name: string;
  readonly fqn: readonly string[];
  readonly original_file_path?: string;
  readonly patch_path?: string | null;
  readonly alias?: string;
  readonly database?: string | null;
  readonly schema?: string;
  readonly description?: string | null;
  readonly raw_code?: string;
  readonly language?: string;
  readonly checksum?: { readonly name?: string; readonly checksum?: string };
  readonly tags?: readonly string[];
  readonly meta?: Mapping;
  readonly config?: Mapping;
  readonly group?: string | null;
  readonly version?: number | string | null;
  readonly latest_version?: number | string | null;
  readonly columns?: { readonly [name: string]: DbtColumn };
  readonly depends_on?: { readonly nodes?: readonly string[]; readonly macros?: readonly string[] };
  readonly attached_node?: string | null;
  readonly test_metadata?: { readonly name?: string } | null;
  readonly constraints?: readonly DbtConstraint[];
  readonly source_name?: string;
  readonly access?: string | null;
  readonly unrendered_config?: Mapping;
  /** Of exposures and metrics. */
  readonly type?: string;
  readonly label?: string | null;
  readonly owner?: unknown;
  readonly url?: string | null;
  readonly maturity?: string | null;
  /** Of sources. */
  readonly freshness?: unknown;
  readonly loaded_at_field?: string | null;
  /** Of semantic models. */
  readonly entities?: readonly DbtPart[];
  readonly dimensions?: readonly DbtPart[];
  readonly measures?: readonly DbtPart[];
}

interface DbtPart {
  readonly name: string;
}

export interface DbtColumn {
  readonly name: string;
  readonly description?: string;
  readonly data_type?: string | null;
  readonly tags?: readonly string[];
  readonly constraints?: readonly DbtConstraint[];
}

export interface DbtConstraint {
  readonly type?: string;
  /** Of a constraint of the table. */
  readonly columns?: readonly string[] | null;
}

type Mapping = { readonly [name: string]: unknown };

/** What `state:modified` needs to know of a macro. */
export interface DbtMacro {
  /** Of its text. */
  readonly hash: string;
  readonly macros: readonly string[];
}

/** What dop keeps of a manifest: no documentation, no text of macros, no disabled resources. */
export interface DbtManifest {
  readonly projectName: string;
  readonly adapterType: string;
  /** Of dbt, which decides how it reads selections. */
  readonly version: string;
  /** Nodes of all kinds that are enabled. */
  readonly nodes: ReadonlyMap<string, DbtNode>;
  /** Nodes that stand among the others and are switched off, such as tests of a disabled model. */
  readonly disabled: ReadonlyMap<string, DbtNode>;
  /** Nodes that directly depend on a node; made from the nodes, since some versions of dbt leave its map out. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, Mapping>;
  readonly macros: ReadonlyMap<string, DbtMacro>;
  /** Definitions of the project's selectors.yml by name, as dbt writes them. */
  readonly selectors: ReadonlyMap<string, Mapping>;
  /** Files of the project itself, not of its packages, relative to its folder. */
  readonly files: ReadonlySet<string>;
}

const tables = [
  "nodes",
  "sources",
  "exposures",
  "metrics",
  "unit_tests",
  "semantic_models",
  "saved_queries",
  "functions",
] as const;

/** Of dbt 1.5. */
const oldestSchema = 9;

type Table<T> = { readonly [id: string]: T };

/** Reads the text of `manifest.json`; the reason says why it is none, as the end of a sentence. */
export function parseManifest(text: string): DbtManifest | { readonly reason: string } {
  let raw: { [table: string]: unknown } | null;
  try {
    raw = JSON.parse(text) as typeof raw;
  } catch {
    return { reason: "is no JSON" };
  }
  const metadata = raw?.["metadata"] as Mapping | null | undefined;
  if (raw === null || typeof metadata !== "object" || metadata === null || typeof raw["nodes"] !== "object") {
    return { reason: "has no `metadata` and `nodes`, so it is no dbt manifest" };
  }
  const version = String(metadata["dbt_version"] ?? "");
  const schema = /\/v(\d+)\.json$/.exec(String(metadata["dbt_schema_version"]))?.[1];
  if (schema !== undefined && Number(schema) < oldestSchema) {
    return { reason: `is of dbt ${version}; dop reads manifests of dbt 1.5 and later` };
  }
  const nodes = new Map<string, DbtNode>();
  const disabled = new Map<string, DbtNode>();
  for (const table of tables) {
    for (const [id, node] of Object.entries(tableOf<DbtNode>(raw, table))) {
      (node.config?.["enabled"] === false ? disabled : nodes).set(id, node);
    }
  }
  const projectName = String(metadata["project_name"] ?? projectNameOf(metadata, nodes));
  return {
    projectName,
    adapterType: String(metadata["adapter_type"] ?? ""),
    version,
    nodes,
    disabled,
    children: childrenOf(nodes),
    groups: new Map(
      Object.values(tableOf<Mapping>(raw, "groups")).map((group) => [String(group["name"]), group]),
    ),
    macros: macrosOf(raw),
    selectors: new Map(Object.entries(tableOf<Mapping>(raw, "selectors"))),
    files: filesOf(raw, projectName),
  };
}

/** The nodes that a node directly depends on, those that exist. */
export function parentsOf(node: DbtNode, { nodes }: Pick<DbtManifest, "nodes">): string[] {
  return (node.depends_on?.nodes ?? []).filter((id) => nodes.has(id));
}

/**
 * Whether the node is built by this project and becomes an asset: models, seeds and snapshots, but no ephemeral models
 * and none of other projects.
 */
export function isBuilt(node: DbtNode): boolean {
  return isRelation(node) && !isOfOtherProject(node);
}

/** Whether a node stands for a table or view that dbt builds, here or in another project. */
export function isRelation({ resource_type, config }: DbtNode): boolean {
  return ["model", "seed", "snapshot"].includes(resource_type) && config?.["materialized"] !== "ephemeral";
}

/** dbt mesh and dbt-loom name nodes of other projects, without the files that they come from. */
export function isOfOtherProject(node: DbtNode): boolean {
  return isRelation(node) && (node.original_file_path ?? "") === "";
}

function tableOf<T>(raw: { readonly [table: string]: unknown }, table: string): Table<T> {
  const written = raw[table];
  return typeof written === "object" && written !== null ? (written as Table<T>) : {};
}

/** Manifests of dbt 1.5 tell of the project's name only the hash. */
function projectNameOf(metadata: Mapping, nodes: ReadonlyMap<string, DbtNode>): string {
  const packages = new Set([...nodes.values()].map((node) => node.package_name));
  const named = [...packages].find((name) => hash("md5", name) === metadata["project_id"]);
  return named ?? [...packages][0] ?? "";
}

function childrenOf(nodes: ReadonlyMap<string, DbtNode>): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const [id, node] of nodes) {
    for (const parent of new Set(parentsOf(node, { nodes }))) {
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [id]);
      else known.push(id);
    }
  }
  return children;
}

function macrosOf(raw: { readonly [table: string]: unknown }): Map<string, DbtMacro> {
  type Written = { macro_sql?: string; depends_on?: { macros?: readonly string[] } };
  return new Map(
    Object.entries(tableOf<Written>(raw, "macros")).map(([id, { macro_sql, depends_on }]) => [
      id,
      { hash: hash("sha1", macro_sql ?? ""), macros: depends_on?.macros ?? [] },
    ]),
  );
}

/** `path:` looks for files that are there, also such as no enabled node comes from. */
function filesOf(raw: { readonly [table: string]: unknown }, projectName: string): Set<string> {
  const files = new Set<string>();
  const add = ({ package_name, original_file_path, patch_path }: DbtNode): void => {
    if (package_name === projectName && original_file_path !== undefined) files.add(original_file_path);
    const [patchPackage, patchFile] = (patch_path ?? "").split("://");
    if (patchPackage === projectName && patchFile !== undefined) files.add(patchFile);
  };
  for (const table of [...tables, "macros", "docs"])
    for (const node of Object.values(tableOf<DbtNode>(raw, table))) add(node);
  for (const node of Object.values(tableOf<readonly DbtNode[]>(raw, "disabled")).flat()) add(node);
  files.delete("");
  return files;
}
