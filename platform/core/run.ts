import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { Json } from "./metadata.ts";
import type { PartitionSet } from "./partitions.ts";

/** The identity of a run: a time-ordered UUID. */
export type RunId = string & { readonly __brand: "RunId" };

/** The beginning of an id that lists show, down to its millisecond; commands take it where no other id begins so. */
export function shortRunId(id: string): string {
  return id.slice(0, 13);
}

export const runStatuses = [
  "not_started",
  "queued",
  "starting",
  "started",
  "canceling",
  "success",
  "failure",
  "canceled",
] as const;
export type RunStatus = (typeof runStatuses)[number];

export function isTerminal(status: RunStatus): boolean {
  return status === "success" || status === "failure" || status === "canceled";
}

/**
 * What a job or a request sets for steps (by name) and resources (by key). A value `{"env": "NAME"}` is read from the
 * environment by the worker.
 */
export interface RunConfig {
  readonly steps?: { readonly [step: string]: { readonly [name: string]: Json } };
  readonly resources?: { readonly [resource: string]: { readonly [name: string]: Json } };
}

export const retryStrategies = ["from_failure", "all"] as const;
/** Which steps a retry of a run does again: those that did not succeed and what comes after them, or all. */
export type RetryStrategy = (typeof retryStrategies)[number];

/** How often a failed run is started again by itself. */
export interface RunRetryPolicy {
  readonly maxRetries: number;
  readonly strategy: RetryStrategy;
  /** Whether also when a step failed, and not only when the worker was lost. */
  readonly onStepFailure: boolean;
  readonly delaySeconds?: number;
}

/** That a run does another's work again. */
export interface Reexecution {
  readonly parent: RunId;
  /** The first of the line. */
  readonly root: RunId;
  /** Counted from 1 along the line. */
  readonly number: number;
  /** Whether nobody asked for it but the retry policy. */
  readonly automatic: boolean;
  /** Keys of the parent's steps that are done again; absent means all. Values of others are the parent's. */
  readonly stepKeys?: readonly string[];
  /** What the parent left undone of steps that can be split, by their keys; others are done again whole. */
  readonly left?: { readonly [step: string]: LeftOfStep };
}

/** The part of a step that is still to be done. */
export interface LeftOfStep {
  readonly assets: readonly AssetKey[];
  readonly checks: readonly CheckKey[];
}

export const runFailureReasons = [
  "step_failure",
  "run_exception",
  "job_initialization",
  "start_timeout",
  "max_runtime",
  "worker_lost",
  "worker_restart_limit",
  "unknown",
] as const;
export type RunFailureReason = (typeof runFailureReasons)[number];

/** What is asked for: keys are resolved already, so that later edits do not move what was meant. */
export interface RunRequest {
  readonly assets: readonly AssetKey[];
  /** Absent: all checks of the chosen assets ride along. Present: exactly these. */
  readonly checks?: readonly CheckKey[];
  /** Absent for unpartitioned targets. */
  readonly partitions?: PartitionSet;
  /** Of assets that want others than `partitions`. */
  readonly slices?: { readonly [asset: string]: PartitionSet };
  /** Names of steps without assets that run besides. */
  readonly steps?: readonly string[];
  readonly job?: string;
  readonly config?: RunConfig;
  readonly tags: { readonly [key: string]: string };
  /** Once per key and source; a second request with it makes no run. */
  readonly runKey?: string;
  /** In the queue the higher one goes first; 0 unless given. */
  readonly priority?: number;
  readonly reexecution?: Reexecution;
  readonly retryPolicy?: RunRetryPolicy;
  /** From its start; then it fails with the reason `max_runtime`. */
  readonly maxRuntimeSeconds?: number;
}

/** What storage remembers of one run now. Times are milliseconds since 1970. */
export interface RunRecord {
  readonly id: RunId;
  readonly status: RunStatus;
  readonly request: RunRequest;
  readonly snapshotId: string;
  readonly commit?: string;
  readonly epoch: number;
  readonly createdAtMs: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** First line of what went wrong, for lists. */
  readonly failure?: string;
  readonly failureReason?: RunFailureReason;
}
