import type { AssetKey } from "../core/asset-key.ts";
import type { ErrorInfo, StepStatus } from "../core/event.ts";
import type { RunFailureReason, RunId, RunRequest, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";

/** A run to be remembered, with what it is planned to do. Times are milliseconds since 1970. */
export interface NewRun {
  readonly id: RunId;
  /** `not_started` unless said otherwise. */
  readonly status?: "not_started" | "queued";
  readonly request: RunRequest;
  readonly snapshotId: string;
  readonly commit?: string;
  readonly createdAtMs: number;
  /** Absent where it is planned only when its turn comes. */
  readonly plan?: RunPlan;
  /** Who asks, such as a sensor: `request.runKey` is used once per source. Absent: people and programs. */
  readonly source?: string;
}

export interface RunFilter {
  /** Absent: all. */
  readonly status?: readonly RunStatus[];
  /** Runs that carry each of these tags. */
  readonly tags?: { readonly [key: string]: string };
  /** Runs that were planned to bring this asset up to date. */
  readonly asset?: AssetKey;
  readonly limit: number;
  /** Only runs older than this one. */
  readonly before?: RunId;
  /** When that one was created, where it is a run of another storage. */
  readonly beforeMs?: number;
}

/** What storage remembers of one step of a run. */
export interface StepRecord {
  readonly step: string;
  readonly status: StepStatus;
  /** Of the last start; 0 before the first. */
  readonly attempt: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** First line of what went wrong, or why it was skipped. */
  readonly failure?: string;
}

export interface StartAttemptOptions {
  readonly replaces?: number;
  /** Given by those who take runs from one queue, so that none decides by what another has changed meanwhile. */
  readonly turn?: QueueTurn;
}

/** A value that changes with each run that is taken from the queue. */
export interface QueueTurn {
  readonly key: string;
  /** What was read before the decision. */
  readonly expected: string | undefined;
  readonly value: string;
}

/** A change of a run that is decided outside its worker. */
export interface RunStatusChange {
  readonly at: number;
  /** What went wrong, for `failure`. */
  readonly error?: ErrorInfo;
  readonly reason?: RunFailureReason;
  /** Only while this is the run's attempt; otherwise StorageError `stale-attempt`. */
  readonly epoch?: number;
}
