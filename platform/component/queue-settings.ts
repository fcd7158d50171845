import {
  defaultQueueSettings,
  defaultRetentionSettings,
  type QueueSettings,
  type RetentionSettings,
} from "../core/queue.ts";
import type { RetryStrategy } from "../core/run.ts";

/** `dop.queue` as it is written; lengths of time are read to seconds already. */
interface WrittenQueue {
  readonly max_concurrent_runs?: number;
  readonly tag_limits?: readonly {
    readonly key: string;
    readonly value?: string;
    readonly per_value?: boolean;
    readonly limit: number;
  }[];
  readonly runs_per_worker?: number;
  readonly worker_silence?: number;
  readonly max_resumes?: number;
  readonly start_timeout?: number;
  readonly max_runtime?: number;
  readonly retries?: {
    readonly max: number;
    readonly strategy?: RetryStrategy;
    readonly on_step_failure?: boolean;
    readonly delay?: number;
  };
}

/** `dop.queue` with its defaults. */
export function queueSettings(given: unknown): QueueSettings {
  const written = (given ?? {}) as WrittenQueue;
  const { max_concurrent_runs, tag_limits, runs_per_worker, max_resumes, start_timeout, max_runtime } =
    written;
  const { worker_silence, retries } = written;
  return {
    ...defaultQueueSettings,
    ...(max_concurrent_runs === undefined ? {} : { maxConcurrentRuns: max_concurrent_runs }),
    ...(tag_limits === undefined
      ? {}
      : {
          tagLimits: tag_limits.map(({ key, value, per_value, limit }) => ({
            key,
            limit,
            ...(value === undefined ? {} : { value }),
            ...(per_value === true ? { perValue: true as const } : {}),
          })),
        }),
    ...(runs_per_worker === undefined ? {} : { runsPerWorker: runs_per_worker }),
    ...(worker_silence === undefined ? {} : { workerSilenceSeconds: worker_silence }),
    ...(max_resumes === undefined ? {} : { maxResumes: max_resumes }),
    ...(start_timeout === undefined ? {} : { startTimeoutSeconds: start_timeout }),
    ...(max_runtime === undefined ? {} : { maxRuntimeSeconds: max_runtime }),
    ...(retries === undefined
      ? {}
      : {
          retryPolicy: {
            maxRetries: retries.max,
            strategy: retries.strategy ?? "from_failure",
            onStepFailure: retries.on_step_failure ?? true,
            ...(retries.delay === undefined ? {} : { delaySeconds: retries.delay }),
          },
        }),
  };
}

/** `dop.retention` with its defaults. */
export function retentionSettings(written: unknown): RetentionSettings {
  const { attachment_bytes, runs } = (written ?? {}) as {
    readonly attachment_bytes?: number;
    readonly runs?: number;
  };
  return {
    ...defaultRetentionSettings,
    ...(attachment_bytes === undefined ? {} : { attachmentBytes: attachment_bytes }),
    ...(runs === undefined ? {} : { runsSeconds: runs }),
  };
}
