import { createHash } from "node:crypto";
import {
  type AssetKey,
  type AssetSpec,
  assetKey,
  isPlainObject,
  type MetadataValue,
  type TableColumn,
} from "#platform";
import {
  type DbtColumn,
  type DbtConstraint,
  type DbtManifest,
  type DbtNode,
  isRelation,
  parentsOf,
} from "./manifest.ts";
import { nodeMeta, writtenKey } from "./node-meta.ts";
import { sourceFreshness } from "./source-freshness.ts";

/**
 * The asset of a model, seed, snapshot or source before any translation. Its key is `asset_key` of its meta, else for
 * a source `source/table`, else the configured schema (if any) and the name, for versioned models the alias.
 */
export function nodeAsset(node: DbtNode, manifest: DbtManifest): AssetSpec {
  const meta = nodeMeta(node);
  const group = meta["group"] ?? node.config?.["group"];
  const owners = ownersOf(node, manifest);
  const tags = tagsOf(node.tags);
  const isSource = node.resource_type === "source";
  return {
    key: nodeKey(node),
    kinds: manifest.adapterType === "" ? ["dbt"] : ["dbt", manifest.adapterType],
    deps: isSource ? [] : upstreamNodes(node, manifest).map(nodeKey),
    description: descriptionOf(node),
    metadata: metadataOf(node, manifest),
    ...(isSource ? {} : { codeVersion: codeVersionOf(node) }),
    ...(typeof group === "string" ? { groupName: group } : {}),
    ...(owners.length === 0 ? {} : { owners }),
    ...(tags === undefined ? {} : { tags }),
    answers: answersOf(node),
  };
}

export function nodeKey(node: DbtNode): AssetKey {
  const written = writtenKey(node);
  if (written !== undefined) return assetKey(...written);
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
      if (isRelation(parent) || parent.resource_type === "source") found.set(id, parent);
      else if (["model", "metric", "semantic_model"].includes(parent.resource_type)) look(parent);
    }
  };
  look(node);
  return [...found.values()];
}

/** How a model's code compares with that of an earlier manifest; settings and macros do not count. */
export function codeChange(
  node: DbtNode,
  earlier: Pick<DbtManifest, "nodes">,
): "new" | "modified" | "unchanged" {
  const before = earlier.nodes.get(node.unique_id);
  if (before === undefined) return "new";
  return before.checksum?.checksum === node.checksum?.checksum ? "unchanged" : "modified";
}

/** Tags of dbt have no value; those that can't be a tag's key are left out. */
export function tagsOf(
  written: readonly string[] | undefined,
): { readonly [key: string]: string } | undefined {
  const keys = (written ?? []).filter((tag) => tagPattern.test(tag));
  return keys.length === 0 ? undefined : Object.fromEntries(keys.map((key) => [key, ""]));
}

const tagPattern = /^([A-Za-z0-9_.-]{1,63}\/)?[A-Za-z0-9_.-]{1,63}$/;

function ownersOf(node: DbtNode, manifest: DbtManifest): string[] {
  const written = nodeMeta(node)["owners"];
  if (Array.isArray(written)) return written.map(String);
  const group = manifest.groups.get(String(node.config?.["group"] ?? node.group ?? ""));
  const email = (group?.["owner"] as { email?: unknown } | undefined)?.email;
  return email === undefined || email === null ? [] : [email].flat().map(String);
}

function descriptionOf({ description, resource_type, name, raw_code }: DbtNode): string {
  const text =
    description === undefined || description === null || description === ""
      ? `dbt ${resource_type} ${name}`
      : description;
  return raw_code === undefined || raw_code === ""
    ? text
    : `${text}\n\n#### Raw SQL:\n\`\`\`sql\n${raw_code}\n\`\`\``;
}

function codeVersionOf({ raw_code, checksum }: DbtNode): string {
  if (raw_code !== undefined && raw_code !== "") return createHash("sha1").update(raw_code).digest("hex");
  return checksum?.checksum ?? "";
}

