import { createHash } from "node:crypto";
import { type AssetKey, type AssetSpec, assetKey, type MetadataValue } from "#platform";
import { type DbtManifest, type DbtNode, dagsterMeta, isBuilt, parentsOf } from "./manifest.ts";

/**
 * The asset of a model, seed, snapshot or source before any translation. Its key is `meta.dagster.asset_key`, else for
 * a source `source/table`, else the configured schema (if any) and the name, for versioned models the alias.
 */
export function nodeAsset(node: DbtNode, manifest: DbtManifest): AssetSpec {
  const meta = dagsterMeta(node);
  const group = meta["group"] ?? node.config?.["group"];
  const owners = ownersOf(node, manifest);
  const tags = (node.tags ?? []).filter((tag) => tagPattern.test(tag));
  const isSource = node.resource_type === "source";
  return {
    key: nodeKey(node),
    kinds: manifest.adapterType === "" ? ["dbt"] : ["dbt", manifest.adapterType],
    deps: isSource ? [] : upstreamNodes(node, manifest).map(nodeKey),
    description: descriptionOf(node),
    metadata: metadataOf(node),
    ...(isSource ? {} : { codeVersion: codeVersionOf(node) }),
    ...(typeof group === "string" ? { groupName: group } : {}),
    ...(owners.length === 0 ? {} : { owners }),
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags.map((tag) => [tag, ""])) }),
    answers: answersOf(node),
  };
}

export function nodeKey(node: DbtNode): AssetKey {
  const written = dagsterMeta(node)["asset_key"];
  if (Array.isArray(written) && written.length > 0) return assetKey(...written.map(String));
  if (node.resource_type === "source") return assetKey(node.source_name ?? "", node.name);
  const schema = node.config?.["schema"];
  const isVersioned = node.version !== undefined && node.version !== null;
  if (isVersioned) return assetKey(node.alias ?? node.name);
  return typeof schema === "string" && schema !== "" ? assetKey(schema, node.name) : assetKey(node.name);
}

/** The nearest nodes upstream that are assets or sources: ephemeral models are looked through. */
export function upstreamNodes(node: DbtNode, manifest: DbtManifest): DbtNode[] {
  const found = new Map<string, DbtNode>();
  const seen = new Set<string>();
  const look = (from: DbtNode): void => {
    for (const id of parentsOf(from, manifest)) {
      if (seen.has(id)) continue;
      seen.add(id);
      const parent = manifest.nodes.get(id) as DbtNode;
      if (isBuilt(parent) || parent.resource_type === "source") found.set(id, parent);
      else if (["model", "metric", "semantic_model"].includes(parent.resource_type)) look(parent);
    }
  };
  look(node);
  return [...found.values()];
}

const tagPattern = /^([A-Za-z0-9_.-]{1,63}\/)?[A-Za-z0-9_.-]{1,63}$/;

function ownersOf(node: DbtNode, manifest: DbtManifest): string[] {
  const written = dagsterMeta(node)["owners"];
  if (Array.isArray(written)) return written.map(String);
  const group = manifest.groups.get(String(node.config?.["group"] ?? node.group ?? ""));
  const email = (group?.["owner"] as { email?: unknown } | undefined)?.email;
  return email === undefined || email === null ? [] : [email].flat().map(String);
}

function descriptionOf({ description, resource_type, name, raw_code }: DbtNode): string {
  const text = description === undefined || description === "" ? `dbt ${resource_type} ${name}` : description;
  return raw_code === undefined || raw_code === ""
    ? text
    : `${text}\n\n#### Raw SQL:\n\`\`\`sql\n${raw_code}\n\`\`\``;
}

function codeVersionOf({ raw_code, checksum }: DbtNode): string {
  if (raw_code !== undefined && raw_code !== "") return createHash("sha1").update(raw_code).digest("hex");
  return checksum?.checksum ?? "";
}

function metadataOf(node: DbtNode): { readonly [name: string]: MetadataValue } {
  const table = [node.database, node.schema, node.resource_type === "source" ? node.name : node.alias];
  const columns = Object.values(node.columns ?? {}).map(({ name, data_type, description }) => ({
    name,
    type: data_type ?? "?",
    ...(description === undefined || description === "" ? {} : { description }),
  }));
  const materialized = node.config?.["materialized"];
  return {
    unique_id: { type: "text", value: node.unique_id },
    table_name: {
      type: "text",
      value: table.filter((part) => part !== undefined && part !== null).join("."),
    },
    ...(typeof materialized === "string"
      ? { materialization_type: { type: "text", value: materialized } }
      : {}),
    ...(columns.length === 0 ? {} : { column_schema: { type: "table_schema", value: { columns } } }),
  };
}

/** Other components ask for a node by its name; of a versioned model the name alone means the latest. */
function answersOf(node: DbtNode): string[] {
  if (node.resource_type === "source") return [`dbt_source:${node.source_name}.${node.name}`];
  const { name, version, latest_version } = node;
  if (version === undefined || version === null) return [`dbt_model:${name}`];
  return [`dbt_model:${name}.v${version}`, ...(version === latest_version ? [`dbt_model:${name}`] : [])];
}
