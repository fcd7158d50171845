import { isPlainObject } from "#platform";
import type { DbtNode } from "./manifest.ts";

type Mapping = { readonly [name: string]: unknown };

/** What a node says to orchestrators: under `meta.dop`, and where that says nothing under `meta.dagster`. */
export function nodeMeta(node: DbtNode): Mapping {
  return { ...metaOf(node, "dagster"), ...dopMeta(node) };
}

export function dopMeta(node: DbtNode): Mapping {
  return metaOf(node, "dop");
}

function dagsterMeta(node: DbtNode): Mapping {
  return metaOf(node, "dagster");
}

/** `config.meta` wins over `meta`. */
function metaOf(node: DbtNode, name: string): Mapping {
  for (const meta of [node.config?.["meta"], node.meta]) {
    const found = isPlainObject(meta) ? meta[name] : undefined;
    if (isPlainObject(found)) return found;
  }
  return {};
}

/** The key that `asset_key` (or `key`) of a node's meta gives, in parts; text is cut at `/`. */
export function writtenKey(node: DbtNode): readonly string[] | undefined {
  const own = dopMeta(node);
  const written = own["asset_key"] ?? own["key"] ?? dagsterMeta(node)["asset_key"];
  if (typeof written === "string" && written !== "") return written.split("/");
  return Array.isArray(written) && written.length > 0 ? written.map(String) : undefined;
}

/** What `meta.dop` says of other things than the asset's fields. */
const ownNames: ReadonlySet<string> = new Set([
  "asset_key",
  "key",
  "group",
  "ref",
  "has_self_dependency",
  "dbt",
]);

/** The asset's fields that a node's meta sets, as attributes are written in a component file. */
export function metaAttributes(node: DbtNode): Mapping {
  const dop = Object.entries(dopMeta(node)).filter(([name]) => !ownNames.has(name));
  return { ...dagsterAttributes(dagsterMeta(node)), ...Object.fromEntries(dop) };
}

function dagsterAttributes(meta: Mapping): Mapping {
  const policy = meta["auto_materialize_policy"];
  const freshness = freshnessOf(meta);
  return {
    ...(isPlainObject(policy) && policy["type"] === "eager" ? { automation_condition: "eager" } : {}),
    ...(freshness === undefined ? {} : { freshness_policy: freshness }),
  };
}

function freshnessOf({ freshness_policy: policy, freshness_check: check }: Mapping): Mapping | undefined {
  if (isPlainObject(policy) && typeof policy["maximum_lag_minutes"] === "number") {
    const { maximum_lag_minutes: minutes, cron_schedule: cron, cron_schedule_timezone: timeZone } = policy;
    return freshnessWithin(minutes * 60, cron, timeZone);
  }
  if (isPlainObject(check) && typeof check["lower_bound_delta_seconds"] === "number") {
    const { lower_bound_delta_seconds: seconds, deadline_cron: cron, timezone: timeZone } = check;
    return freshnessWithin(seconds, cron, timeZone);
  }
  return undefined;
}

function freshnessWithin(seconds: number, cron: unknown, timeZone: unknown): Mapping {
  if (typeof cron !== "string") return { time_window: { fail_window: seconds } };
  return {
    cron: {
      deadline_cron: cron,
      lower_bound_delta: seconds,
      ...(typeof timeZone === "string" ? { timezone: timeZone } : {}),
    },
  };
}
