import type { AssetKey } from "../core/asset-key.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { namesText } from "../core/names-text.ts";
import type { PartitionSet } from "../core/partitions.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { RunId, RunRecord, RunRequest } from "../core/run.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import type { NewRun } from "../storage/run-records.ts";
import type { BackfillChange, Storage, TickCommit } from "../storage/storage.ts";
import { type BackfillOutcome, backfillOutcome, type OutcomeStorage } from "./backfill-outcome.ts";
import type { CodeEvaluation } from "./code-evaluation.ts";
import { DefinitionsError } from "./definitions-error.ts";
import type { DefinitionsSource } from "./definitions-source.ts";
import type { FactsSource } from "./facts-mirror.ts";
import { InstanceError } from "./instance-error.ts";
import { partitionMoment } from "./partition-moment.ts";
import { plannedRun, type RunRecording } from "./record-run.ts";
import { readForRequest, resolveRequest } from "./resolve-request.ts";
import type { RunControl } from "./run-control.ts";
import type { MaterializeRequest } from "./runs.ts";
import { selectKeys } from "./select-keys.ts";

export type TickStorage = FactsSource &
  OutcomeStorage &
  Pick<
    Storage,
    | "changeBackfill"
    | "getCursor"
    | "setCursor"
    | "swapCursor"
    | "listCursors"
    | "listRuns"
    | "poolLeases"
    | "listTicks"
    | "assetHistory"
  >;

/** Runs of a tick, and in words why others were not made. */
export interface PreparedRuns {
  readonly runs: readonly NewRun[];
  readonly faults: readonly string[];
}

/** What the loops of a daemon work with. */
export interface AutomationDesk {
  /** Of the project; absolute. */
  readonly root: string;
  readonly storage: TickStorage;
  /** The definitions in force, if any were loaded. */
  snapshot(): DefinitionsSnapshot | undefined;
  moment(snapshot: DefinitionsSnapshot, now: Temporal.Instant): Promise<PartitionMoment>;
  /**
   * A request as it is at a moment; `partitions` go before its own. Throws InstanceError and DefinitionsError.
   */
  resolve(
    snapshot: DefinitionsSnapshot,
    request: MaterializeRequest,
    at: { readonly now: Temporal.Instant; readonly partitions?: PartitionSet },
  ): Promise<RunRequest>;
  /** Plans requests; one that cannot be met costs only itself. */
  prepare(snapshot: DefinitionsSnapshot, requests: readonly RunRequest[]): Promise<PreparedRuns>;
  /** Functions of sensors and conditions; absent where no user code may be called. */
  readonly code: CodeEvaluation | undefined;
  /** Keys that a selection names now. Throws InstanceError. */
  select(snapshot: DefinitionsSnapshot, selection: string): readonly AssetKey[];
  /** Records a tick, and sees to the runs that it made; those runs, or `undefined` where another process was first. */
  commit(tick: TickCommit): Promise<readonly RunRecord[] | undefined>;
  /** Records a step of a backfill likewise. */
  commitBackfill(change: BackfillChange): Promise<readonly RunRecord[] | undefined>;
  /** What became of a run of a backfill, whose retries count as it. */
  outcome(run: RunRecord, now: Temporal.Instant): Promise<BackfillOutcome>;
  cancel(id: RunId): Promise<void>;
  /** Tells listeners that there may be something to do. */
  wake(): void;
  /** Calls `listener` after each commit, each load and each `wake`; the answer ends it. */
  onChange(listener: () => void): () => void;
}

export interface AutomationDeskOptions {
  readonly recording: RunRecording;
  readonly storage: Storage;
  readonly definitions: Pick<DefinitionsSource, "current" | "subscribe">;
  readonly control: Pick<RunControl, "enqueued" | "cancel">;
  /** Absent: sensors and conditions of user code cannot be evaluated. */
  readonly code?: CodeEvaluation;
  /** Absent: only the runs themselves say whether they are started again. */
  readonly settings?: Pick<QueueSettings, "retryPolicy">;
  /** Told that runs are coming. */
  warm(): void;
}

export function createAutomationDesk(options: AutomationDeskOptions): AutomationDesk {
  const { recording, storage, definitions, control } = options;
  const listeners = new Set<() => void>();
  return {
    root: recording.root,
    storage,
    code: options.code,
    snapshot: () => definitions.current(),
    moment: (snapshot, now) => partitionMoment(snapshot.definitions, storage, now),
    async resolve(snapshot, request, { now, partitions }) {
      const asked = partitions === undefined ? request : { ...request, partition: "all" };
      const known = await readForRequest(snapshot, asked, { storage, now });
      const resolved = resolveRequest(snapshot, asked, known);
      return partitions === undefined ? resolved : { ...resolved, partitions };
    },
    async prepare(snapshot, requests) {
      const runs: NewRun[] = [];
      const faults: string[] = [];
      for (const request of requests) {
        try {
          runs.push(await plannedRun(recording, { snapshot, request }));
        } catch (error) {
          faults.push(`${namesOf(request)}: ${faultText(error)}`);
        }
      }
      return { runs, faults };
    },
    select: (snapshot, selection) => selectKeys(snapshot, selection),
    async commit(tick) {
      if (tick.runs.length > 0) options.warm();
      const { recorded, runs } = await storage.commitTick(tick);
      if (!recorded) return undefined;
      for (const { id } of runs) control.enqueued(id);
      return runs;
    },
    async commitBackfill(change) {
      if (change.runs.length > 0) options.warm();
      const { recorded, runs } = await storage.changeBackfill(change);
      if (!recorded) return undefined;
      for (const { id } of runs) control.enqueued(id);
      return runs;
    },
    outcome: (run, now) => backfillOutcome(storage, run, { settings: options.settings ?? {}, now }),
    cancel: (id) => control.cancel(id),
    wake() {
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      const ends = [
        () => void listeners.delete(listener),
        storage.subscribe(listener),
        definitions.subscribe(listener),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}

function namesOf({ assets, checks = [] }: RunRequest): string {
  return namesText([...assets, ...checks], 3);
}

/** What is told of a request that cannot be met; anything else is thrown on. */
export function faultText(error: unknown): string {
  if (error instanceof InstanceError)
    return error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
  if (error instanceof DefinitionsError) {
    const [first] = error.problems;
    return first === undefined
      ? error.message
      : `${first.span.file}:${first.span.start.line}: ${first.message}`;
  }
  throw error;
}
