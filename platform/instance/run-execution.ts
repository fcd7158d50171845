import { availableParallelism } from "node:os";
import type { ErrorInfo } from "../core/event.ts";
import type { RunId, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { StartRun } from "../host/run-worker.ts";
import type { RunWorkers } from "../host/run-workers.ts";
import type { Storage } from "../storage/storage.ts";
import { StorageError } from "../storage/storage-error.ts";
import { chooseRun, type HeldRun } from "./duckdb-files.ts";
import type { ServerLog } from "./server-log.ts";

/** A recorded run that waits for its turn. */
export interface QueuedRun {
  readonly runId: RunId;
  readonly plan: RunPlan;
  readonly documents: StartRun["documents"];
  readonly environment: string;
}

/** Executes recorded runs in run workers and keeps their record true, whatever becomes of the worker. */
export interface RunExecution extends AsyncDisposable {
  enqueue(run: QueuedRun): void;
  /** Resolves when the wish is recorded; an ended run stays as it is. */
  cancel(id: RunId): Promise<void>;
}

export interface RunExecutionOptions {
  readonly storage: Storage;
  readonly workers: RunWorkers;
  readonly dataFolder: string;
  readonly logFolderOf: (id: RunId) => string;
  readonly log: ServerLog;
  now(): Temporal.Instant;
  /** Runs that may go on at once; the processors, at least two, unless given. */
  readonly maxAtOnce?: number;
}

interface ExecutingRun extends Pick<QueuedRun, "runId" | "plan"> {
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

export function createRunExecution(options: RunExecutionOptions): RunExecution {
  const { storage, log, now, maxAtOnce = Math.max(2, availableParallelism()) } = options;
  const waiting: QueuedRun[] = [];
  const executing = new Map<RunId, ExecutingRun>();
  /** Runs that were told that they are held. */
  const told = new Set<RunId>();
  let closed = false;

  const tell = ({ run: { runId }, by, file }: HeldRun<QueuedRun>) => {
    if (told.has(runId)) return;
    told.add(runId);
    const message = `waits for the end of run ${by}: both open ${file}, which one process at a time can do`;
    storage
      .noteRun(runId, { at: now().epochMilliseconds, message })
      .catch((error: unknown) => log.error("a run's note could not be stored", { run: runId, err: error }));
  };

  const next = () => {
    while (!closed && executing.size < maxAtOnce) {
      const { chosen: run, held } = chooseRun(waiting, [...executing.values()]);
      held.forEach(tell);
      if (run === undefined) return;
      waiting.splice(waiting.indexOf(run), 1);
      told.delete(run.runId);
      const abort = new AbortController();
      const done = execute(run, options, abort.signal)
        .catch((error: unknown) => log.error("a run could not be executed", { run: run.runId, err: error }))
        .finally(() => {
          executing.delete(run.runId);
          next();
        });
      executing.set(run.runId, { runId: run.runId, plan: run.plan, abort, done });
    }
  };

  const cancel = async (id: RunId) => {
    const place = waiting.findIndex(({ runId }) => runId === id);
    if (place >= 0) {
      waiting.splice(place, 1);
      told.delete(id);
      // Others may have waited behind it.
      next();
      await setStatusUnlessEnded(storage, id, { status: "canceled", at: now().epochMilliseconds });
      return;
    }
    const run = executing.get(id);
    if (run === undefined || run.abort.signal.aborted) return;
    await setStatusUnlessEnded(storage, id, { status: "canceling", at: now().epochMilliseconds });
    run.abort.abort();
  };

  return {
    enqueue(run) {
      waiting.push(run);
      next();
    },
    cancel,
    async [Symbol.asyncDispose]() {
      closed = true;
      const ids = [...waiting.map(({ runId }) => runId), ...executing.keys()];
      await Promise.all(ids.map(cancel));
      await Promise.all([...executing.values()].map(({ done }) => done));
    },
  };
}

async function execute(
  { runId, plan, documents, environment }: QueuedRun,
  { storage, workers, dataFolder, logFolderOf, log, now }: RunExecutionOptions,
  signal: AbortSignal,
): Promise<void> {
  const epoch = await storage.startAttempt(runId, now().epochMilliseconds);
  const latestMetadata = await latestMetadataFor(plan, storage);
  await using worker = workers.take();
  const logFolder = logFolderOf(runId);
  const end = await worker.execute(
    { runId, epoch, plan, documents, environment, dataFolder, logFolder, latestMetadata },
    {
      signal,
      async onEvents(events) {
        const { refused } = await storage.appendEvents(events);
        if (refused > 0)
          log.warning("events of a replaced attempt were refused", { run: runId, epoch, refused });
      },
    },
  );
  if (!end.complete)
    await endInterrupted(storage, {
      id: runId,
      error: end.error,
      cancelled: signal.aborted,
      at: now().epochMilliseconds,
    });
}

/** Metadata of the newest materialization of every asset that a step of the plan makes, checks or reads. */
async function latestMetadataFor({ steps }: RunPlan, storage: Storage): Promise<StartRun["latestMetadata"]> {
  const keys = new Set(
    steps.flatMap(({ assets, inputs }) => [...assets, ...inputs.map(({ asset }) => asset)]),
  );
  const records = await storage.latestAssets([...keys]);
  return Object.fromEntries(
    [...records].flatMap(([key, { materialized }]) =>
      materialized === undefined ? [] : [[key, materialized.metadata]],
    ),
  );
}

/** The worker is gone and its run has no end: it was cancelled if that was asked for, else it failed. */
async function endInterrupted(
  storage: Storage,
  { id, error, cancelled, at }: { id: RunId; error: ErrorInfo; cancelled: boolean; at: number },
): Promise<void> {
  await setStatusUnlessEnded(
    storage,
    id,
    cancelled ? { status: "canceled", at } : { status: "failure", at, error },
  );
}

/** An end that came first stays. */
async function setStatusUnlessEnded(
  storage: Storage,
  id: RunId,
  { status, ...change }: { status: RunStatus; at: number; error?: ErrorInfo },
): Promise<void> {
  try {
    await storage.setRunStatus(id, status, change);
  } catch (error) {
    if (!(error instanceof StorageError && error.reason === "refused-transition")) throw error;
  }
}

/** Ends what an owner that is gone has left in progress: nobody executes it any more. */
export async function endAbandonedRuns(storage: Storage, now: Temporal.Instant): Promise<number> {
  const at = now.epochMilliseconds;
  let ended = 0;
  for (;;) {
    const runs = await storage.listRuns({
      status: ["not_started", "queued", "starting", "started", "canceling"],
      limit: 100,
    });
    for (const { id, status } of runs) {
      const isRunning = status === "starting" || status === "started";
      if (!isRunning) await storage.setRunStatus(id, "canceled", { at });
      else
        await storage.setRunStatus(id, "failure", {
          at,
          error: { name: "RunAbandonedError", message: "the process that ran it is gone" },
        });
    }
    ended += runs.length;
    if (runs.length < 100) return ended;
  }
}
