import type { RunEvent } from "../core/event.ts";
import { isTerminal, type RunId, type RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { RunWorker, StartRun } from "../host/run-worker.ts";
import type { RunWorkers } from "../host/run-workers.ts";
import type { WorkerEnd } from "../host/worker-end.ts";
import type { RunAttempt } from "../storage/attempts.ts";
import type { Storage } from "../storage/storage.ts";
import { StorageError } from "../storage/storage-error.ts";
import { type AttemptLoss, isOvertaken } from "./attempt-loss.ts";
import { knowledgeFor } from "./attempt-start.ts";
import type { AttemptPools, PoolClaims } from "./pool-claims.ts";
import { limitedPlan, maxRuntimeOf } from "./run-limits.ts";
import type { ServerLog } from "./server-log.ts";
import type { WorkerRecords } from "./worker-records.ts";

/** What a run needs of the definitions that are in force when its worker starts. */
export interface RunCodePlaces {
  readonly documents: StartRun["documents"];
  readonly environment: string;
  /** Workers that served a run of the same one have the same code. */
  readonly definitions: string;
}

export interface AttemptFolders {
  readonly data: string;
  readonly values: string;
  readonly files: string;
  logsOf(id: RunId): string;
}

/** What all attempts of one process share. */
export interface AttemptSetting {
  readonly storage: Storage;
  readonly workers: RunWorkers;
  readonly pools: PoolClaims;
  readonly records: WorkerRecords;
  readonly folders: AttemptFolders;
  readonly attachmentBytes: number;
  codeOf(run: RunRecord, plan: RunPlan): Promise<RunCodePlaces>;
  /** The lease is renewed three times in its length. */
  readonly leaseMs: number;
  /** Whether other processes take over what this one does not renew; then it stops working in time. */
  readonly shared: boolean;
  readonly startTimeoutMs: number;
  /** Of runs that say nothing themselves. */
  readonly maxRuntimeSeconds?: number;
  readonly log: ServerLog;
  now(): Temporal.Instant;
}

/** Longest delay of a timer. */
const longestTimerMs = 2 ** 31 - 1;

/** One attempt at a run, from its claim to its end or loss. */
export class AttemptExecution {
  readonly runId: RunId;
  readonly epoch: number;
  readonly #setting: AttemptSetting;
  readonly #cancellation = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  #worker: RunWorker | undefined;
  /** Why this process gave it up. */
  #givenUp: AttemptLoss["loss"] | undefined;
  #startTimer: NodeJS.Timeout | undefined;
  #overtime = false;
  #renewedAt = performance.now();
  /** Whether the last renewal has not succeeded: it failed, or still waits for its answer. */
  #unrenewed = false;

  constructor({ runId, epoch }: RunAttempt, setting: AttemptSetting) {
    this.runId = runId;
    this.epoch = epoch;
    this.#setting = setting;
  }

  cancel(): void {
    this.#cancellation.abort(new Error("the run is cancelled"));
  }

  /** The run was ended from outside, or has another attempt. */
  overtaken(): void {
    this.#giveUp("replaced");
  }

  /** Leaves the run to another process; what its steps have brought about is kept. */
  handBack(): void {
    this.#giveUp("handed_back");
  }

  /** Records the wish, and cancels. */
  async askForCancel(at: number): Promise<void> {
    const { storage, log } = this.#setting;
    try {
      await storage.setRunStatus(this.runId, "canceling", { at, epoch: this.epoch });
    } catch (error) {
      if (!isOvertaken(error))
        log.error("a run's status could not be stored", { run: this.runId, err: error });
    }
    this.cancel();
  }

  /** Gives how it was lost; nothing when the run has its end, or another attempt. */
  async run(): Promise<AttemptLoss | undefined> {
    const { storage, leaseMs } = this.#setting;
    const renewing = setInterval(() => void this.#renew(), leaseMs / 3);
    this.#timers.add(renewing);
    try {
      const [run, plan] = await Promise.all([storage.getRun(this.runId), storage.getPlan(this.runId)]);
      if (run === undefined || plan === undefined) throw new Error(`run ${this.runId} has no plan`);
      if (isTerminal(run.status) || run.epoch !== this.epoch) return undefined;
      if (run.status === "canceling") this.cancel();
      return await this.#inWorker(run, plan);
    } finally {
      for (const timer of this.#timers) clearInterval(timer);
      clearTimeout(this.#startTimer);
    }
  }

  async #inWorker(run: RunRecord, plan: RunPlan): Promise<AttemptLoss | undefined> {
    const { storage, workers, pools, records, folders, codeOf } = this.#setting;
    const claims = pools.of({ runId: this.runId, epoch: this.epoch, plan });
    const runPools = (plan.runPools ?? []).flatMap((pool) => {
      const limit = plan.pools[pool];
      return limit === undefined ? [] : [{ pool, slots: 1, limit }];
    });
    if (!(await this.#hold(claims, runPools))) return this.#lost("the run was cancelled before it began");
    const [code, knowledge, limits] = await Promise.all([
      codeOf(run, plan),
      knowledgeFor(storage, { run, plan, valuesFolder: folders.values }),
      storage.poolLimits(),
    ]);
    if (this.#cancellation.signal.aborted) return this.#lost("the run was cancelled before it began");
    const worker = workers.take(code.definitions);
    this.#worker = worker;
    using record = worker.pid === undefined ? undefined : records.add(worker.pid);
    this.#startTimer = setTimeout(() => this.#giveUp("start_timeout"), this.#setting.startTimeoutMs);
    if (run.startedAtMs !== undefined) this.#watchRuntime(run, run.startedAtMs);
    let end: WorkerEnd | undefined;
    try {
      end = await worker.execute(
        {
          ...this.#startOf(limitedPlan(plan, limits), code),
          ...knowledge,
          stay: workers.mayStay(worker),
        },
        {
          pools: claims,
          signal: this.#cancellation.signal,
          onEvents: (events) => this.#store(events, run),
          onProcessGroup: (id, state) => record?.note(id, state),
        },
      );
    } finally {
      this.#worker = undefined;
      if (end?.complete === true && end.free) workers.giveBack(worker, code.definitions);
      else await worker[Symbol.asyncDispose]();
    }
    if (end.complete) return undefined;
    if (this.#givenUp !== undefined) return this.#lost(end.error.message);
    if (this.#overtime) return { loss: "max_runtime", error: this.#overtimeError(run) };
    return { loss: end.loss, error: end.error };
  }

  /** Whether the run has the pools that it holds as a whole; it may have been given up meanwhile. */
  async #hold(claims: AttemptPools, pools: Parameters<AttemptPools["claimForRun"]>[0]): Promise<boolean> {
    if (pools.length === 0) return !this.#cancellation.signal.aborted;
    try {
      await claims.claimForRun(pools, this.#cancellation.signal);
      return true;
    } catch (error) {
      if (isOvertaken(error)) this.#givenUp = "replaced";
      else if (!this.#cancellation.signal.aborted) throw error;
      return false;
    }
  }

  #startOf(
    plan: RunPlan,
    { documents, environment }: RunCodePlaces,
  ): Omit<StartRun, "latestMetadata" | "stay"> {
    const { folders, attachmentBytes } = this.#setting;
    return {
      runId: this.runId,
      epoch: this.epoch,
      plan,
      documents,
      environment,
      dataFolder: folders.data,
      logFolder: folders.logsOf(this.runId),
      valuesFolder: folders.values,
      filesFolder: folders.files,
      attachmentBytes,
    };
  }

  async #store(events: readonly RunEvent[], run: RunRecord): Promise<number> {
    const started = events.find(({ type }) => type === "run.started");
    if (started !== undefined) {
      clearTimeout(this.#startTimer);
      if (run.startedAtMs === undefined) this.#watchRuntime(run, started.at);
    }
    // Whoever is stopped at the end of its time has failed, and was not cancelled by anybody.
    const told = this.#overtime ? events.map((event) => this.#endOfOvertime(event, run)) : events;
    try {
      return (await this.#setting.storage.appendEvents(told)).refused;
    } catch (error) {
      // Nothing is wrong with the run: it goes on when its records are within reach again.
      if (isUnreachable(error)) this.#givenUp ??= "lease";
      throw error;
    }
  }

  async #renew(): Promise<void> {
    const { storage, leaseMs, shared, log } = this.#setting;
    if (this.#worker !== undefined && !this.#worker.isResponsive()) return;
    const startedAt = performance.now();
    // By now somebody else may have begun the same work.
    if (shared && this.#unrenewed && startedAt - this.#renewedAt > leaseMs) return this.#giveUp("lease");
    this.#unrenewed = true;
    try {
      if (!(await storage.renewLease(this.runId, this.epoch, leaseMs))) {
        this.#giveUp("replaced");
        return;
      }
      this.#renewedAt = startedAt;
      this.#unrenewed = false;
      // Whoever cancels a run elsewhere tells it by its status.
      if ((await storage.getRun(this.runId))?.status === "canceling") this.cancel();
    } catch (error) {
      log.warning("a lease could not be renewed", { run: this.runId, epoch: this.epoch, err: error });
    }
  }

  #watchRuntime(run: RunRecord, startedAtMs: number): void {
    const seconds = maxRuntimeOf(run, this.#setting);
    if (seconds === undefined) return;
    const nowMs = this.#setting.now().epochMilliseconds;
    const leftMs = startedAtMs + seconds * 1000 - nowMs;
    if (leftMs <= 0) {
      this.#overtime = true;
      void this.askForCancel(nowMs);
      return;
    }
    const look = () => this.#watchRuntime(run, startedAtMs);
    this.#timers.add(setTimeout(look, Math.min(leftMs, longestTimerMs)));
  }

  #endOfOvertime(event: RunEvent, run: RunRecord): RunEvent {
    if (event.type !== "run.canceled") return event;
    const { runId, epoch, seq, at } = event;
    return {
      runId,
      epoch,
      seq,
      at,
      type: "run.failed",
      error: this.#overtimeError(run),
      reason: "max_runtime",
    };
  }

  #overtimeError(run: RunRecord) {
    const seconds = maxRuntimeOf(run, this.#setting);
    return { name: "RunTimeoutError", message: `the run took longer than ${seconds} seconds` };
  }

  #giveUp(loss: AttemptLoss["loss"]): void {
    this.#givenUp ??= loss;
    // A run that waits for its pools has no worker yet.
    this.#cancellation.abort(new Error("the attempt is given up"));
    void this.#worker?.[Symbol.asyncDispose]();
  }

  #lost(message: string): AttemptLoss {
    const loss = this.#givenUp ?? "cancelled";
    return { loss, error: { name: "RunWorkerError", message: this.#lossText(loss, message) } };
  }

  #lossText(loss: AttemptLoss["loss"], message: string): string {
    switch (loss) {
      case "start_timeout":
        return `the run did not start within ${this.#setting.startTimeoutMs / 1000} seconds: ${message}`;
      case "handed_back":
        return "its worker is stopped";
      case "lease":
        return `its worker could not reach the records: ${message}`;
      default:
        return message;
    }
  }
}

function isUnreachable(error: unknown): boolean {
  return error instanceof StorageError && error.reason === "unreachable";
}
