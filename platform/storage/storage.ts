// `storage` remembers: events are appended, and the facts that questions are answered from are kept with them.

import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { BackfillId, BackfillRecord } from "../core/backfill.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunEvent, RunEventBody } from "../core/event.ts";
import type { RunId, RunRecord, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { AssetRecord, CheckRecord, PartitionStates } from "./asset-records.ts";
import type { AttachmentRecord } from "./attachments.ts";
import type { LostAttempt, RunAttempt } from "./attempts.ts";
import type { BackfillChange, BackfillFilter, ChangedBackfill } from "./backfills.ts";
import type { CursorPage } from "./cursors.ts";
import type { StorageDescription } from "./describe.ts";
import type { FactChanges } from "./fact-changes.ts";
import type { PartitionFacts } from "./partition-facts.ts";
import type { PoolClaim, PoolGrant, PoolLease } from "./pool-leases.ts";
import type { PurgeCounts } from "./purge.ts";
import type { NewRun, RunFilter, RunStatusChange, StartAttemptOptions, StepRecord } from "./run-records.ts";
import type { EventCursor, EventFilter, EventPage, StoredEvent } from "./stored-event.ts";
import type { CommittedTick, TickCommit, TickRecord } from "./ticks.ts";
import type { FailedOutput, UpdateFacts, UpdateFactsFilter } from "./update-facts.ts";

export type { PartitionFact } from "./partition-facts.ts";
export type {
  AttachmentRecord,
  BackfillChange,
  BackfillFilter,
  ChangedBackfill,
  CommittedTick,
  LostAttempt,
  PartitionFacts,
  PoolClaim,
  PoolGrant,
  PoolLease,
  PurgeCounts,
  RunAttempt,
  StorageDescription,
  TickCommit,
  TickRecord,
};

export interface AppendResult {
  readonly appended: number;
  /** Events that were there already. */
  readonly repeated: number;
  /** Events of an attempt that has been replaced, or of a run that nobody knows; they change nothing. */
  readonly refused: number;
}

/** What has just been committed. */
export interface StorageChange {
  readonly events: readonly StoredEvent[];
  /** Runs whose record changed, also without an event. */
  readonly runs: readonly RunId[];
}

export interface Storage extends AsyncDisposable {
  // Runs and their attempts

  /**
   * Remembers a run and all its planned outputs at once; throws StorageError `run-exists`.
   *
   * Where `request.runKey` was used by the same source before, nothing is stored and the answer is that earlier run.
   */
  createRun(run: NewRun): Promise<RunRecord>;
  /**
   * Remembers what has happened already and was made elsewhere: a run that succeeded, with these events, at once and
   * for no worker. Whether it is new: nothing is stored where `createRun` would store nothing.
   */
  recordPastRun(run: NewRun, events: readonly RunEventBody[]): Promise<boolean>;
  /**
   * Begins an attempt, which waits for a worker: the run is `starting` (or stays `started` when it is resumed), what an
   * earlier attempt still sends is refused from now on, and the leases that it held are ended.
   *
   * Throws StorageError `unknown-run`, `refused-transition` for an ended run or one that is being cancelled, and
   * `stale-attempt` where `replaces` is given and is no longer the run's epoch, or where it is another's `turn`.
   */
  startAttempt(id: RunId, at: number, options?: StartAttemptOptions): Promise<number>;
  /**
   * Gives a waiting attempt to one worker, and to no other: that of `runId`, else the first by priority and age.
   *
   * Runs that are being cancelled wait for no worker. The lease begins now, by the database's clock.
   */
  claimAttempt(
    worker: string,
    options: { readonly leaseMs: number; readonly runId?: RunId },
  ): Promise<RunAttempt | undefined>;
  /** Whether the attempt still stands; if not it has been replaced or has ended, and its worker stops at once. */
  renewLease(id: RunId, epoch: number, leaseMs: number): Promise<boolean>;
  /** Attempts whose lease has run out by the database's clock, or that nobody claimed for `unclaimedMs`. */
  lostAttempts(options: { readonly unclaimedMs: number }): Promise<LostAttempt[]>;
  /**
   * A change decided outside the run's worker; recorded as an event of epoch 0. The end of a run, and its return to
   * the queue, end its attempt and free its pools in the same transaction.
   *
   * Throws StorageError `refused-transition` where the run's life does not allow it (spec/execution.md §1.1).
   */
  setRunStatus(id: RunId, status: RunStatus, change: RunStatusChange): Promise<RunRecord>;
  /** Gives a run that waits another plan, made from a newer snapshot; throws like `setRunStatus`. */
  setPlan(id: RunId, snapshotId: string, plan: RunPlan): Promise<void>;
  /** Records a word of the control plane about a run, such as why it waits, as a `log` event of epoch 0. */
  noteRun(id: RunId, note: { readonly at: number; readonly message: string }): Promise<void>;
  /** Adds events and keeps the facts, in one transaction; resolves when they are committed. */
  appendEvents(events: readonly RunEvent[]): Promise<AppendResult>;

  getRun(id: RunId): Promise<RunRecord | undefined>;
  getPlan(id: RunId): Promise<RunPlan | undefined>;
  /** Those that there are, in the order of the ids. */
  findRuns(ids: readonly RunId[]): Promise<RunRecord[]>;
  /** Of those that there are and that have one still. */
  getPlans(ids: readonly RunId[]): Promise<Map<RunId, RunPlan>>;
  /** All that have not ended, also those that wait; in no order. */
  unfinishedRuns(): Promise<RunId[]>;
  /** Newest first. */
  listRuns(filter: RunFilter): Promise<RunRecord[]>;
  /** In the order of the plan; instances of a mapped step follow it. */
  listSteps(id: RunId): Promise<StepRecord[]>;
  /** Oldest first. */
  listEvents(id: RunId, filter: EventFilter): Promise<EventPage>;
  /** All re-executions that go back to this run, also indirectly; oldest first. */
  childRuns(root: RunId): Promise<RunRecord[]>;
  /** Queued runs in the order in which they go: by priority, age and id. */
  queuedRuns(limit: number): Promise<RunRecord[]>;
  /** Runs that are starting, started or being cancelled; oldest first. */
  runsInProgress(): Promise<RunRecord[]>;

  // Pools

  /**
   * Takes slots of all the pools or of none. What the same step holds already is not counted twice.
   *
   * A limit that people set goes before that of the claim. Throws StorageError `stale-attempt` for a replaced attempt
   * or an ended run.
   */
  claimPools(claim: PoolClaim): Promise<PoolGrant>;
  /** Gives back what the step holds, or without one what the run itself holds. */
  releasePools(id: RunId, epoch: number, step?: string): Promise<void>;
  /** Oldest first. */
  poolLeases(pool?: string): Promise<PoolLease[]>;
  /** `undefined` goes back to what the definitions say. */
  setPoolLimit(pool: string, limit: number | undefined): Promise<void>;
  /** Limits that people set. */
  poolLimits(): Promise<ReadonlyMap<string, number>>;

  // Facts

  /** By key; assets without any event are absent. All known ones when no keys are given. */
  latestAssets(keys?: readonly AssetKey[]): Promise<Map<AssetKey, AssetRecord>>;
  /** The newest answers by check, whichever partition they were of. All known ones when no keys are given. */
  latestChecks(keys?: readonly CheckKey[]): Promise<Map<CheckKey, CheckRecord>>;
  /** Events about one asset, newest first. */
  assetHistory(
    key: AssetKey,
    page: { readonly limit: number; readonly before?: EventCursor },
  ): Promise<StoredEvent[]>;
  /** Assets of which a partition's last try, or that of the unpartitioned asset, failed. */
  failedAssets(keys?: readonly AssetKey[]): Promise<ReadonlySet<AssetKey>>;
  /** Changes of its freshness, newest first. */
  freshnessHistory(
    key: AssetKey,
    page: { readonly limit: number; readonly before?: EventCursor },
  ): Promise<StoredEvent[]>;
  partitionStates(key: AssetKey): Promise<PartitionStates>;
  /** What staleness is judged by; assets that were never materialized or observed are absent. */
  partitionFacts(keys?: readonly AssetKey[]): Promise<Map<AssetKey, PartitionFacts>>;
  /** When events happened, in milliseconds since 1970; those that were purged are absent. */
  eventTimes(cursors: readonly EventCursor[]): Promise<Map<EventCursor, number>>;
  /** End of the log; 0 where it is empty. */
  newestCursor(): Promise<EventCursor>;
  /** What became known after a place in the log, read up to `limit` events. */
  changesSince(cursor: EventCursor, limit: number): Promise<FactChanges>;
  /** Newest updates of partitions and answers to checks, for many at once. */
  updateFacts(filter?: UpdateFactsFilter): Promise<UpdateFacts>;
  /** What runs failed to bring up to date and no later run was planned to. */
  failedOutputs(): Promise<FailedOutput[]>;
  /** Files that steps attached, newest first. */
  listAttachments(filter: {
    readonly runId?: RunId;
    readonly asset?: AssetKey;
    readonly limit: number;
  }): Promise<AttachmentRecord[]>;
  findAttachment(file: string): Promise<AttachmentRecord | undefined>;

  // Backfills

  /** The same id again changes nothing. */
  createBackfill(backfill: BackfillRecord): Promise<void>;
  /** Changes a backfill and records the runs that this asks for, at once or not at all. */
  changeBackfill(change: BackfillChange): Promise<ChangedBackfill>;
  getBackfill(id: BackfillId): Promise<BackfillRecord | undefined>;
  /** Newest first. */
  listBackfills(filter: BackfillFilter): Promise<BackfillRecord[]>;
  /** Versions of those that have not ended. */
  activeBackfills(): Promise<ReadonlyMap<BackfillId, number>>;

  // Ticks, cursors, partitions, values

  /**
   * Records a tick and everything that it decided, at once or not at all.
   *
   * Where the instigator has a tick of that time already, nothing changes: `recorded` is false and the runs are those of
   * the earlier tick. So it is where the tick's `turn` is over; then there are no runs.
   */
  commitTick(tick: TickCommit): Promise<CommittedTick>;
  /** Newest first; `before` is the id of a tick. */
  listTicks(
    instigator: string,
    page: { readonly limit: number; readonly before?: number },
  ): Promise<TickRecord[]>;
  getCursor(name: string): Promise<string | undefined>;
  /** Those whose name begins with the prefix, by what follows it, in the order of names; all without a page. */
  listCursors(prefix: string, page?: CursorPage): Promise<Map<string, string>>;
  /** `undefined` forgets it. */
  setCursor(name: string, value: string | undefined): Promise<void>;
  /** Forgets those that are there. */
  removeCursors(names: readonly string[]): Promise<void>;
  /** Sets it if it has the expected value still (`null`: none); whether it had. The value `null` forgets it. */
  swapCursor(
    name: string,
    change: { readonly expected: string | null; readonly value: string | null },
  ): Promise<boolean>;
  /** Number of keys that were not there yet. */
  addPartitions(definition: string, keys: readonly string[], at: number): Promise<number>;
  /** Number of keys that were there. */
  removePartitions(definition: string, keys: readonly string[]): Promise<number>;
  /** In the order of adding. */
  listPartitions(definition: string): Promise<string[]>;
  getValue(key: string): Promise<string | undefined>;
  /** `undefined` forgets the key. */
  setValue(key: string, value: string | undefined): Promise<void>;
  /** Sets the value if it is the expected one still (`undefined`: none); whether it was. */
  swapValue(
    key: string,
    change: { readonly expected: string | undefined; readonly value: string | undefined },
  ): Promise<boolean>;

  /** Keeps a snapshot; the same id again changes nothing. */
  putSnapshot(snapshot: DefinitionsSnapshot, at: number): Promise<void>;
  getSnapshot(id: string): Promise<DefinitionsSnapshot | undefined>;

  // The storage itself

  /**
   * Removes what nobody needs of runs that ended before: events that are no facts, plans, snapshots that no other run
   * names; and ticks of that time. Goes in small transactions; what is told of assets and checks stays.
   */
  purge(options: { readonly beforeMs: number; readonly dryRun?: boolean }): Promise<PurgeCounts>;
  describe(): Promise<StorageDescription>;
  /**
   * Calls `listener` after each commit that changed something, in the order of commits; the answer ends it.
   *
   * On Postgres also after commits of other processes. After a lost connection runs may be told of without need.
   */
  subscribe(listener: (change: StorageChange) => void): () => void;
  /** Waits for what is being written; so does the end of `await using`. */
  close(): Promise<void>;
}
