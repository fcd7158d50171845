import type { AssetSpec, CodeReference } from "../core/asset.ts";
import type { AssetKey } from "../core/asset-key.ts";
import { prefixAssetKey } from "../core/asset-key.ts";
import { type Metadata, metadataOf, type RawMetadata } from "../core/metadata.ts";
import type { BackfillPolicy, RetryPolicy } from "../core/policies.ts";
import type { AssetAttributes } from "../define/asset-attributes.ts";

/** A spec that is still being put together. */
type OpenSpec = { -readonly [Field in keyof AssetSpec]: AssetSpec[Field] };

/** Attribute of `asset_attributes` → field of a spec, where the value is taken as it is. */
const plainFields: { readonly [attribute: string]: keyof AssetSpec } = {
  deps: "deps",
  description: "description",
  group_name: "groupName",
  skippable: "skippable",
  code_version: "codeVersion",
  owners: "owners",
  kinds: "kinds",
  automation_condition: "automationCondition",
  partitions_def: "partitions",
  freshness_policy: "freshnessPolicy",
  pool: "pool",
  io: "io",
};

/** The spec's field that an attribute sets. */
export function specField(attribute: string): string {
  const others: { readonly [name: string]: string } = {
    backfill_policy: "backfillPolicy",
    retry_policy: "retryPolicy",
    key_prefix: "key",
  };
  return plainFields[attribute] ?? others[attribute] ?? attribute;
}

/**
 * The given attributes put over a base: tags and metadata merge, a key prefix goes in front of the new or old key,
 * everything else replaces. `placeOf` tells where an attribute is written, if it is.
 */
export function specWithAttributes(
  base: AssetSpec,
  attributes: AssetAttributes,
  placeOf: (attribute: string) => CodeReference | undefined,
): AssetSpec {
  const spec: OpenSpec = { ...base };
  const origins: Record<string, CodeReference> = { ...base.origins };
  for (const [attribute, value] of Object.entries(attributes) as [string, unknown][]) {
    if (value === undefined) continue;
    applyAttribute(spec, attribute, value);
    const place = placeOf(attribute);
    if (place !== undefined) origins[specField(attribute)] = place;
  }
  const { key_prefix: prefix } = attributes;
  if (prefix !== undefined) {
    spec.key = prefixAssetKey(typeof prefix === "string" ? prefix.split("/") : prefix, spec.key);
  }
  if (Object.keys(origins).length > 0) spec.origins = origins;
  return spec;
}

function applyAttribute(spec: OpenSpec, attribute: string, value: unknown): void {
  const field = plainFields[attribute];
  if (field !== undefined) (spec as { [name: string]: unknown })[field] = value;
  else if (attribute === "key") spec.key = value as AssetKey;
  else if (attribute === "tags") spec.tags = { ...spec.tags, ...(value as { [key: string]: string }) };
  else if (attribute === "metadata") spec.metadata = { ...spec.metadata, ...readMetadata(value) };
  else if (attribute === "backfill_policy")
    spec.backfillPolicy = backfillPolicyOf(value as WrittenBackfillPolicy);
  else if (attribute === "retry_policy") spec.retryPolicy = retryPolicyOf(value as WrittenRetryPolicy);
}

/** Plain values of metadata with their types; secrets show as they always do. */
export function readMetadata(value: unknown): Metadata {
  return metadataOf(JSON.parse(JSON.stringify(value)) as RawMetadata);
}

interface WrittenRetryPolicy {
  readonly max_retries: number;
  readonly delay?: number;
  readonly backoff?: string;
  readonly jitter?: string;
}

export function retryPolicyOf({ max_retries, delay, backoff, jitter }: WrittenRetryPolicy): RetryPolicy {
  return {
    maxRetries: max_retries ?? 1,
    ...(delay === undefined ? {} : { delaySeconds: delay }),
    ...(backoff === undefined ? {} : { backoff: backoff.toLowerCase() as "linear" }),
    ...(jitter === undefined ? {} : { jitter: jitter.toLowerCase() as "full" }),
  };
}

type WrittenBackfillPolicy = { readonly type: string; readonly max_partitions_per_run?: number };

export function backfillPolicyOf(policy: WrittenBackfillPolicy): BackfillPolicy {
  return policy.type === "single_run"
    ? { type: "single_run" }
    : { type: "multi_run", maxPartitionsPerRun: policy.max_partitions_per_run ?? 1 };
}

/** A spec as templates see it under `spec` and `asset`: attributes as they are written in YAML. */
export function specInScope(spec: AssetSpec): { readonly [attribute: string]: unknown } {
  const plain = Object.entries(plainFields).map(([attribute, field]) => [attribute, spec[field] ?? null]);
  return {
    ...Object.fromEntries(plain),
    key: spec.key,
    deps: spec.deps ?? [],
    owners: spec.owners ?? [],
    kinds: spec.kinds ?? [],
    tags: spec.tags ?? {},
    metadata: Object.fromEntries(
      Object.entries(spec.metadata ?? {}).map(([name, { value }]) => [name, value]),
    ),
  };
}
