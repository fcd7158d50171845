import type { RunRetryPolicy } from "./run.ts";

/** A limit on runs in progress that carry a tag. */
export interface TagLimit {
  readonly key: string;
  /** Absent: whatever the value. */
  readonly value?: string;
  /** Whether each value is counted by itself; `value` is not given then. */
  readonly perValue?: true;
  readonly limit: number;
}

/** How runs wait for their turn, and what becomes of those that go wrong: `dop.queue`. */
export interface QueueSettings {
  /** Absent: as many as suit the machine. */
  readonly maxConcurrentRuns?: number;
  readonly tagLimits: readonly TagLimit[];
  /** How often a run goes on in another worker after its own was lost. */
  readonly maxResumes: number;
  /** Runs that one worker process serves at most, where each leaves nothing behind; with 1 each run has its own. */
  readonly runsPerWorker: number;
  /** A worker that shows no sign of life for so long is killed, and its run goes on in another. */
  readonly workerSilenceSeconds: number;
  /** From the attempt's begin to the run's first word. */
  readonly startTimeoutSeconds: number;
  /** Of runs that say nothing themselves; absent means without end. */
  readonly maxRuntimeSeconds?: number;
  /** Of runs that say nothing themselves. */
  readonly retryPolicy?: RunRetryPolicy;
}

/** What is kept, and how much of it: `dop.retention`. */
export interface RetentionSettings {
  /** Largest file that a step may attach. */
  readonly attachmentBytes: number;
  /** What nobody needs of runs that ended so long ago is removed; absent: kept. */
  readonly runsSeconds?: number;
}

export const defaultQueueSettings: QueueSettings = {
  tagLimits: [],
  maxResumes: 3,
  runsPerWorker: 50,
  workerSilenceSeconds: 12,
  startTimeoutSeconds: 180,
};

export const defaultRetentionSettings: RetentionSettings = { attachmentBytes: 50_000_000 };
