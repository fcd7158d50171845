import type { PartitionKey } from "../core/partitions.ts";
import type { BackfillPolicy } from "../core/policies.ts";
import { type Ordinals, ordinalsOfIntervals } from "../partition/ordinals.ts";
import type { PartitionKeys } from "../partition/partition-keys.ts";

/**
 * The partitions of each run of a backfill: stretches without a gap, of at most as many as the policy allows. Without
 * a policy each partition runs alone.
 */
export function backfillRuns(
  wanted: Ordinals,
  keys: PartitionKeys,
  policy: BackfillPolicy | undefined,
): PartitionKey[][] {
  const size = partitionsPerRun(policy);
  return ordinalsOfIntervals(wanted).flatMap(([from, to]) => {
    const runs: PartitionKey[][] = [];
    for (let start = from; start < to; start += size) {
      const end = Math.min(to, start + size);
      runs.push(Array.from({ length: end - start }, (_, at) => keys.at(start + at)));
    }
    return runs;
  });
}

/** How many partitions without a gap one run takes; Infinity for all of them. */
export function partitionsPerRun(
  policy: BackfillPolicy = { type: "multi_run", maxPartitionsPerRun: 1 },
): number {
  return policy.type === "single_run" ? Number.POSITIVE_INFINITY : policy.maxPartitionsPerRun;
}
