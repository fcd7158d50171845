import type { QueueSettings, TagLimit } from "../core/queue.ts";

/** A run as the queue sees it. */
export interface QueueEntry<Id extends string = string> {
  readonly id: Id;
  readonly tags: { readonly [key: string]: string };
  /** Higher goes first. */
  readonly priority: number;
  readonly createdAtMs: number;
  /** Pools that it holds from its start to its end. */
  readonly pools: readonly string[];
}

/** What a run waits for, when it waits. */
export type QueueReason =
  | { readonly kind: "runs"; readonly limit: number }
  | { readonly kind: "tag"; readonly key: string; readonly value: string; readonly limit: number }
  | { readonly kind: "pool"; readonly pool: string; readonly limit: number };

export interface QueueSelection<Id extends string = string> {
  /** In the order in which they are to start. */
  readonly chosen: readonly Id[];
  readonly waiting: readonly { readonly id: Id; readonly reason: QueueReason }[];
}

export interface QueueState<Id extends string = string> {
  readonly queued: readonly QueueEntry<Id>[];
  readonly inProgress: readonly Pick<QueueEntry, "tags" | "pools">[];
  readonly settings: Pick<QueueSettings, "tagLimits"> & {
    readonly maxConcurrentRuns: number;
    /** Of pools that runs hold; others have no limit. */
    readonly poolLimits: { readonly [pool: string]: number };
  };
}

/**
 * Which queued runs start now: by priority, then age, then id, as far as the limits have room. A run that must wait
 * for a tag or a pool lets those behind it go first, as they need nothing of what it lacks.
 */
export function selectQueuedRuns<Id extends string>(state: QueueState<Id>): QueueSelection<Id> {
  const { maxConcurrentRuns, tagLimits, poolLimits } = state.settings;
  const used = new Map<string, number>();
  const count = (run: Pick<QueueEntry, "tags" | "pools">) => {
    for (const { slot } of slotsOf(run, tagLimits, poolLimits)) used.set(slot, (used.get(slot) ?? 0) + 1);
  };
  for (const run of state.inProgress) count(run);
  let places = maxConcurrentRuns - state.inProgress.length;
  const chosen: Id[] = [];
  const waiting: { id: Id; reason: QueueReason }[] = [];
  for (const run of state.queued.toSorted(inQueueOrder)) {
    const full = slotsOf(run, tagLimits, poolLimits).find(
      ({ slot, reason }) => (used.get(slot) ?? 0) >= reason.limit,
    );
    if (full !== undefined) waiting.push({ id: run.id, reason: full.reason });
    else if (places <= 0) waiting.push({ id: run.id, reason: { kind: "runs", limit: maxConcurrentRuns } });
    else {
      places -= 1;
      count(run);
      chosen.push(run.id);
    }
  }
  return { chosen, waiting };
}

interface Slot {
  /** Counted by this name. */
  readonly slot: string;
  readonly reason: Exclude<QueueReason, { kind: "runs" }>;
}

/** Everything with a limit that a run takes one of. */
function slotsOf(
  { tags, pools }: Pick<QueueEntry, "tags" | "pools">,
  limits: readonly TagLimit[],
  poolLimits: { readonly [pool: string]: number },
): Slot[] {
  const byTag = limits.flatMap(({ key, value, perValue, limit }, place): Slot[] => {
    const own = Object.hasOwn(tags, key) ? tags[key] : undefined;
    if (own === undefined || (value !== undefined && own !== value)) return [];
    const slot = JSON.stringify(perValue === true ? [place, own] : [place]);
    return [{ slot, reason: { kind: "tag", key, value: own, limit } }];
  });
  const byPool = pools.flatMap((pool): Slot[] => {
    const limit = Object.hasOwn(poolLimits, pool) ? poolLimits[pool] : undefined;
    return limit === undefined
      ? []
      : [{ slot: JSON.stringify(["pool", pool]), reason: { kind: "pool", pool, limit } }];
  });
  return [...byTag, ...byPool];
}

/** By priority, then age, then id. */
export function inQueueOrder(
  a: Pick<QueueEntry, "priority" | "createdAtMs" | "id">,
  b: Pick<QueueEntry, "priority" | "createdAtMs" | "id">,
): number {
  return b.priority - a.priority || a.createdAtMs - b.createdAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
