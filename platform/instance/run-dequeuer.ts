import { randomUUID } from "node:crypto";
import { type QueueEntry, type QueueReason, selectQueuedRuns } from "../automation/select-queued-runs.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { errorInfo } from "../core/event.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { PlanError } from "../plan/plan-error.ts";
import type { QueueTurn } from "../storage/run-records.ts";
import type { Storage } from "../storage/storage.ts";
import { isOvertaken } from "./attempt-loss.ts";
import type { ServerLog } from "./server-log.ts";
import { createWorkLoop, type WorkLoop } from "./work-loop.ts";

export interface RunDequeuerOptions {
  readonly storage: Storage;
  /** Without a limit, runs are begun as fast as workers take them: so many may wait for one. */
  readonly settings: Pick<QueueSettings, "tagLimits"> &
    ({ readonly maxConcurrentRuns: number } | { readonly waitingForWorker: number });
  /** Whether other processes take runs from the same queue. */
  readonly shared: boolean;
  /** The definitions in force; rejects while there are none. */
  snapshot(): Promise<DefinitionsSnapshot>;
  /** Throws PlanError where the request cannot be met any more. */
  plan(snapshot: DefinitionsSnapshot, run: RunRecord): Promise<RunPlan>;
  /** Absent: all runs; otherwise only these wait here, and unless the queue is shared only they are counted. */
  readonly only?: ReadonlySet<RunId>;
  readonly log: ServerLog;
  now(): Temporal.Instant;
  /** Milliseconds without a word from the others after which it looks at the queue all the same. */
  readonly everyMs?: number;
}

/** Of a long queue so many are looked at first; more only when these all wait. */
const firstLook = 20;

/** Begins attempts at queued runs as far as the limits have room. */
export function createRunDequeuer(options: RunDequeuerOptions): WorkLoop {
  const { storage, settings, log, everyMs = 1000 } = options;
  const isBoundByWorkers = "waitingForWorker" in settings;
  const told = new Map<RunId, string>();
  const loop = createWorkLoop({
    everyMs,
    async work() {
      if ((await dequeue(options, told)) === "again") loop.wake();
    },
    onError: (error) => log.error("queued runs could not be started", { err: error }),
  });
  const unsubscribe = storage.subscribe(({ events, runs }) => {
    // A new run comes without an event; an end or a return to the queue makes room.
    if ((events.length === 0 && runs.length > 0) || events.some(({ event }) => makesRoom.has(event.type)))
      loop.wake();
    else if (isBoundByWorkers && events.some(({ event }) => event.type === "run.started")) loop.wake();
  });
  return {
    wake: loop.wake,
    async [Symbol.asyncDispose]() {
      unsubscribe();
      await loop[Symbol.asyncDispose]();
    },
  };
}

const makesRoom: ReadonlySet<string> = new Set(["run.queued", "run.succeeded", "run.failed", "run.canceled"]);

/** Changes with each run that is taken from a queue that several processes share. */
const turnKey = "queue.turn";

async function dequeue(options: RunDequeuerOptions, told: Map<RunId, string>): Promise<"done" | "again"> {
  const { storage, settings, shared, only } = options;
  const isMine = ({ id }: RunRecord) => only === undefined || only.has(id);
  const turn = shared ? await storage.getValue(turnKey) : undefined;
  const inProgress = (await storage.runsInProgress()).filter((run) => shared || isMine(run));
  const maxConcurrentRuns = await limitOfRuns(options, inProgress.length);
  if (inProgress.length >= maxConcurrentRuns) return "done";
  let limit = firstLook;
  for (;;) {
    const queued = await storage.queuedRuns(limit);
    const mine = queued.filter(isMine);
    if (mine.length === 0 && queued.length < limit) return "done";
    const snapshot = await options.snapshot();
    const poolLimits = await limitsOfRunPools(storage, snapshot);
    const entries = await entriesOf(storage, [...mine, ...inProgress], poolLimits);
    const { chosen, waiting } = selectQueuedRuns({
      queued: entries.slice(0, mine.length),
      inProgress: entries.slice(mine.length),
      settings: { ...settings, maxConcurrentRuns, poolLimits },
    });
    if (chosen.length === 0 && queued.length === limit) {
      limit *= 10;
      continue;
    }
    for (const id of chosen) told.delete(id);
    const runs = new Map(mine.map((run) => [run.id, run]));
    const begun = await beginAll(options, {
      snapshot,
      runs: chosen.map((id) => runs.get(id) as RunRecord),
      turns: shared ? createTurns(turn) : undefined,
    });
    // Another process was first with a run: what was read is not true any more.
    if (!begun) return "again";
    for (const { id, reason } of waiting) await tellOnce(options, told, { id, reason });
    // Behind those that were looked at others may wait, and there may be room for them.
    return chosen.length > 0 && queued.length === limit ? "again" : "done";
  }
}

