import type { AssetKey } from "./asset-key.ts";
import type { PartitionSet } from "./partitions.ts";
import type { BackfillPolicy } from "./policies.ts";
import type { RunId } from "./run.ts";

/** The identity of a backfill: a time-ordered UUID. */
export type BackfillId = string & { readonly __brand: "BackfillId" };

export const backfillStatuses = ["running", "paused", "canceling", "success", "failure", "canceled"] as const;
export type BackfillStatus = (typeof backfillStatuses)[number];

export const backfillOrders = ["oldest", "newest"] as const;
/** Which partitions go first, where nothing else decides. */
export type BackfillOrder = (typeof backfillOrders)[number];

export const backfillFilters = ["missing", "failed"] as const;
/** Only partitions that were never materialized, or whose last attempt failed. */
export type BackfillFilter = (typeof backfillFilters)[number];

/** Tag of the runs of a backfill; its value is the backfill's id. */
export const backfillTag = "dop/backfill";

/** Runs that a backfill has in the queue or in progress at once, unless it says otherwise. */
export const defaultBackfillRuns = 20;

/** What is asked for, as a person wrote it; which partitions that meant stands in the state. */
export interface BackfillRequest {
  readonly selection: string;
  /** Text of a partition set, read by the first partitioned assets of the selection. */
  readonly partition: string;
  readonly only?: BackfillFilter;
  readonly order: BackfillOrder;
  /** Instead of the assets' own policies. */
  readonly policy?: BackfillPolicy;
  /** In the queue or in progress at once. */
  readonly maxRuns: number;
  readonly priority?: number;
  readonly tags: { readonly [key: string]: string };
}

/** A run of a backfill that has not ended. */
export interface BackfillRun {
  readonly id: RunId;
  readonly assets: readonly AssetKey[];
  /** `{"kind": "all"}` for unpartitioned assets. */
  readonly partitions: PartitionSet;
}

/**
 * Partitions of one asset by what became of them; null names none, and `{"kind": "all"}` the unpartitioned asset. What
 * is in none of the sets is done.
 */
export interface BackfillAssetState {
  readonly targets: PartitionSet | null;
  /** To be done: they wait, or are in a run. */
  readonly left: PartitionSet | null;
  readonly failed: PartitionSet | null;
  /** Not tried, because what they need failed. */
  readonly blocked: PartitionSet | null;
  readonly counts: BackfillCounts;
}

export interface BackfillCounts {
  readonly total: number;
  readonly done: number;
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
  readonly blocked: number;
}

/** Where a backfill stands; its size grows with the gaps between partitions and not with their number. */
export interface BackfillState {
  readonly assets: { readonly [asset: string]: BackfillAssetState };
  readonly runs: readonly BackfillRun[];
  /** How many runs it comes to, if nothing fails. */
  readonly plannedRuns: number;
  readonly launchedRuns: number;
  /** How often what failed was asked for again. */
  readonly round: number;
  /** In words, what the definitions have lost since it was asked for. */
  readonly lost?: readonly string[];
  /** What went wrong, the newest last; of many only the newest. */
  readonly reasons: readonly string[];
}

/** What storage remembers of one backfill now. Times are milliseconds since 1970. */
export interface BackfillRecord {
  readonly id: BackfillId;
  readonly status: BackfillStatus;
  readonly request: BackfillRequest;
  readonly state: BackfillState;
  /** Counts changes: who changes it names the one that was read. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs?: number;
}

/** Whether nothing more happens to it unless somebody asks. */
export function hasEnded(status: BackfillStatus): boolean {
  return status === "success" || status === "failure" || status === "canceled";
}
