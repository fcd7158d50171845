import { createRunWorker, type RunWorker, type RunWorkerOptions } from "./run-worker.ts";

export interface RunWorkersOptions extends RunWorkerOptions {
  /** Whether another worker is made ready when one was taken; not where only one run is to be. */
  readonly restock: boolean;
}

/** Lets the run that took the last worker have the processor first. */
const restockDelayMs = 500;

/** Hands out run workers. */
export interface RunWorkers extends AsyncDisposable {
  /** Sees to it that one waits with the platform loaded. */
  warm(): void;
  /** The waiting worker, or a new one. The caller disposes it. */
  take(): RunWorker;
}

export function createRunWorkers({ restock, ...options }: RunWorkersOptions): RunWorkers {
  let idle: RunWorker | undefined;
  let closed = false;
  let restocking: NodeJS.Timeout | undefined;
  const warm = () => {
    if (!closed && idle?.isAlive() !== true) idle = createRunWorker(options);
  };
  return {
    warm,
    take() {
      if (closed) throw new Error("the run workers are closed");
      const worker = idle?.isAlive() === true ? idle : createRunWorker(options);
      idle = undefined;
      clearTimeout(restocking);
      if (restock) restocking = setTimeout(warm, restockDelayMs);
      return worker;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(restocking);
      await idle?.[Symbol.asyncDispose]();
      idle = undefined;
    },
  };
}
