import type { ExplainCause } from "../core/explanation.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import { timeWindowsOf } from "../partition/time-windows.ts";
import type { Entity } from "./entity-graph.ts";
import { explainCause, timeText } from "./explain-cause.ts";
import type { Universe } from "./universe.ts";

/** That a partition does not exist, and whether it will. */
export function absentPartition(
  { key }: Entity,
  {
    partition,
    universe,
    now,
  }: { readonly partition: string; readonly universe: Universe; readonly now: number },
): { readonly cause: ExplainCause; readonly isComing: boolean } {
  const opensAt = openingOf(universe.definition, partition);
  const isComing = opensAt !== undefined && opensAt > now;
  const { keys } = universe;
  const range =
    keys === undefined
      ? `${key} is not partitioned`
      : keys.count === 0
        ? `${key} has no partition yet`
        : `${key} has ${keys.count} partitions, from ${keys.at(0)} to ${keys.at(keys.count - 1)}`;
  const text = `there is no partition ${partition}: ${range}${isComing ? `; it exists from ${timeText(opensAt)} on` : ""}`;
  return {
    cause: explainCause("partition_not_in_range", key, {
      text,
      partitions: partition,
      at_ms: isComing ? opensAt : null,
    }),
    isComing,
  };
}

/** When a window of the definition begins to exist; nothing for a text that is none. */
function openingOf(definition: PartitionsDefinition | undefined, partition: string): number | undefined {
  if (definition?.type !== "time") return undefined;
  const windows = timeWindowsOf(definition);
  const index = windows.indexOf(partition);
  const last = index - definition.endOffset;
  if (index < 0 || last < 0) return undefined;
  try {
    return windows.window(last).end;
  } catch (error) {
    // The definition ends before.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
