import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { Json } from "./metadata.ts";
import type { PartitionSet } from "./partitions.ts";

/** The identity of a run: a time-ordered UUID. */
export type RunId = string & { readonly __brand: "RunId" };

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

/** What is asked for: keys are resolved already, so that later edits do not move what was meant. */
export interface RunRequest {
  readonly assets: readonly AssetKey[];
  /** Absent: all checks of the chosen assets ride along. Present: exactly these. */
  readonly checks?: readonly CheckKey[];
  /** Absent for unpartitioned targets. */
  readonly partitions?: PartitionSet;
  /** Names of steps without assets that run besides. */
  readonly steps?: readonly string[];
  readonly job?: string;
  readonly config?: { readonly [key: string]: Json };
  readonly tags: { readonly [key: string]: string };
  /** Once per key and source; a second request with it makes no run. */
  readonly runKey?: string;
  readonly priority?: number;
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
}
