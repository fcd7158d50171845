import { errorInfo } from "../core/event.ts";
import type { RunId } from "../core/run.ts";
import type { RunWorkers } from "../host/run-workers.ts";
import type { Storage } from "../storage/storage.ts";
import type { AttemptSetting } from "./attempt-execution.ts";
import { AttemptExecution } from "./attempt-execution.ts";
import { type AttemptLoss, settleLoss } from "./attempt-loss.ts";
import type { PoolClaims } from "./pool-claims.ts";
import { createWorkLoop } from "./work-loop.ts";

export interface RunLauncherOptions extends AttemptSetting {
  readonly storage: Storage;
  readonly workers: RunWorkers;
  readonly pools: PoolClaims;
  /** Stands in the lease of each attempt that it takes. */
  readonly name: string;
  /** Runs that may go on at once here. */
  readonly places: number;
  /** Absent: whatever waits; otherwise only these runs. */
  readonly only?: ReadonlySet<RunId>;
  readonly maxResumes: number;
  /**
   * At the end, runs may go on for so long, and are then left to other processes. Absent: they are cancelled.
   */
  readonly handBackAfterMs?: number;
  /** Milliseconds without a word from the others after which it looks for attempts all the same. */
  readonly everyMs?: number;
}

/** Takes waiting attempts, as far as it has places, and executes each in a run worker. */
export interface RunLauncher extends AsyncDisposable {
  /** Looks for attempts that wait. */
  wake(): void;
  /** Whether it executes this run now. */
  has(id: RunId): boolean;
  /** Ends a run that it executes as cancelled; the wish is recorded already. */
  cancel(id: RunId): void;
}

const endsRun: ReadonlySet<string> = new Set(["run.succeeded", "run.failed", "run.canceled"]);

/** The disposal waits for the end of what it executes, which is cancelled or handed back. */
export function createRunLauncher(options: RunLauncherOptions): RunLauncher {
  const { storage, name, places, only, leaseMs, log, now, maxResumes, everyMs = 1000 } = options;
  const { handBackAfterMs } = options;
  const executing = new Map<RunId, { readonly execution: AttemptExecution; readonly done: Promise<void> }>();
  let closed = false;

  const claim = async () => {
    if (only === undefined) return await storage.claimAttempt(name, { leaseMs });
    for (const runId of only) {
      if (executing.has(runId)) continue;
      const claimed = await storage.claimAttempt(name, { leaseMs, runId });
      if (claimed !== undefined) return claimed;
    }
    return undefined;
  };
  const loop = createWorkLoop({
    everyMs,
    async work() {
      while (!closed && executing.size < places) {
        const attempt = await claim();
        if (attempt === undefined) return;
        const { runId } = attempt;
        const execution = new AttemptExecution(attempt, options);
        const done = work(execution).finally(() => {
          executing.delete(runId);
          loop.wake();
        });
        executing.set(runId, { execution, done });
      }
    },
    onError: (error) => log.error("attempts could not be taken", { err: error }),
  });
  const work = async (execution: AttemptExecution) => {
    const { runId, epoch } = execution;
    try {
      const loss = await execution.run().catch((error: unknown): AttemptLoss => {
        log.error("a run could not be executed", { run: runId, epoch, err: error });
        return { loss: "lease", error: errorInfo(error) };
      });
      if (loss === undefined) return;
      const at = now().epochMilliseconds;
      const action = await settleLoss(storage, { runId, epoch, ...loss }, { maxResumes, at });
      log.warning("an attempt was lost", { run: runId, epoch, loss: loss.loss, action, err: loss.error });
    } catch (error) {
      // Its lease runs out, and then somebody sees to it.
      log.error("the loss of an attempt could not be stored", { run: runId, epoch, err: error });
    }
  };
  const unsubscribe = storage.subscribe(({ events }) => {
    for (const { event } of events) {
      if (event.type === "run.starting") loop.wake();
      const execution = executing.get(event.runId)?.execution;
      if (event.type === "run.canceling") execution?.cancel();
      // Epoch 0: it was decided outside the run's worker.
      else if (event.epoch === 0 && endsRun.has(event.type)) execution?.overtaken();
    }
  });
  return {
    wake: () => loop.wake(),
    has: (id) => executing.has(id),
    cancel: (id) => executing.get(id)?.execution.cancel(),
    async [Symbol.asyncDispose]() {
      closed = true;
      await loop[Symbol.asyncDispose]();
      const left = [...executing.values()];
      let timer: NodeJS.Timeout | undefined;
      if (handBackAfterMs === undefined) {
        const at = now().epochMilliseconds;
        await Promise.all(left.map(({ execution }) => execution.askForCancel(at)));
      } else {
        timer = setTimeout(() => {
          for (const { execution } of left) execution.handBack();
        }, handBackAfterMs);
      }
      await Promise.all(left.map(({ done }) => done));
      clearTimeout(timer);
      unsubscribe();
    },
  };
}
