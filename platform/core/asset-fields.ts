import type { AssetSpec } from "./asset.ts";
import { type Metadata, metadataOf, type RawMetadata } from "./metadata.ts";
import type { BackfillPolicy, RetryPolicy } from "./policies.ts";

/** The field of a spec that each shared attribute of assets sets. */
export const assetFieldNames = {
  deps: "deps",
  description: "description",
  metadata: "metadata",
  group_name: "groupName",
  skippable: "skippable",
  code_version: "codeVersion",
  owners: "owners",
  tags: "tags",
  kinds: "kinds",
  automation_condition: "automationCondition",
  partitions_def: "partitions",
  partition_mappings: "partitionMappings",
  freshness_policy: "freshnessPolicy",
  materialize_on: "materializeOn",
  backfill_policy: "backfillPolicy",
  retry_policy: "retryPolicy",
  pool: "pool",
  io: "io",
} as const satisfies { readonly [attribute: string]: keyof AssetSpec };

export type AssetFieldAttribute = keyof typeof assetFieldNames;

export function isAssetFieldAttribute(name: string): name is AssetFieldAttribute {
  return Object.hasOwn(assetFieldNames, name);
}

/**
 * The fields of a spec from attributes as written in YAML (snake_case) whose values are read already: conditions,
 * policies and partitions as data, keys as keys. Unknown attributes and those without a value are left out.
 */
export function assetFieldsOf(attributes: { readonly [attribute: string]: unknown }): Partial<AssetSpec> {
  const fields: Record<string, unknown> = {};
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || !isAssetFieldAttribute(attribute)) continue;
    fields[assetFieldNames[attribute]] = fieldValue(attribute, value);
  }
  return fields;
}

/**
 * The spec as templates see it under the name `asset`: attributes as they are written in YAML. What is not set is
 * null, or empty for lists and mappings, so that a template may ask for it.
 */
export function assetAttributesOf(spec: AssetSpec): { readonly [attribute: string]: unknown } {
  const attributes: Record<string, unknown> = { key: spec.key };
  for (const [attribute, field] of Object.entries(assetFieldNames))
    attributes[attribute] = spec[field] ?? null;
  attributes["metadata"] = plainMetadata(spec.metadata ?? {});
  attributes["tags"] ??= {};
  for (const list of ["deps", "owners", "kinds"]) attributes[list] ??= [];
  return attributes;
}

export function plainMetadata(metadata: Metadata): { readonly [name: string]: unknown } {
  return Object.fromEntries(Object.entries(metadata).map(([name, { value }]) => [name, value]));
}

function fieldValue(attribute: AssetFieldAttribute, value: unknown): unknown {
  switch (attribute) {
    case "metadata":
      return metadataOf(value as RawMetadata);
    case "retry_policy":
      return retryPolicyOf(value as WrittenRetryPolicy);
    case "backfill_policy":
      return backfillPolicyOf(value as WrittenBackfillPolicy);
    default:
      return value;
  }
}

interface WrittenRetryPolicy {
  readonly max_retries?: number;
  readonly delay?: number;
  readonly backoff?: string;
  readonly jitter?: string;
}

/** Also takes a policy that has its final form. */
function retryPolicyOf(written: WrittenRetryPolicy | RetryPolicy): RetryPolicy {
  if ("maxRetries" in written) return written;
  const { max_retries, delay, backoff, jitter } = written as WrittenRetryPolicy;
  return {
    maxRetries: max_retries ?? 1,
    ...(delay === undefined ? {} : { delaySeconds: delay }),
    ...(backoff === undefined
      ? {}
      : { backoff: backoff.toLowerCase() as NonNullable<RetryPolicy["backoff"]> }),
    ...(jitter === undefined ? {} : { jitter: jitter.toLowerCase() as NonNullable<RetryPolicy["jitter"]> }),
  };
}

interface WrittenBackfillPolicy {
  readonly type: BackfillPolicy["type"];
  readonly max_partitions_per_run?: number;
}

function backfillPolicyOf(written: WrittenBackfillPolicy | BackfillPolicy): BackfillPolicy {
  if (written.type === "single_run") return { type: "single_run" };
  if ("maxPartitionsPerRun" in written) return written;
  return {
    type: "multi_run",
    maxPartitionsPerRun: (written as WrittenBackfillPolicy).max_partitions_per_run ?? 1,
  };
}
