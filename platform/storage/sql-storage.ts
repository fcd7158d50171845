import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { BackfillId, BackfillRecord } from "../core/backfill.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunEvent, RunEventBody } from "../core/event.ts";
import type { RunId, RunRecord, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { appendEvents } from "./append-events.ts";
import { findAttachment, listAttachments } from "./attachments.ts";
import { type ClaimOptions, createClaim, lostAttempts, type RunAttempt, renewLease } from "./attempts.ts";
import {
  activeBackfills,
  type BackfillChange,
  type BackfillFilter,
  type ChangedBackfill,
  createBackfill,
  createBackfillChange,
  getBackfill,
  listBackfills,
} from "./backfills.ts";
import { type ChangeFeed, type ChangeListener, LocalChangeFeed } from "./change-feed.ts";
import {
  type CursorPage,
  type CursorSwap,
  getCursor,
  listCursors,
  setCursor,
  setCursors,
  swapCursor,
} from "./cursors.ts";
import type { Database, Statements, TransactionOptions, TransactionTry } from "./database.ts";
import { describe } from "./describe.ts";
import { addPartitions, listPartitions, removePartitions } from "./dynamic-partitions.ts";
import { type AppendOutcome, EventBatches } from "./event-batches.ts";
import { assetHistory, eventTimes, listEvents, newestCursor } from "./events.ts";
import { changesSince } from "./fact-changes.ts";
import { failedAssets } from "./failed-assets.ts";
import { freshnessHistory } from "./freshness-changes.ts";
import { insertRunOnce } from "./insert-run.ts";
import { getValue, setValue, swapValue, type ValueSwap } from "./key-values.ts";
import { latestAssets } from "./latest-assets.ts";
import { latestChecks } from "./latest-checks.ts";
import { partitionFacts } from "./partition-facts.ts";
import { partitionStates } from "./partition-states.ts";
import { recordPastRun } from "./past-runs.ts";
import {
  claimPools,
  type PoolClaim,
  type PoolGrant,
  poolLeases,
  poolLimits,
  releasePools,
  setPoolLimit,
} from "./pool-leases.ts";
import { type PurgeOptions, purge } from "./purge.ts";
import { recordDecision, setPlan, setRunStatus, startAttempt } from "./run-decisions.ts";
import type { NewRun, RunFilter, RunStatusChange, StartAttemptOptions } from "./run-records.ts";
import { listSteps } from "./run-steps.ts";
import {
  childRuns,
  findRuns,
  getPlan,
  getPlans,
  getRun,
  listRuns,
  queuedRuns,
  runsInProgress,
  unfinishedRuns,
} from "./runs.ts";
import { getSnapshot, putSnapshot } from "./snapshots.ts";
import type { AppendResult, Storage } from "./storage.ts";
import type { EventCursor, EventFilter, StoredEvent } from "./stored-event.ts";
import { type CommittedTick, createTickCommit, listTicks, type TickCommit } from "./ticks.ts";
import { failedOutputs, type UpdateFactsFilter, updateFacts } from "./update-facts.ts";

/** What a transaction gives and what it changed. */
interface Changed<T> {
  readonly result: T;
  readonly events?: readonly StoredEvent[];
  readonly runs: readonly RunId[];
  /** Whether it is told of although no run changed. */
  readonly tells?: boolean;
}

/** What is told of an ended run is kept through a loss of power; one that goes on would be lost with its worker. */
const endsRun: ReadonlySet<string> = new Set(["run.succeeded", "run.failed", "run.canceled"]);

/** Storage over one migrated database, whichever its dialect. */
export class SqlStorage implements Storage {
  readonly #db: Database;
  readonly #feed: ChangeFeed;
  readonly #batches: EventBatches;

  constructor(database: Database, feed: ChangeFeed = new LocalChangeFeed()) {
    this.#db = database;
    this.#feed = feed;
    this.#batches = new EventBatches((events) => this.#commit(events));
  }

  /** Commits and tells of it. */
  async #change<T>(
    work: (db: Statements, attempt: TransactionTry) => Promise<Changed<T>>,
    options: TransactionOptions,
  ): Promise<T> {
    const { result, tell } = await this.#db.transaction(async (db, attempt) => {
      const { result, events = [], runs, tells = false } = await work(db, attempt);
      const isNews = tells || runs.length > 0 || events.length > 0;
      const tell = isNews ? await this.#feed.publish(db, { events, runs }) : undefined;
      return { result, tell };
    }, options);
    tell?.();
    return result;
  }

  createRun(run: NewRun): Promise<RunRecord> {
    return this.#change(
      async (db, { uncertain }) => {
        const before = uncertain ? await getRun(db, run.id) : undefined;
        if (before?.createdAtMs === run.createdAtMs) return { result: before, runs: [] };
        const { id, inserted } = await insertRunOnce(db, run);
        return { result: (await getRun(db, id)) as RunRecord, runs: inserted ? [id] : [] };
      },
      { durable: true },
    );
  }

  recordPastRun(run: NewRun, events: readonly RunEventBody[]): Promise<boolean> {
    return this.#change(
      async (db, { uncertain }) => {
        if (uncertain && (await getRun(db, run.id)) !== undefined) return { result: true, runs: [] };
        const stored = await recordPastRun(db, run, events);
        return { result: stored.length > 0, events: stored, runs: stored.length > 0 ? [run.id] : [] };
      },
      { durable: true, appends: true },
    );
  }

  startAttempt(id: RunId, at: number, options: StartAttemptOptions = {}): Promise<number> {
    return this.#change(
      async (db) => {
        const { epoch, stored } = await startAttempt(db, id, { ...options, at });
        return { result: epoch, events: [stored], runs: [id] };
      },
      // A loss of power that takes it back ends its worker as well: both are on the machine of the file.
      { appends: true },
    );
  }

  claimAttempt(worker: string, options: ClaimOptions): Promise<RunAttempt | undefined> {
    return this.#db.transaction(createClaim(worker, options));
  }

  renewLease(id: RunId, epoch: number, leaseMs: number) {
    return renewLease(this.#db, id, { epoch, leaseMs });
  }

  lostAttempts(options: { readonly unclaimedMs: number }) {
    return lostAttempts(this.#db, options);
  }

  async setRunStatus(id: RunId, status: RunStatus, change: RunStatusChange): Promise<RunRecord> {
    // What the worker sent before the change must stand before it in the log.
    await this.#batches.drain();
    return this.#change(
      async (db, { uncertain }) => {
        const stored = await setRunStatus(db, id, { ...change, status, uncertain });
        const result = (await getRun(db, id)) as RunRecord;
        return { result, events: stored === undefined ? [] : [stored], runs: [id] };
      },
      { durable: true, appends: true },
    );
  }

  setPlan(id: RunId, snapshotId: string, plan: RunPlan): Promise<void> {
    return this.#change(async (db) => ({ result: await setPlan(db, id, { snapshotId, plan }), runs: [id] }), {
      durable: true,
    });
  }

  noteRun(id: RunId, { at, message }: { readonly at: number; readonly message: string }): Promise<void> {
    const body = { type: "log", level: "info", message } as const;
    return this.#change(
      async (db, { uncertain }) => {
        const stored = await recordDecision(db, id, { body, at, uncertain });
        return { result: undefined, events: [stored], runs: [id] };
      },
      { appends: true },
    );
  }

  async appendEvents(events: readonly RunEvent[]): Promise<AppendResult> {
    const outcomes = events.length === 0 ? [] : await this.#batches.append(events);
    const count = (wanted: AppendOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
    return { appended: count("appended"), repeated: count("repeated"), refused: count("refused") };
  }

  #commit(events: readonly RunEvent[]): Promise<AppendOutcome[]> {
    return this.#change(
      async (db) => {
        const { outcomes, stored } = await appendEvents(db, events);
        const runs = [...new Set(stored.map(({ event }) => event.runId))];
        return { result: outcomes, events: stored, runs };
      },
      { durable: events.some((event) => endsRun.has(event.type)), appends: true },
    );
  }

  getRun(id: RunId) {
    return getRun(this.#db, id);
  }

  getPlan(id: RunId) {
    return getPlan(this.#db, id);
  }

  findRuns(ids: readonly RunId[]) {
    return findRuns(this.#db, ids);
  }

  getPlans(ids: readonly RunId[]) {
    return getPlans(this.#db, ids);
  }

  unfinishedRuns() {
    return unfinishedRuns(this.#db);
  }

  listRuns(filter: RunFilter) {
    return listRuns(this.#db, filter);
  }

  listSteps(id: RunId) {
    return listSteps(this.#db, id);
  }

  listEvents(id: RunId, filter: EventFilter) {
    return listEvents(this.#db, id, filter);
  }

  childRuns(root: RunId) {
    return childRuns(this.#db, root);
  }

  queuedRuns(limit: number) {
    return queuedRuns(this.#db, limit);
  }

  runsInProgress() {
    return runsInProgress(this.#db);
  }

  claimPools(claim: PoolClaim): Promise<PoolGrant> {
    return this.#db.transaction((db) => claimPools(db, claim));
  }

  releasePools(id: RunId, epoch: number, step?: string): Promise<void> {
    return this.#change(async (db) => {
      const released = await releasePools(db, id, { epoch, step });
      return { result: undefined, runs: released ? [id] : [] };
    }, {});
  }

  poolLeases(pool?: string) {
    return poolLeases(this.#db, pool);
  }

  setPoolLimit(pool: string, limit: number | undefined) {
    return setPoolLimit(this.#db, pool, limit);
  }

  poolLimits() {
    return poolLimits(this.#db);
  }

  latestAssets(keys?: readonly AssetKey[]) {
    return latestAssets(this.#db, keys);
  }

  latestChecks(keys?: readonly CheckKey[]) {
    return latestChecks(this.#db, keys);
  }

  assetHistory(key: AssetKey, page: { readonly limit: number; readonly before?: EventCursor }) {
    return assetHistory(this.#db, key, page);
  }

  failedAssets(keys?: readonly AssetKey[]) {
    return failedAssets(this.#db, keys);
  }

  freshnessHistory(key: AssetKey, page: { readonly limit: number; readonly before?: EventCursor }) {
    return freshnessHistory(this.#db, key, page);
  }

  partitionStates(key: AssetKey) {
    return partitionStates(this.#db, key);
  }

  eventTimes(cursors: readonly EventCursor[]) {
    return eventTimes(this.#db, cursors);
  }

  partitionFacts(keys?: readonly AssetKey[]) {
    return partitionFacts(this.#db, keys);
  }

  newestCursor() {
    return newestCursor(this.#db);
  }

  changesSince(cursor: EventCursor, limit: number) {
    return changesSince(this.#db, cursor, limit);
  }

  updateFacts(filter: UpdateFactsFilter = {}) {
    return updateFacts(this.#db, filter);
  }

  failedOutputs() {
    return failedOutputs(this.#db);
  }

  listAttachments(filter: { readonly runId?: RunId; readonly asset?: AssetKey; readonly limit: number }) {
    return listAttachments(this.#db, filter);
  }

  findAttachment(file: string) {
    return findAttachment(this.#db, file);
  }

  createBackfill(backfill: BackfillRecord): Promise<void> {
    return this.#change(
      async (db) => ({ result: await createBackfill(db, backfill), runs: [], tells: true }),
      { durable: true },
    );
  }

  changeBackfill(change: BackfillChange): Promise<ChangedBackfill> {
    const commit = createBackfillChange(change);
    return this.#change(
      async (db) => {
        const result = await commit(db);
        return { result, runs: result.runs.map(({ id }) => id), tells: result.recorded };
      },
      { durable: true },
    );
  }

  getBackfill(id: BackfillId) {
    return getBackfill(this.#db, id);
  }

  listBackfills(filter: BackfillFilter) {
    return listBackfills(this.#db, filter);
  }

  activeBackfills() {
    return activeBackfills(this.#db);
  }

  commitTick(tick: TickCommit): Promise<CommittedTick> {
    const commit = createTickCommit(tick);
    return this.#change(
      async (db) => {
        const result = await commit(db);
        return {
          result,
          events: result.events ?? [],
          runs: result.recorded ? result.runs.map(({ id }) => id) : [],
        };
      },
      { durable: true, appends: (tick.freshness ?? []).length > 0 },
    );
  }

  listTicks(instigator: string, page: { readonly limit: number; readonly before?: number }) {
    return listTicks(this.#db, instigator, page);
  }

  getCursor(name: string) {
    return getCursor(this.#db, name);
  }

  listCursors(prefix: string, page?: CursorPage) {
    return listCursors(this.#db, prefix, page);
  }

  setCursor(name: string, value: string | undefined) {
    return setCursor(this.#db, name, value);
  }

  removeCursors(names: readonly string[]) {
    return setCursors(
      this.#db,
      names.map((name) => ({ name, value: null })),
    );
  }

  swapCursor(name: string, change: CursorSwap): Promise<boolean> {
    return this.#db.transaction(
      async (db, { uncertain }) => {
        // A try before, whose answer was lost, may have set it.
        if (uncertain && ((await getCursor(db, name)) ?? null) === change.value) return true;
        return await swapCursor(db, { name, ...change });
      },
      { durable: true },
    );
  }

  addPartitions(definition: string, keys: readonly string[], at: number): Promise<number> {
    return this.#db.transaction((db) => addPartitions(db, definition, { keys, at }), { durable: true });
  }

  removePartitions(definition: string, keys: readonly string[]): Promise<number> {
    return this.#db.transaction((db) => removePartitions(db, definition, keys), { durable: true });
  }

  listPartitions(definition: string) {
    return listPartitions(this.#db, definition);
  }

  getValue(key: string) {
    return getValue(this.#db, key);
  }

  setValue(key: string, value: string | undefined) {
    return setValue(this.#db, key, value);
  }

  swapValue(key: string, change: ValueSwap): Promise<boolean> {
    return this.#db.transaction((db, { uncertain }) => swapValue(db, key, { ...change, uncertain }), {
      durable: true,
    });
  }

  putSnapshot(snapshot: DefinitionsSnapshot, at: number) {
    return putSnapshot(this.#db, snapshot, at);
  }

  getSnapshot(id: string) {
    return getSnapshot(this.#db, id);
  }

  purge(options: PurgeOptions) {
    return purge(this.#db, options);
  }

  describe() {
    return describe(this.#db);
  }

  subscribe(listener: ChangeListener): () => void {
    return this.#feed.subscribe(listener);
  }

  async close(): Promise<void> {
    await this.#batches.drain();
    await this.#feed.close();
    await this.#db.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
