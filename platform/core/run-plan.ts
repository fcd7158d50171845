import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { ComponentId } from "./definitions-snapshot.ts";
import type { PartitionsDefinition } from "./partitions.ts";
import type { RetryPolicy } from "./policies.ts";
import type { RunRequest } from "./run.ts";

/** What a step reads of one upstream asset. */
export interface PlannedInput {
  readonly asset: AssetKey;
  readonly io: string;
  /** Slices that the step's partitions map to; absent for an unpartitioned upstream. */
  readonly partitions?: readonly string[];
  /** All slices that are stored, for what reads a partitioned upstream as a whole. */
  readonly everyPartition?: true;
}

/** One unit of a run, retried as a whole. */
export interface PlannedStep {
  /** Unique in the plan: the step's name and, when several slices run apart, `[partition]`. */
  readonly key: string;
  /** Name of the step definition that runs it. */
  readonly step: string;
  readonly component: ComponentId;
  readonly execution: "materialize" | "observe" | "check";
  readonly assets: readonly AssetKey[];
  readonly checks: readonly CheckKey[];
  /** Checks whose failure (severity error) keeps later steps from starting. */
  readonly blockingChecks: readonly CheckKey[];
  /** Slices of its assets, in order; absent when unpartitioned. */
  readonly partitions?: readonly string[];
  readonly partitionsDefinition?: PartitionsDefinition;
  /** Keys of the steps that must have ended well before. */
  readonly after: readonly string[];
  readonly inputs: readonly PlannedInput[];
  /** IO manager of each of its assets. */
  readonly io: { readonly [asset: string]: string };
  readonly codeVersions: { readonly [asset: string]: string };
  /** Those of its assets that it may end without bringing up to date. */
  readonly skippable: readonly AssetKey[];
  readonly resources: readonly string[];
  readonly pool?: string;
  /** Pools that it takes besides `pool`; absent where there are none. */
  readonly pools?: readonly string[];
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutSeconds?: number;
  readonly tags: { readonly [key: string]: string };
}

/** What was decided: plain data, the same for the same request and snapshot. */
export interface RunPlan {
  readonly snapshotId: string;
  /** Put in front of every key that user code knows; absent where the environment has none. */
  readonly keyPrefix?: string;
  readonly request: RunRequest;
  /** In an order in which each comes after those it waits for. */
  readonly steps: readonly PlannedStep[];
  /** Most steps at once of each pool that steps name and that has a limit. */
  readonly pools: { readonly [name: string]: number };
  /** Where each resource of the steps (and what it uses) is defined. */
  readonly resources: { readonly [key: string]: ComponentId };
  /** Where each IO manager that is not built in is defined. */
  readonly ioManagers: { readonly [name: string]: ComponentId };
}
