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
  readonly description?: string;
  readonly raw_code?: string;
  readonly language?: string;
  readonly checksum?: { readonly checksum?: string };
  readonly tags?: readonly string[];
  readonly meta?: Mapping;
  readonly config?: Mapping;
  readonly group?: string | null;
  readonly version?: number | string | null;
  readonly latest_version?: number | string | null;
  readonly columns?: { readonly [name: string]: DbtColumn };
  readonly depends_on?: { readonly nodes?: readonly string[] };
  readonly attached_node?: string | null;
  readonly test_metadata?: { readonly name?: string } | null;
  readonly source_name?: string;
  readonly access?: string | null;
}

export interface DbtColumn {
  readonly name: string;
  readonly description?: string;
  readonly data_type?: string | null;
}

type Mapping = { readonly [name: string]: unknown };

/** A manifest with its nodes of all kinds in one table; disabled ones are not in it. */
export interface DbtManifest {
  readonly projectName: string;
  readonly adapterType: string;
  readonly nodes: ReadonlyMap<string, DbtNode>;
  /** Nodes that directly depend on a node. */
  readonly children: ReadonlyMap<string, readonly string[]>;
  readonly groups: ReadonlyMap<string, Mapping>;
}

const tables = [
  "nodes",
  "sources",
  "exposures",
  "metrics",
  "semantic_models",
  "saved_queries",
  "unit_tests",
] as const;

/** Reads the text of `manifest.json`; the reason says why it is none, as the end of a sentence. */
export function parseManifest(text: string): DbtManifest | { readonly reason: string } {
  let raw: { [table: string]: unknown };
  try {
    raw = JSON.parse(text) as { [table: string]: unknown };
  } catch {
    return { reason: "is no JSON" };
  }
  const { metadata, nodes: written } = raw as { metadata?: Mapping; nodes?: unknown };
  if (typeof metadata !== "object" || metadata === null || typeof written !== "object" || written === null) {
    return { reason: "has no `metadata` and `nodes`, so it is no dbt manifest" };
  }
  const nodes = new Map<string, DbtNode>();
  for (const table of tables) {
    for (const [id, node] of Object.entries((raw[table] ?? {}) as { [id: string]: DbtNode })) {
      if (node.config?.["enabled"] !== false) nodes.set(id, node);
    }
  }
  const groups = Object.values((raw["groups"] ?? {}) as { [id: string]: Mapping });
  return {
    projectName: String(metadata["project_name"] ?? ""),
    adapterType: String(metadata["adapter_type"] ?? ""),
    nodes,
    children: childrenOf(nodes),
    groups: new Map(groups.map((group) => [String(group["name"]), group])),
  };
}

/** The nodes that a node directly depends on, those that exist. */
export function parentsOf(node: DbtNode, { nodes }: Pick<DbtManifest, "nodes">): string[] {
  return (node.depends_on?.nodes ?? []).filter((id) => nodes.has(id));
}

/** What a node says under `meta.dagster`, where `config.meta` wins over `meta`. */
export function dagsterMeta(node: DbtNode): Mapping {
  for (const meta of [node.config?.["meta"], node.meta]) {
    const dagster = typeof meta === "object" && meta !== null ? (meta as Mapping)["dagster"] : undefined;
    if (typeof dagster === "object" && dagster !== null) return dagster as Mapping;
  }
  return {};
}

/** Whether the node is built and becomes an asset: models, seeds and snapshots, but no ephemeral models. */
export function isBuilt({ resource_type, config }: DbtNode): boolean {
  return ["model", "seed", "snapshot"].includes(resource_type) && config?.["materialized"] !== "ephemeral";
}

function childrenOf(nodes: ReadonlyMap<string, DbtNode>): Map<string, string[]> {
  const children = new Map<string, string[]>();
  for (const [id, node] of nodes) {
    for (const parent of parentsOf(node, { nodes })) {
      const known = children.get(parent);
      if (known === undefined) children.set(parent, [id]);
      else known.push(id);
    }
  }
  return children;
}