/** Whether nobody came between, where the queue is shared. */
async function beginAll(
  options: RunDequeuerOptions,
  {
    snapshot,
    runs,
    turns,
  }: {
    readonly snapshot: DefinitionsSnapshot;
    readonly runs: readonly RunRecord[];
    readonly turns: { next(): QueueTurn } | undefined;
  },
): Promise<boolean> {
  for (const run of runs) {
    const begun = await begin(options, { snapshot, run, turn: turns?.next() });
    if (!begun && turns !== undefined) return false;
  }
  return true;
}

/** Each follows the one before, so that whoever takes a run in between is noticed. */
function createTurns(read: string | undefined) {
  let expected = read;
  return {
    next(): QueueTurn {
      const turn = { key: turnKey, expected, value: randomUUID() };
      expected = turn.value;
      return turn;
    },
  };
}

async function limitOfRuns({ storage, settings }: RunDequeuerOptions, inProgress: number): Promise<number> {
  if ("maxConcurrentRuns" in settings) return settings.maxConcurrentRuns;
  const attempts = await storage.lostAttempts({ unclaimedMs: 0 });
  const waiting = attempts.filter(({ worker }) => worker === "").length;
  return inProgress - waiting + settings.waitingForWorker;
}

/** Limits of the pools that runs hold as a whole; what people set goes before the definitions. */
export async function limitsOfRunPools(
  storage: Storage,
  { definitions }: DefinitionsSnapshot,
): Promise<{ readonly [pool: string]: number }> {
  const pools = definitions.pools.filter(({ granularity }) => granularity === "run");
  if (pools.length === 0) return {};
  const set = await storage.poolLimits();
  return Object.fromEntries(pools.map(({ name, limit }) => [name, set.get(name) ?? limit]));
}

/** Runs as the queue sees them. */
export async function entriesOf(
  storage: Storage,
  runs: readonly RunRecord[],
  poolLimits: { readonly [pool: string]: number },
): Promise<QueueEntry<RunId>[]> {
  const hasPools = Object.keys(poolLimits).length > 0;
  return await Promise.all(
    runs.map(async ({ id, request, createdAtMs }) => ({
      id,
      tags: request.tags,
      priority: request.priority ?? 0,
      createdAtMs,
      pools: hasPools ? ((await storage.getPlan(id))?.runPools ?? []) : [],
    })),
  );
}

/** Plans the run again where the definitions are others by now, and begins its attempt; whether it did. */
async function begin(
  { storage, plan, log, now }: RunDequeuerOptions,
  {
    snapshot,
    run,
    turn,
  }: {
    readonly snapshot: DefinitionsSnapshot;
    readonly run: RunRecord;
    readonly turn: QueueTurn | undefined;
  },
): Promise<boolean> {
  const at = now().epochMilliseconds;
  try {
    if (run.snapshotId !== snapshot.id || (await storage.getPlan(run.id)) === undefined) {
      const planned = await plan(snapshot, run);
      await storage.putSnapshot(snapshot, at);
      await storage.setPlan(run.id, snapshot.id, planned);
    }
    await storage.startAttempt(run.id, at, { replaces: run.epoch, ...(turn === undefined ? {} : { turn }) });
    return true;
  } catch (error) {
    if (isOvertaken(error)) return false;
    if (!(error instanceof PlanError)) throw error;
    log.warning("a queued run cannot be planned any more", { run: run.id, reason: error.reason });
    const message = `the definitions have changed since it was asked for: ${error.message}`;
    await storage
      .setRunStatus(run.id, "failure", {
        at,
        error: { ...errorInfo(error), message },
        reason: "job_initialization",
      })
      .catch((failure: unknown) => {
        if (!isOvertaken(failure)) throw failure;
      });
    return false;
  }
}

async function tellOnce(
  { storage, now }: RunDequeuerOptions,
  told: Map<RunId, string>,
  { id, reason }: { readonly id: RunId; readonly reason: QueueReason },
): Promise<void> {
  const message = textOf(reason);
  if (message === undefined || told.get(id) === message) return;
  told.set(id, message);
  await storage.noteRun(id, { at: now().epochMilliseconds, message });
}

/** Nothing where it simply waits for its turn. */
function textOf(reason: QueueReason): string | undefined {
  switch (reason.kind) {
    case "runs":
      return undefined;
    case "tag":
      return `the run waits: no more than ${reason.limit} with the tag ${reason.key}=${reason.value} go on at once`;
    case "pool":
      return `the run waits for the pool \`${reason.pool}\`, which has room for ${reason.limit}`;
  }
}
