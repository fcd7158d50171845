import { createRunWorker, type RunWorker, type RunWorkerOptions } from "./run-worker.ts";

export interface RunWorkersOptions extends RunWorkerOptions {
  /** Whether another worker is made ready when one was taken; not where only one run is to be. */
  readonly restock: boolean;
  /** Runs that one worker serves at most; with 1 each run has a process of its own. */
  readonly runsPerWorker: number;
  /** Workers that have served a run and wait for another at most. */
  readonly mostWaiting?: number;
}

/** Lets the run that took the last worker have the processor first. */
const restockDelayMs = 500;

/** A worker that nobody wanted for so long is ended. */
const idleMs = 15_000;

/** Hands out run workers. */
export interface RunWorkers extends AsyncDisposable {
  /** Sees to it that one waits with the platform loaded. */
  warm(): void;
  /**
   * A worker that has served a run of the same definitions, else the waiting one, else a new one. The caller gives it
   * back, or disposes of it.
   */
  take(definitions: string): RunWorker;
  /** Whether this worker may stay for a further run. */
  mayStay(worker: RunWorker): boolean;
  /** Keeps a free worker for further runs of these definitions. */
  giveBack(worker: RunWorker, definitions: string): void;
}

interface Waiting {
  readonly worker: RunWorker;
  readonly definitions: string;
  readonly timer: NodeJS.Timeout;
}

export function createRunWorkers(options: RunWorkersOptions): RunWorkers {
  const { restock, runsPerWorker, mostWaiting = 8, ...workerOptions } = options;
  const served = new WeakMap<RunWorker, number>();
  let waiting: Waiting[] = [];
  let idle: RunWorker | undefined;
  let closed = false;
  let restocking: NodeJS.Timeout | undefined;
  const warm = () => {
    if (!closed && idle?.isAlive() !== true) idle = createRunWorker(workerOptions);
  };
  const takeWaiting = (definitions: string): RunWorker | undefined => {
    const place = waiting.findLastIndex((one) => one.definitions === definitions && one.worker.isAlive());
    const [found] = place < 0 ? [] : waiting.splice(place, 1);
    clearTimeout(found?.timer);
    return found?.worker;
  };
  const takeFresh = (): RunWorker => {
    const worker = idle?.isAlive() === true ? idle : createRunWorker(workerOptions);
    idle = undefined;
    clearTimeout(restocking);
    if (restock) restocking = setTimeout(warm, restockDelayMs);
    return worker;
  };
  const end = (one: Waiting) => {
    clearTimeout(one.timer);
    waiting = waiting.filter((other) => other !== one);
    return one.worker[Symbol.asyncDispose]();
  };
  return {
    warm,
    take(definitions) {
      if (closed) throw new Error("the run workers are closed");
      const worker = takeWaiting(definitions) ?? takeFresh();
      served.set(worker, (served.get(worker) ?? 0) + 1);
      return worker;
    },
    mayStay: (worker) => (served.get(worker) ?? 0) < runsPerWorker,
    giveBack(worker, definitions) {
      if (closed) {
        void worker[Symbol.asyncDispose]();
        return;
      }
      const one: Waiting = { worker, definitions, timer: setTimeout(() => void end(one), idleMs) };
      waiting.push(one);
      if (waiting.length > mostWaiting) void end(waiting[0] as Waiting);
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(restocking);
      await Promise.all([...waiting.map(end), idle?.[Symbol.asyncDispose]()]);
      idle = undefined;
    },
  };
}
