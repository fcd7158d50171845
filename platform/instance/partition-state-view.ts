import type { PartitionsDefinition } from "../core/partitions.ts";
import type { PartitionStateView } from "../core/views.ts";
import { countOrdinals, type Ordinals, ordinalsOfNumbers, subtractOrdinals } from "../partition/ordinals.ts";
import { type PartitionKeys, type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import { partitionSetOf } from "../partition/partition-set.ts";
import { partitionSetText } from "../partition/partition-set-text.ts";
import type { PartitionStates } from "../storage/asset-records.ts";

/** Beyond so many stretches partitions are only counted. */
const mostRanges = 1000;

/** How many partitions are how, and which, as text of a partition set; those that exist no more are left out. */
export function partitionStateView(
  definition: PartitionsDefinition,
  moment: PartitionMoment,
  states: PartitionStates,
): PartitionStateView {
  const keys = partitionKeys(definition, moment);
  const numbersOf = (some: readonly string[]): Ordinals =>
    ordinalsOfNumbers(some.map((key) => keys.indexOf(key)).filter((index) => index >= 0));
  const materialized = numbersOf(states.materialized);
  const failed = numbersOf(states.failed);
  const all: Ordinals = keys.count === 0 ? [] : [[0, keys.count]];
  return {
    materialized: counted(materialized, keys),
    failed: counted(failed, keys),
    in_progress: counted(numbersOf(states.inProgress), keys),
    missing: counted(subtractOrdinals(subtractOrdinals(all, materialized), failed), keys),
  };
}

function counted(ordinals: Ordinals, keys: PartitionKeys): PartitionStateView["missing"] {
  const count = countOrdinals(ordinals);
  if (count === 0 || ordinals.length > mostRanges) return { count, set: null };
  return {
    count,
    set: count === keys.count ? "all" : partitionSetText(partitionSetOf(ordinals, keys)),
  };
}