function metadataOf(node: DbtNode, manifest: DbtManifest): { readonly [name: string]: MetadataValue } {
  const table = [node.database, node.schema, node.resource_type === "source" ? node.name : node.alias];
  const columns = columnsOf(node);
  const materialized = node.config?.["materialized"];
  const contract = node.config?.["contract"];
  return {
    unique_id: { type: "text", value: node.unique_id },
    table_name: {
      type: "text",
      value: table.filter((part) => part !== undefined && part !== null).join("."),
    },
    ...text("materialization_type", materialized),
    ...(node.package_name === manifest.projectName ? {} : text("package", node.package_name)),
    ...text("access", node.access ?? node.config?.["access"]),
    ...(node.version === undefined || node.version === null ? {} : text("version", String(node.version))),
    ...(isPlainObject(contract) && contract["enforced"] === true
      ? { contract_enforced: { type: "bool", value: true } }
      : {}),
    ...(columns.length === 0 ? {} : { column_schema: { type: "table_schema", value: { columns } } }),
    ...(node.resource_type === "source" ? freshnessOf(node) : {}),
  };
}

function text(name: string, value: unknown): { readonly [name: string]: MetadataValue } {
  return typeof value === "string" && value !== "" ? { [name]: { type: "text", value } } : {};
}

function freshnessOf(source: DbtNode): { readonly [name: string]: MetadataValue } {
  const { warnSeconds, errorSeconds, loadedAtField } = sourceFreshness(source) ?? {};
  const seconds = (name: string, value: number | undefined): { readonly [name: string]: MetadataValue } =>
    value === undefined ? {} : { [name]: { type: "int", value } };
  return {
    ...seconds("freshness_warn_seconds", warnSeconds),
    ...seconds("freshness_error_seconds", errorSeconds),
    ...text("loaded_at_field", loadedAtField),
  };
}

/** Constraints hold only where a contract is enforced: then dbt builds the table with them. */
function columnsOf({ columns = {}, config, constraints = [] }: DbtNode): TableColumn[] {
  const contract = config?.["contract"];
  const isEnforced = isPlainObject(contract) && contract["enforced"] === true;
  const keyed = constraints.filter(({ columns: named }) => named?.length === 1);
  return Object.values(columns).map((column) => {
    const own = (column.constraints ?? []) as readonly DbtConstraint[];
    const types = [...own, ...keyed.filter((one) => one.columns?.[0] === column.name)].map(
      ({ type }) => type,
    );
    return columnOf(column, isEnforced ? types : []);
  });
}

function columnOf(
  { name, data_type, description, tags: written }: DbtColumn,
  constraints: readonly (string | undefined)[],
): TableColumn {
  const tags = tagsOf(written);
  const isKey = constraints.includes("primary_key");
  return {
    name,
    type: data_type ?? "?",
    ...(description === undefined || description === "" ? {} : { description }),
    ...(isKey || constraints.includes("not_null") ? { nullable: false } : {}),
    ...(isKey || constraints.includes("unique") ? { unique: true } : {}),
    ...(tags === undefined ? {} : { tags }),
  };
}

/**
 * Other components ask for a node by its name, with its package in front or not, or by its unique_id; of a versioned
 * model the name alone means the latest. Sources are asked for as `source.table`.
 */
function answersOf({ resource_type, name, package_name, source_name, version, ...node }: DbtNode): string[] {
  const isVersioned = version !== undefined && version !== null;
  const names =
    resource_type === "source"
      ? [`${source_name}.${name}`]
      : isVersioned
        ? [`${name}.v${version}`, ...(version === node.latest_version ? [name] : [])]
        : [name];
  const asked = [...names, ...names.map((one) => `${package_name}.${one}`), node.unique_id];
  return [...new Set(asked)].map((one) => `dbt_model:${one}`);
}
