import type { Asset } from "../core/definitions-snapshot.ts";
import type { JobSpec, ScheduleSpec, Target } from "../core/job.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import { partitionCron } from "../partition/partition-cron.ts";
import { evaluateSelection } from "./select-assets.ts";
import { parseSelection } from "./selection.ts";
import type { SelectionSource } from "./selection-source.ts";

export interface ScheduleTargets {
  readonly assets: readonly Asset[];
  readonly source: SelectionSource;
  job(name: string): JobSpec | undefined;
}

/** The schedule with the cron text that follows its target's partitions; in words why there is none. */
export function withPartitionCron(
  { cronFromPartitions, ...spec }: ScheduleSpec,
  targets: ScheduleTargets,
): { readonly spec: ScheduleSpec; readonly reason?: string } {
  if (cronFromPartitions === undefined) return { spec };
  const made = partitionCron(partitionsOf(spec.target, targets), cronFromPartitions);
  return "reason" in made ? { spec, reason: made.reason } : { spec: { ...spec, ...made } };
}

/** Those of the target's first partitioned asset, as when it is run. */
function partitionsOf(
  target: Target,
  { assets, source, job }: ScheduleTargets,
): PartitionsDefinition | undefined {
  const found = "job" in target ? job(target.job) : undefined;
  const text = "selection" in target ? target.selection : (found?.selection ?? "");
  if (text === "") return found?.partitions;
  const parsed = parseSelection(text);
  if ("fault" in parsed) return undefined;
  const marked = evaluateSelection(parsed.selection, source, {});
  return assets.find(
    ({ partitions, materializable }, index) =>
      marked[index] === 1 && materializable && partitions !== undefined,
  )?.partitions;
}
