import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { FreshnessState } from "../core/freshness.ts";
import type { PartitionSet } from "../core/partitions.ts";
import type { RunId } from "../core/run.ts";
import type { DynamicKeys } from "../partition/partition-keys.ts";
import type { PartitionChanges } from "./partition-changes.ts";

/** An asset or a check, by its key. */
export type EntityKey = AssetKey | CheckKey;

/** A place in the log of events with its time in milliseconds since 1970. */
export interface LogMoment {
  readonly cursor: number;
  readonly at: number;
}

/** The newest materialization or observation of a partition. */
export interface UpdateFact extends LogMoment {
  readonly runId: RunId | undefined;
  /** Start of the work that made it: what it read is not newer. Its own moment where no run is known. */
  readonly started: LogMoment;
  /** When the data version last became another one. */
  readonly changed: LogMoment;
}

/** What is known of one partition; of the unpartitioned asset under the key "". */
export interface PartitionFacts {
  readonly materialized?: UpdateFact;
  readonly observed?: UpdateFact;
  /** Whether its latest planned run ended badly without bringing it up to date. */
  readonly failed: boolean;
  /** Whether a run in progress is still to bring it up to date. */
  readonly inRun: boolean;
}

export interface AssetFacts {
  readonly partitions: ReadonlyMap<string, PartitionFacts>;
  /** Absent where nobody notes which of the partitions become other ones. */
  readonly changes?: PartitionChanges;
  /** What backfills that go on, or are paused, have still to do: partitions in sets, and not one by one. */
  readonly inBackfill?: readonly PartitionSet[];
}

export interface CheckFacts {
  readonly evaluated?: LogMoment & {
    readonly passed: boolean;
    /** Whether it was asked after the asset's newest materialization. */
    readonly ofLatest: boolean;
  };
  readonly inRun: boolean;
  readonly failed: boolean;
}

export interface RunFacts {
  /** Keys of what it was to bring up to date. */
  readonly targets: ReadonlySet<string>;
  readonly tags: { readonly [key: string]: string };
}

/** What storage knows, read in bulk before a tick; everything here is at hand without waiting. */
export interface AutomationFacts {
  /** The newest event that these facts know of: the end of the tick's window. */
  readonly cursor: number;
  asset(key: AssetKey): AssetFacts | undefined;
  check(key: CheckKey): CheckFacts | undefined;
  run(id: RunId): RunFacts | undefined;
  freshness(key: AssetKey): FreshnessState;
  /** Runs that materialized a partition after a cursor, newest last. */
  updatesSince(key: AssetKey, partition: string, cursor: number): readonly RunId[];
  readonly dynamicKeys: DynamicKeys;
  /** Answer of user code for a custom condition: the keys for which it holds, or all; `undefined` while it is asked. */
  custom(name: string, key: EntityKey): readonly string[] | "all" | undefined;
}
