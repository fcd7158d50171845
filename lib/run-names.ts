import type { StepContext, StepPartition } from "#platform";

/** What templates that are evaluated in a step may name. Moments are ISO 8601 text. */
export type RunNames = {
  readonly run_id: string;
  readonly assets: readonly string[];
  readonly partition: {
    /** Absent when the step runs for several slices. */
    readonly key?: string;
    readonly keys: readonly string[];
    readonly dimensions: { readonly [name: string]: string };
  };
  /** `start_local` and `end_local` are the wall-clock times in the partitions' time zone, without an offset. */
  readonly window: {
    readonly start?: string;
    readonly end?: string;
    readonly start_local?: string;
    readonly end_local?: string;
  };
};

/** Without partitions, `partition.keys` is empty and the other names of `partition` and `window` are not there. */
export function runNames(context: Pick<StepContext, "runId" | "selectedAssets" | "partition">): RunNames {
  const { partition } = context;
  return {
    run_id: context.runId,
    assets: context.selectedAssets,
    partition: partition === undefined ? { keys: [], dimensions: {} } : partitionNames(partition),
    window: partition?.window === undefined ? {} : windowNames(partition.window),
  };
}

/** Names of a made-up run, to find wrong templates while loading. */
export function sampleRunNames(assets: readonly string[]): RunNames {
  return {
    run_id: "00000000-0000-7000-8000-000000000000",
    assets,
    partition: { key: "2026-01-01", keys: ["2026-01-01"], dimensions: {} },
    window: {
      start: "2026-01-01T00:00:00Z",
      end: "2026-01-02T00:00:00Z",
      start_local: "2026-01-01T00:00:00",
      end_local: "2026-01-02T00:00:00",
    },
  };
}

function partitionNames(partition: StepPartition): RunNames["partition"] {
  const { keys, dimensions } = partition;
  const [key] = keys;
  return { ...(keys.length === 1 && key !== undefined ? { key } : {}), keys, dimensions };
}

function windowNames(window: NonNullable<StepPartition["window"]>): RunNames["window"] {
  return {
    start: window.start.toInstant().toString(),
    end: window.end.toInstant().toString(),
    start_local: window.start.toPlainDateTime().toString(),
    end_local: window.end.toPlainDateTime().toString(),
  };
}
