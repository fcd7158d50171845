import type { AssetKey } from "./asset-key.ts";
import type { CodeReference, Origins } from "./code-reference.ts";
import type { AutomationCondition } from "./condition.ts";
import type { BreachState, FreshnessPolicy } from "./freshness.ts";
import type { Metadata } from "./metadata.ts";
import type { PartitionMapping, PartitionsDefinition } from "./partitions.ts";
import type { BackfillPolicy, RetryPolicy } from "./policies.ts";
import type { Reference } from "./reference.ts";

/**
 * What is declared of an asset, without code.
 *
 * Before the merge `deps` may hold references and `key` may lack the environment's prefix; after it, in an
 * `Asset` of the graph, both are settled.
 */
export interface AssetSpec {
  readonly key: AssetKey;
  readonly deps?: readonly (AssetKey | Reference)[];
  readonly description?: string;
  readonly metadata?: Metadata;
  readonly groupName?: string;
  readonly codeVersion?: string;
  /** E-mail addresses and `team:x`. */
  readonly owners?: readonly string[];
  readonly tags?: { readonly [key: string]: string };
  /** Technology labels such as `duckdb`. */
  readonly kinds?: readonly string[];
  readonly automationCondition?: AutomationCondition;
  readonly freshnessPolicy?: FreshnessPolicy;
  /** Asks for it once per breach of its policy; the merge makes a part of its condition of it. */
  readonly materializeOn?: BreachState;
  readonly partitions?: PartitionsDefinition;
  /** By upstream key; where none is named the default mapping holds. */
  readonly partitionMappings?: { readonly [upstream: string]: PartitionMapping };
  readonly backfillPolicy?: BackfillPolicy;
  readonly retryPolicy?: RetryPolicy;
  readonly pool?: string;
  /** Name of the IO manager that stores its value; absent means the folder's or the project's. */
  readonly io?: string;
  /** Keys of the resources that its step uses. */
  readonly resources?: readonly string[];
  /** Whether its step may end without bringing it up to date. */
  readonly skippable?: boolean;
  /** Whether only observations are made of it. */
  readonly observable?: boolean;
  readonly codeReferences?: readonly CodeReference[];
  /** Questions of other components that this asset answers, such as `dbt_model:orders`. */
  readonly answers?: readonly string[];
  /** Whether another component's asset of the same key takes its place, with what it answers. */
  readonly yields?: true;
  readonly origins?: Origins;
}
