import { nextRetry, retryPolicyOf } from "../automation/next-retry.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { RunId, RunRecord, RunRetryPolicy } from "../core/run.ts";
import type { Storage } from "../storage/storage.ts";
import { risingId } from "./rising-id.ts";
import type { ServerLog } from "./server-log.ts";
import { createWorkLoop } from "./work-loop.ts";

export interface RunRetrierOptions {
  readonly storage: Storage;
  readonly settings: Pick<QueueSettings, "retryPolicy">;
  /** Records the run that does the failed one's work again; throws where it cannot be planned. */
  again(run: RunRecord, retry: PlannedRetry): Promise<RunRecord>;
  readonly log: ServerLog;
  now(): Temporal.Instant;
}

export interface PlannedRetry {
  readonly id: RunId;
  readonly strategy: RunRetryPolicy["strategy"];
  /** Makes the same retry happen once. */
  readonly runKey: string;
}

/** Starts failed runs again as their policies say. */
export interface RunRetrier extends AsyncDisposable {
  /** Looks also at what failed while nobody watched. */
  start(): void;
}

/** A failure that is older is nobody's concern any more. */
const oldestMs = 86_400_000;
const mostRuns = 200;

export function createRunRetrier(options: RunRetrierOptions): RunRetrier {
  const { storage, log, now } = options;
  /** When each failed run is due, in milliseconds since 1970. */
  const due = new Map<RunId, number>();
  let timer: NodeJS.Timeout | undefined;
  let searching = false;
  const loop = createWorkLoop({
    async work() {
      if (searching) {
        searching = false;
        await note(await failedLately(storage, now().epochMilliseconds));
      }
      const at = now().epochMilliseconds;
      for (const [id, dueAt] of [...due]) {
        if (dueAt > at) continue;
        due.delete(id);
        await retry(options, id);
      }
      wakeAtNext();
    },
    onError: (error) => log.error("failed runs could not be started again", { err: error }),
  });
  const wakeAtNext = () => {
    clearTimeout(timer);
    if (due.size === 0) return;
    const waitMs = Math.min(...due.values()) - now().epochMilliseconds;
    timer = setTimeout(loop.wake, Math.min(Math.max(0, waitMs), 60_000));
  };
  const note = async (ids: readonly RunId[]) => {
    for (const id of ids) {
      const run = await storage.getRun(id);
      const policy = run === undefined ? undefined : retryPolicyOf(run.request, options.settings);
      if (run?.status !== "failure" || policy === undefined) continue;
      due.set(id, (run.endedAtMs ?? 0) + (policy.delaySeconds ?? 0) * 1000);
    }
  };
  const unsubscribe = storage.subscribe(({ events }) => {
    const failed = events.flatMap(({ event }) => (event.type === "run.failed" ? [event.runId] : []));
    if (failed.length === 0) return;
    note(failed).then(loop.wake, (error: unknown) => log.error("a failed run was not read", { err: error }));
  });
  return {
    start() {
      searching = true;
      loop.wake();
    },
    async [Symbol.asyncDispose]() {
      unsubscribe();
      clearTimeout(timer);
      await loop[Symbol.asyncDispose]();
      clearTimeout(timer);
    },
  };
}

async function failedLately(storage: Storage, at: number): Promise<RunId[]> {
  const failed = await storage.listRuns({ status: ["failure"], limit: mostRuns });
  return failed.filter(({ endedAtMs }) => (endedAtMs ?? 0) > at - oldestMs).map(({ id }) => id);
}

async function retry(options: RunRetrierOptions, id: RunId): Promise<void> {
  const { storage, settings, again, log, now } = options;
  const run = await storage.getRun(id);
  if (run === undefined) return;
  const line = await storage.childRuns(run.request.reexecution?.root ?? run.id);
  const next = nextRetry(run, line, settings);
  if (next === undefined) return;
  const { number, policy } = next;
  const newId = risingId() as RunId;
  const at = now().epochMilliseconds;
  try {
    const child = await again(run, {
      id: newId,
      strategy: policy.strategy,
      runKey: `retry:${run.id}:${number}`,
    });
    // Another process was first.
    if (child.id !== newId) return;
    const message = `the run is started again as ${child.id} (retry ${number} of ${policy.maxRetries})`;
    await storage.noteRun(run.id, { at, message });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error("a failed run could not be started again", { run: run.id, err: error });
    await storage.noteRun(run.id, { at, message: `the run cannot be started again: ${reason}` });
  }
}
