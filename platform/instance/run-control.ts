import { hostname } from "node:os";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { QueueSettings } from "../core/queue.ts";
import { isTerminal, type RunId, type RunRecord } from "../core/run.ts";
import type { RunWorkers } from "../host/run-workers.ts";
import type { Storage } from "../storage/storage.ts";
import type { AttemptFolders } from "./attempt-execution.ts";
import { isOvertaken } from "./attempt-loss.ts";
import { createPoolClaims } from "./pool-claims.ts";
import { planFor, type RunRecording } from "./record-run.ts";
import { createRetentionLoop } from "./retention-loop.ts";
import { runAgain } from "./run-again.ts";
import { definitionsStamp, documentsOf } from "./run-definitions.ts";
import { createRunDequeuer } from "./run-dequeuer.ts";
import { createRunLauncher, type RunLauncher } from "./run-launcher.ts";
import { runsAtOnce } from "./run-limits.ts";
import { createRunReconciler, reconcileAtStart } from "./run-reconciler.ts";
import { createRunRetrier } from "./run-retrier.ts";
import { decidesOnRuns, executesRuns, type RunRole } from "./run-role.ts";
import type { ServerLog } from "./server-log.ts";
import type { WorkLoop } from "./work-loop.ts";
import { createWorkerRecords, killOrphans } from "./worker-records.ts";

export interface RunControlOptions {
  readonly recording: RunRecording;
  readonly storage: Storage;
  readonly workers: RunWorkers;
  readonly role: RunRole;
  /** Whether nobody else can execute runs of this storage. */
  readonly exclusive: boolean;
  readonly settings: QueueSettings;
  /** Runs that this process executes at once, where it is not as many as the project's settings say. */
  readonly places?: number;
  /** At the end, runs may go on for so long, and are then left to other processes. Absent: they are cancelled. */
  readonly handBackAfterMs?: number;
  readonly attachmentBytes: number;
  /** Absent: everything is kept. */
  readonly keepRunsSeconds?: number;
  readonly folders: AttemptFolders;
  /** Folders that hold a folder for each run. */
  readonly runFolders: readonly string[];
  /** Where notes about worker processes are kept. */
  readonly recordsFolder: string;
  /** The definitions in force; rejects while there are none. */
  snapshot(): Promise<DefinitionsSnapshot>;
  readonly log: ServerLog;
  now(): Temporal.Instant;
}

/** Everything that becomes of recorded runs in one process: their turn, their workers, their losses, their retries. */
export interface RunControl extends AsyncDisposable {
  /** A queued run was recorded here, and is to be executed. */
  enqueued(id: RunId): void;
  /** Resolves when the wish is recorded; an ended run stays as it is. */
  cancel(id: RunId): Promise<void>;
}

/** An attempt is lost to its worker after so long without a sign of life. */
const leaseMs = 15_000;

/** Without a limit, so many runs wait for the next worker that has a place; the rest waits in the queue. */
const waitingForWorker = 10;

/** Sees first to what an owner that is gone has left. */
export async function createRunControl(options: RunControlOptions): Promise<RunControl> {
  const { storage, role, settings, recordsFolder, exclusive, log, now } = options;
  const { maxResumes } = settings;
  const orphans = killOrphans(recordsFolder);
  const ownerRole = role === "command" ? role : "server";
  const left = exclusive ? await reconcileAtStart({ storage, role: ownerRole, maxResumes, log, now }) : 0;
  if (orphans + left > 0) log.warning("an owner that is gone left runs", { runs: left, processes: orphans });

  await using opening = new AsyncDisposableStack();
  const mine = new Set<RunId>();
  const launcher = executesRuns(role) ? openLauncher(opening, options, mine) : undefined;
  const dequeuer = decidesOnRuns(role) ? openDecisions(opening, options, { mine, launcher }) : undefined;
  if (role !== "command") launcher?.wake();
  const closing = opening.move();

  return {
    enqueued(id) {
      mine.add(id);
      dequeuer?.wake();
    },
    cancel: (id) => cancelRun(options, launcher, id),
    async [Symbol.asyncDispose]() {
      // Whoever asked a command for a run does not wait for it any more; a server's queue waits for the next server.
      if (role === "command") for (const id of mine) await cancelQueued(storage, id, now().epochMilliseconds);
      await closing.disposeAsync();
    },
  };
}

function openLauncher(
  opening: AsyncDisposableStack,
  options: RunControlOptions,
  mine: ReadonlySet<RunId>,
): RunLauncher {
  const { storage, workers, role, settings, folders, recordsFolder, snapshot, log, now } = options;
  const pools = opening.use(createPoolClaims({ storage, log, now }));
  return opening.use(
    createRunLauncher({
      storage,
      workers,
      pools,
      records: createWorkerRecords(recordsFolder),
      folders,
      attachmentBytes: options.attachmentBytes,
      codeOf: (run, plan) => codeOf(storage, { run, plan, current: snapshot }),
      name: options.exclusive ? `${role} ${process.pid}` : `${role} ${hostname()} ${process.pid}`,
      places: options.places ?? runsAtOnce(settings),
      ...(role === "command" ? { only: mine } : {}),
      ...(options.handBackAfterMs === undefined ? {} : { handBackAfterMs: options.handBackAfterMs }),
      maxResumes: settings.maxResumes,
      leaseMs,
      shared: !options.exclusive,
      startTimeoutMs: settings.startTimeoutSeconds * 1000,
      ...(settings.maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds: settings.maxRuntimeSeconds }),
      log,
      now,
    }),
  );
}

