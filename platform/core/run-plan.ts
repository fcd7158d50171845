import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { ComponentId } from "./definitions-snapshot.ts";
import type { Json } from "./metadata.ts";
import type { PartitionsDefinition } from "./partitions.ts";
import type { RetryPolicy } from "./policies.ts";
import type { RunId, RunRequest } from "./run.ts";
import type { Isolation, StepExecution, StepOutputSpec, StepValueSource } from "./step.ts";

/** What a step reads of one upstream asset. */
export interface PlannedInput {
  readonly asset: AssetKey;
  readonly io: string;
  /** Slices that the step's partitions map to; absent for an unpartitioned upstream. */
  readonly partitions?: readonly string[];
  /** All slices that are stored, for what reads a partitioned upstream as a whole. */
  readonly everyPartition?: true;
  /** What a column with each row's partition is called, by the upstream asset's metadata; `partition` if absent. */
  readonly partitionColumn?: string;
}

/** Where a planned value comes from. */
export interface PlannedSource extends StepValueSource {
  /** Key of a step of the plan, or with `run` of that run's. */
  readonly step: string;
  /** The earlier run that has it; absent where this run makes it. */
  readonly run?: RunId;
  /** Of a step that runs once for each value: what that runs over. */
  readonly mapOver?: { readonly step: string; readonly output: string; readonly run?: RunId };
}

/** A named value that a step takes from others. */
export interface PlannedValue {
  readonly name: string;
  readonly from: readonly PlannedSource[];
  readonly list?: true;
}

/** One unit of a run, retried as a whole. */
export interface PlannedStep {
  /** Unique in the plan: the step's name and, when several slices run apart, `[partition]`. */
  readonly key: string;
  /** Name of the step definition that runs it. */
  readonly step: string;
  readonly component: ComponentId;
  readonly execution: StepExecution;
  readonly assets: readonly AssetKey[];
  readonly checks: readonly CheckKey[];
  /** Whether a further attempt at it does only what is left; absent where it is done whole or not at all. */
  readonly canSubset?: true;
  /** Checks whose failure (severity error) keeps later steps from starting. */
  readonly blockingChecks: readonly CheckKey[];
  /** Slices of its assets, in order; absent when unpartitioned. */
  readonly partitions?: readonly string[];
  readonly partitionsDefinition?: PartitionsDefinition;
  /** Keys of the steps that must have ended well before. */
  readonly after: readonly string[];
  readonly inputs: readonly PlannedInput[];
  /** Values from other steps; absent where there are none. */
  readonly values?: readonly PlannedValue[];
  readonly outputs?: readonly StepOutputSpec[];
  /**
   * Runs once for each value of this dynamic output, as `key[mapping key]`; the plan holds it once, and the instances
   * appear when that output is known. With `run` the values are those that the earlier run stored.
   */
  readonly mapOver?: { readonly step: string; readonly output: string; readonly run?: RunId };
  /** Only these of the values, in a run that does parts of another again; the other instances are that run's. */
  readonly mappingKeys?: readonly string[];
  /** Settled: defaults of the schema, the job's, the request's. */
  readonly config: { readonly [key: string]: Json };
  /** IO manager of each of its assets. */
  readonly io: { readonly [asset: string]: string };
  readonly codeVersions: { readonly [asset: string]: string };
  /** Those of its assets that it may end without bringing up to date. */
  readonly skippable: readonly AssetKey[];
  readonly resources: readonly string[];
  readonly pool?: string;
  /** Slots of `pool` that it takes; 1 unless given. */
  readonly poolSlots?: number;
  /** Pools that it takes besides `pool`; absent where there are none. */
  readonly pools?: readonly string[];
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutSeconds?: number;
  /** Higher goes first; absent means 0. */
  readonly priority?: number;
  readonly isolation?: Isolation;
  /** Names of hooks that are called at its end: its own and the job's. */
  readonly hooks?: readonly string[];
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
  /** Slots of each pool that steps name and that has a limit. */
  readonly pools: { readonly [name: string]: number };
  /** Pools of granularity `run`: held by the whole run from its start to its end. */
  readonly runPools?: readonly string[];
  /** Where each resource of the steps (and what it uses) is defined. */
  readonly resources: { readonly [key: string]: ComponentId };
  /** Where each IO manager that is not built in is defined. */
  readonly ioManagers: { readonly [name: string]: ComponentId };
  /** Where each hook is defined; absent where no step has one. */
  readonly hooks?: { readonly [name: string]: ComponentId };
  /** Resource that is given to steps instead of the one that they name; absent where none is. */
  readonly resourceBindings?: { readonly [key: string]: string };
  /** Config of resources, settled; absent where none is given. */
  readonly resourceConfig?: { readonly [key: string]: { readonly [name: string]: Json } };
}
