import type { Asset } from "../core/definitions-snapshot.ts";
import { type PartitionMoment, partitionKeys, windowOfKey } from "../partition/partition-keys.ts";
import { timeWindowsOf } from "../partition/time-windows.ts";
import type { AutomationFacts } from "./automation-facts.ts";

/** From when on an asset's age counts, in milliseconds since 1970. */
export interface FreshnessMoment {
  /** Absent for what was never materialized. */
  readonly since: number | undefined;
  /** When it may become another one although nothing happens. */
  readonly changesAt?: number;
}

/**
 * By the scope of its policy: the newest materialization of whichever partition, that of the newest partition, or the
 * oldest of all. A partition that is missing counts from the end of its window.
 */
export function freshnessMoment(
  { key, freshnessPolicy, partitions }: Asset,
  facts: Pick<AutomationFacts, "asset">,
  known: { readonly newest: number | undefined; readonly moment: PartitionMoment },
): FreshnessMoment {
  const scope = freshnessPolicy?.scope ?? "asset";
  if (scope === "asset" || partitions === undefined) return { since: known.newest };
  const keys = partitionKeys(partitions, known.moment);
  const now = known.moment.now.epochMilliseconds;
  const nextWindow = partitions.type === "time" ? timeWindowsOf(partitions).nextChange(now) : undefined;
  const changes = nextWindow === undefined ? {} : { changesAt: nextWindow };
  const stored = facts.asset(key)?.partitions;
  const sinceOf = (partition: string): number | undefined =>
    stored?.get(partition)?.materialized?.at ??
    (partitions.type === "time" ? windowOfKey(partitions, partition)?.end.epochMilliseconds : undefined);
  if (scope === "latest_partition") {
    const latest = keys.latest();
    return { since: latest === undefined ? undefined : sinceOf(latest), ...changes };
  }
  let oldest: number | undefined;
  let isMissing = false;
  for (const partition of keys) {
    // Windows end in the order of keys, so of those that are missing the first one's end is the oldest.
    const made = stored?.get(partition)?.materialized?.at;
    if (made === undefined && isMissing) continue;
    isMissing ||= made === undefined;
    const since = made ?? sinceOf(partition);
    if (since === undefined) return { since: undefined, ...changes };
    oldest = Math.min(oldest ?? since, since);
  }
  return { since: oldest, ...changes };
}