/** The turn of runs, their losses and retries, and what is old. */
function openDecisions(
  opening: AsyncDisposableStack,
  options: RunControlOptions,
  { mine, launcher }: { readonly mine: Set<RunId>; readonly launcher: RunLauncher | undefined },
): WorkLoop {
  const { recording, storage, role, settings, exclusive, snapshot, log, now } = options;
  const retrier = opening.use(
    createRunRetrier({
      storage,
      settings,
      async again(run, { id, strategy, runKey }) {
        const automatic = { id, runKey };
        mine.add(id);
        return await runAgain(recording, {
          snapshot: await snapshot(),
          run,
          retry: { strategy },
          automatic,
        });
      },
      log,
      now,
    }),
  );
  const dequeuer = opening.use(
    createRunDequeuer({
      storage,
      settings: { tagLimits: settings.tagLimits, ...queueLimit(options) },
      shared: !exclusive,
      snapshot,
      plan: (current, run) => planFor(current, run.request, recording),
      ...(role === "command" ? { only: mine } : {}),
      log,
      now,
    }),
  );
  if (role === "command") return dequeuer;
  const { maxResumes, startTimeoutSeconds } = settings;
  const reconciler = opening.use(
    createRunReconciler({
      storage,
      maxResumes,
      ...(exclusive ? { startTimeoutMs: startTimeoutSeconds * 1000 } : {}),
      isOurs: (id) => launcher?.has(id) === true,
      log,
      now,
    }),
  );
  if (options.keepRunsSeconds !== undefined) {
    const { keepRunsSeconds: runsSeconds } = options;
    opening
      .use(createRetentionLoop({ storage, runsSeconds, runFolders: options.runFolders, log, now }))
      .wake();
  }
  reconciler.wake();
  retrier.start();
  dequeuer.wake();
  return dequeuer;
}

/** One owner knows its own places; of several processes each knows only what the project says. */
function queueLimit({ role, exclusive, settings }: RunControlOptions) {
  if (exclusive) return { maxConcurrentRuns: runsAtOnce(settings) };
  if (settings.maxConcurrentRuns !== undefined) return { maxConcurrentRuns: settings.maxConcurrentRuns };
  // A command executes its run itself, if nobody else does.
  return role === "command" ? { maxConcurrentRuns: Number.POSITIVE_INFINITY } : { waitingForWorker };
}

/** Whether the run has begun and no worker has taken it; one that is being cancelled will not be taken any more. */
async function waitsForWorker(storage: Storage, id: RunId): Promise<boolean> {
  const attempts = await storage.lostAttempts({ unclaimedMs: 0 });
  return attempts.some(({ runId, worker }) => runId === id && worker === "");
}

async function cancelRun(
  { storage, exclusive, now }: RunControlOptions,
  launcher: RunLauncher | undefined,
  id: RunId,
): Promise<void> {
  for (;;) {
    const run = await storage.getRun(id);
    if (run === undefined || isTerminal(run.status)) return;
    const at = now().epochMilliseconds;
    try {
      if (run.status === "queued" || run.status === "not_started")
        // One that was begun meanwhile is looked at again.
        return void (await storage.setRunStatus(id, "canceled", { at, epoch: run.epoch }));
      if (run.status !== "canceling") await storage.setRunStatus(id, "canceling", { at });
      launcher?.cancel(id);
      const isElsewhere = launcher?.has(id) !== true;
      if (isElsewhere && (exclusive || (await waitsForWorker(storage, id))))
        await storage.setRunStatus(id, "canceled", { at });
      return;
    } catch (error) {
      if (!isOvertaken(error)) throw error;
    }
  }
}

async function cancelQueued(storage: Storage, id: RunId, at: number): Promise<void> {
  const run = await storage.getRun(id);
  if (run?.status !== "queued") return;
  await storage.setRunStatus(id, "canceled", { at, epoch: run.epoch }).catch((error: unknown) => {
    if (!isOvertaken(error)) throw error;
  });
}

/** Documents as they are now where the run was planned on these definitions, else as they were then. */
async function codeOf(
  storage: Storage,
  {
    run,
    plan,
    current,
  }: {
    readonly run: RunRecord;
    readonly plan: Parameters<typeof documentsOf>[1];
    current(): Promise<DefinitionsSnapshot>;
  },
) {
  const now = await current();
  const snapshot = now.id === run.snapshotId ? now : ((await storage.getSnapshot(run.snapshotId)) ?? now);
  return {
    documents: documentsOf(snapshot, plan),
    environment: snapshot.environment,
    definitions: definitionsStamp(snapshot),
  };
}
