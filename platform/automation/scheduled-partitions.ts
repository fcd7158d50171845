import type { PartitionKey, PartitionsDefinition } from "../core/partitions.ts";
import {
  MultiKeys,
  type PartitionKeys,
  type PartitionMoment,
  partitionKeys,
} from "../partition/partition-keys.ts";

/** What a tick of a schedule over a partitioned target asks for. */
export type ScheduledPartitions = { readonly keys: readonly PartitionKey[] } | { readonly skipped: string };

/**
 * The partitions of one tick: the newest complete window, with all keys of the other dimensions; of static and
 * dynamic partitions all. A tick whose window is excluded asks for nothing.
 */
export function scheduledPartitions(
  definition: PartitionsDefinition,
  moment: PartitionMoment,
): ScheduledPartitions {
  const keys = partitionKeys(definition, moment);
  if (keys.count === 0) return { skipped: "there is no partition yet" };
  if (definition.type === "time") return latestWindow(keys, moment);
  if (!(keys instanceof MultiKeys)) return { keys: [...keys] };
  const place = keys.dimensions.findIndex((dimension) => dimension.definition.type === "time");
  const time = keys.dimensions[place];
  if (time === undefined) return { keys: [...keys] };
  const latest = latestWindow(time, moment);
  if ("skipped" in latest) return latest;
  const name = keys.names[place] as string;
  const [wanted] = latest.keys;
  return { keys: [...keys].filter((key) => (JSON.parse(key) as Record<string, string>)[name] === wanted) };
}

function latestWindow(keys: PartitionKeys, moment: PartitionMoment): ScheduledPartitions {
  const latest = keys.latest();
  if (latest === undefined) return { skipped: "there is no partition yet" };
  const { definition } = keys;
  if (definition.type === "time" && definition.exclusions !== undefined) {
    const { exclusions: _exclusions, ...whole } = definition;
    const newest = partitionKeys(whole, moment).latest();
    if (newest !== latest) return { skipped: `the partition ${newest} is excluded` };
  }
  return { keys: [latest] };
}
