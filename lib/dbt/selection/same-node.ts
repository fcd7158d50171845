import { isPlainObject } from "#platform";
import type { DbtNode } from "../manifest.ts";

/** What a manifest says of a node beyond what dop reads elsewhere. */
type Written = DbtNode & { readonly [field: string]: unknown };

const parsedTypes = new Set([
  "model",
  "seed",
  "snapshot",
  "test",
  "analysis",
  "operation",
  "sql_operation",
  "function",
]);

/** Whether the node was made from a file of code or data, and no entry of a YAML file only. */
export function isParsed({ resource_type }: DbtNode): boolean {
  return parsedTypes.has(resource_type);
}

/**
 * Whether a node says the same as before in all that counts for `state:modified`, macros apart. dbt counts a new node
 * as modified if it was parsed from code, and a new source, exposure, metric and their like not.
 */
export function sameContents(earlier: DbtNode | undefined, node: DbtNode): boolean {
  if (earlier === undefined) return !isParsed(node) && node.resource_type !== "unit_test";
  const [before, now] = [earlier as Written, node as Written];
  if (isParsed(node)) return sameParsed(before, now);
  const fields = comparedFields[node.resource_type] ?? [];
  if (!fields.every((field) => isEqual(before[field], now[field]))) return false;
  switch (node.resource_type) {
    case "source":
      return sameRelation(before, now) && sameConfig(before, now);
    case "exposure":
      return sameConfig(before, now) && isEqual(parentsOf(before), parentsOf(now));
    case "metric":
      return sameConfig(before, now);
    case "saved_query":
      return sameQuery(before, now);
    default:
      return true;
  }
}

const comparedFields: { readonly [type: string]: readonly string[] } = {
  source: ["fqn", "quoting", "freshness", "loaded_at_field", "external"],
  exposure: ["fqn", "type", "owner", "maturity", "url", "description", "label"],
  metric: ["type", "description", "label"],
  semantic_model: [
    "model",
    "description",
    "defaults",
    "entities",
    "dimensions",
    "measures",
    "config",
    "primary_entity",
    "group",
  ],
  saved_query: ["description", "label", "config", "group", "tags"],
  unit_test: ["checksum"],
};

export function sameBody(earlier: DbtNode, node: DbtNode): boolean {
  if (node.resource_type === "seed") return isEqual(earlier.checksum, node.checksum);
  return (earlier.raw_code ?? "") === (node.raw_code ?? "");
}

/** Compares settings as they are written, before templates; what places the relation counts elsewhere. */
export function sameConfig(earlier: DbtNode, node: DbtNode): boolean {
  const type = node.resource_type;
  if (type === "semantic_model" || type === "saved_query") return isEqual(earlier.config, node.config);
  const [before, now] = [earlier.unrendered_config ?? {}, node.unrendered_config ?? {}];
  if (type === "test") return testSettings.every((name) => sameSetting(before, now, name));
  const ignored = isParsed(node) ? placements : type === "metric" ? ["group"] : [];
  const names = new Set([...Object.keys(before), ...Object.keys(now)]);
  return [...names].every((name) => ignored.includes(name) || sameSetting(before, now, name));
}

/** Descriptions count where dbt writes them into the warehouse. */
export function sameDescription(earlier: DbtNode, node: DbtNode): boolean {
  const kept = node.config?.["persist_docs"];
  if (!isPlainObject(kept)) return true;
  if (kept["relation"] === true && earlier.description !== node.description) return false;
  return kept["columns"] !== true || isEqual(columnDescriptions(earlier), columnDescriptions(node));
}

/** Where the table stands, as it is configured; for sources, as it came out. */
export function sameRelation(earlier: DbtNode, node: DbtNode): boolean {
  if (node.resource_type === "source") {
    const [before, now] = [earlier as Written, node as Written];
    return ["database", "schema", "identifier"].every((field) => isEqual(before[field], now[field]));
  }
  const [before, now] = [earlier.unrendered_config ?? {}, node.unrendered_config ?? {}];
  return ["database", "schema", "alias"].every((name) => isEqual(before[name], now[name]));
}

/** Only models have contracts. */
export function sameContract(earlier: DbtNode, node: DbtNode): boolean {
  if (node.resource_type !== "model") return true;
  const [before, now] = [contractOf(earlier), contractOf(node)];
  if (!before.enforced && !now.enforced) return true;
  return before.enforced && now.enforced && isEqual(before.checksum, now.checksum);
}

const placements = ["alias", "schema", "database", "tags", "group"];

const testSettings = [
  "severity",
  "where",
  "limit",
  "fail_calc",
  "warn_if",
  "error_if",
  "store_failures",
  "store_failures_as",
];

function sameParsed(before: Written, now: Written): boolean {
  if (!sameConfig(before, now) || !isEqual(before.fqn, now.fqn)) return false;
  // A generic test is its settings; its code is made of them.
  if (now.test_metadata !== undefined && now.test_metadata !== null) return true;
  const fields = parsedFields[now.resource_type] ?? [];
  return (
    sameBody(before, now) &&
    sameDescription(before, now) &&
    sameRelation(before, now) &&
    sameContract(before, now) &&
    fields.every((field) => isEqual(before[field], now[field]))
  );
}

const parsedFields: { readonly [type: string]: readonly string[] } = {
  model: ["latest_version", "access", "deprecation_date"],
  function: ["arguments", "returns"],
};

function sameQuery(before: Written, now: Written): boolean {
  const parts = ["metrics", "group_by", "where"];
  const [earlier, later] = [before["query_params"], now["query_params"]].map((query) =>
    isPlainObject(query) ? query : {},
  );
  return (
    parts.every((part) => isEqual(earlier?.[part], later?.[part])) &&
    isEqual(exportsOf(before["exports"]), exportsOf(now["exports"]))
  );
}

function exportsOf(written: unknown): unknown {
  type Export = { name?: unknown; unrendered_config?: { [name: string]: unknown } };
  return ((written ?? []) as Export[]).map(({ name, unrendered_config: config }) => ({
    name,
    settings: ["export_as", "schema", "alias"].map((setting) => config?.[setting] ?? null),
  }));
}

function parentsOf(node: DbtNode): readonly string[] {
  return [...new Set(node.depends_on?.nodes)].sort();
}

function columnDescriptions({ columns }: DbtNode): { readonly [name: string]: unknown } {
  return Object.fromEntries(
    Object.entries(columns ?? {}).map(([name, { description }]) => [name, description]),
  );
}

function contractOf(node: DbtNode): { readonly enforced: boolean; readonly checksum: unknown } {
  const contract = (node as Written)["contract"];
  if (!isPlainObject(contract)) return { enforced: false, checksum: undefined };
  return { enforced: contract["enforced"] === true, checksum: contract["checksum"] };
}

/** A setting that is not there differs from one that is null. */
function sameSetting(
  before: { readonly [name: string]: unknown },
  now: { readonly [name: string]: unknown },
  name: string,
): boolean {
  return Object.hasOwn(before, name) === Object.hasOwn(now, name) && isEqual(before[name], now[name]);
}

/** Versions of dbt write fields of no value as null or not at all, which is the same here. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === undefined || a === null || b === undefined || b === null) return (a ?? null) === (b ?? null);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, at) => isEqual(item, b[at]));
  if (isPlainObject(a) && isPlainObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].every((name) => isEqual(a[name], b[name]));
  }
  return a === b;
}
