import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { ErrorInfo, RunEvent } from "../core/event.ts";
import type { RunId, RunRecord, RunStatus } from "../core/run.ts";
import { appendEvents } from "./append-events.ts";
import type { Database } from "./database.ts";
import { type AppendOutcome, EventBatches } from "./event-batches.ts";
import { assetHistory, listEvents } from "./events.ts";
import { getValue, setValue } from "./key-values.ts";
import { latestAssets } from "./latest-assets.ts";
import { latestChecks } from "./latest-checks.ts";
import { partitionStates } from "./partition-states.ts";
import { listSteps } from "./run-steps.ts";
import { getPlan, getRun, insertRun, listRuns, recordDecision, setRunStatus, startAttempt } from "./runs.ts";
import { getSnapshot, putSnapshot } from "./snapshots.ts";
import type {
  AppendResult,
  EventCursor,
  EventFilter,
  NewRun,
  RunFilter,
  Storage,
  StorageChange,
  StoredEvent,
} from "./storage.ts";

/** Storage over one migrated database, whichever its dialect. */
export class SqlStorage implements Storage {
  readonly #db: Database;
  readonly #batches: EventBatches;
  readonly #listeners = new Set<(change: StorageChange) => void>();

  constructor(database: Database) {
    this.#db = database;
    this.#batches = new EventBatches((events) => this.#commit(events));
  }

  async createRun(run: NewRun): Promise<RunRecord> {
    const record = await this.#db.transaction(
      async (db) => {
        await insertRun(db, run);
        return (await getRun(db, run.id)) as RunRecord;
      },
      { durable: true },
    );
    this.#tell([], [run.id]);
    return record;
  }

  async startAttempt(id: RunId, at: number): Promise<number> {
    const { epoch, stored } = await this.#db.transaction((db) => startAttempt(db, id, at), { durable: true });
    this.#tell([stored], [id]);
    return epoch;
  }

  async setRunStatus(
    id: RunId,
    status: RunStatus,
    change: { readonly at: number; readonly error?: ErrorInfo },
  ): Promise<RunRecord> {
    // What the worker sent before the change must stand before it in the log.
    await this.#batches.drain();
    const { record, stored } = await this.#db.transaction(
      async (db) => ({
        stored: await setRunStatus(db, id, { status, ...change }),
        record: (await getRun(db, id)) as RunRecord,
      }),
      { durable: true },
    );
    this.#tell([stored], [id]);
    return record;
  }

  async noteRun(
    id: RunId,
    { at, message }: { readonly at: number; readonly message: string },
  ): Promise<void> {
    const body = { type: "log", level: "info", message } as const;
    this.#tell([await this.#db.transaction((db) => recordDecision(db, id, { body, at }))], [id]);
  }

  async appendEvents(events: readonly RunEvent[]): Promise<AppendResult> {
    const outcomes = events.length === 0 ? [] : await this.#batches.append(events);
    const count = (wanted: AppendOutcome) => outcomes.filter((outcome) => outcome === wanted).length;
    return { appended: count("appended"), repeated: count("repeated"), refused: count("refused") };
  }

  async #commit(events: readonly RunEvent[]): Promise<AppendOutcome[]> {
    const { outcomes, stored } = await this.#db.transaction((db) => appendEvents(db, events), {
      durable: events.some((event) => event.type.startsWith("run.")),
    });
    this.#tell(stored, [...new Set(stored.map(({ event }) => event.runId))]);
    return outcomes;
  }

  #tell(events: readonly StoredEvent[], runs: readonly RunId[]): void {
    if (runs.length === 0) return;
    for (const listener of [...this.#listeners]) listener({ events, runs });
  }

  getRun(id: RunId) {
    return getRun(this.#db, id);
  }

  getPlan(id: RunId) {
    return getPlan(this.#db, id);
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

  latestAssets(keys?: readonly AssetKey[]) {
    return latestAssets(this.#db, keys);
  }

  latestChecks(keys?: readonly CheckKey[]) {
    return latestChecks(this.#db, keys);
  }

  assetHistory(key: AssetKey, page: { readonly limit: number; readonly before?: EventCursor }) {
    return assetHistory(this.#db, key, page);
  }

  partitionStates(key: AssetKey) {
    return partitionStates(this.#db, key);
  }

  putSnapshot(snapshot: DefinitionsSnapshot, at: number) {
    return putSnapshot(this.#db, snapshot, at);
  }

  getSnapshot(id: string) {
    return getSnapshot(this.#db, id);
  }

  getValue(key: string) {
    return getValue(this.#db, key);
  }

  setValue(key: string, value: string | undefined) {
    return setValue(this.#db, key, value);
  }

  subscribe(listener: (change: StorageChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#batches.drain();
    this.#listeners.clear();
    await this.#db.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
