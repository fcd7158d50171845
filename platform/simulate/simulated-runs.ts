import { nextRetry } from "../automation/next-retry.ts";
import { inQueueOrder, selectQueuedRuns } from "../automation/select-queued-runs.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { RunId, RunRecord, RunRequest } from "../core/run.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import { stepKeysFromFailure } from "../plan/step-keys-from-failure.ts";
import type { Agenda } from "./agenda.ts";
import type { SimulatedLog } from "./simulated-log.ts";
import { type FollowedPlan, SimulatedRun } from "./simulated-run.ts";
import { StepPools } from "./step-pools.ts";

/** How runs wait and go on. */
export interface SimulatedLimits extends Pick<QueueSettings, "tagLimits" | "retryPolicy"> {
  readonly maxConcurrentRuns: number;
  /** Of pools that runs hold as a whole. */
  readonly runPoolLimits: { readonly [pool: string]: number };
  /** Limits that people set, of all pools. */
  readonly poolLimits: { readonly [pool: string]: number };
}

export interface SimulatedRunsOptions {
  readonly agenda: Agenda;
  readonly log: SimulatedLog;
  readonly limits: SimulatedLimits;
  /** Milliseconds that a step takes. */
  durationOf(step: PlannedStep): number;
  /** Whether a step that starts now fails. */
  fails(run: SimulatedRun, step: PlannedStep): boolean;
  now(): number;
  /** Something was committed: automation looks soon. */
  onChange(): void;
  onStep(step: PlannedStep, status: "success" | "failure"): void;
  /** How many runs wait, and how many go on, after each look at the queue. */
  onQueue(waiting: number, going: number): void;
  /** A run is due that does a failed one's work again. */
  again(
    failed: SimulatedRun,
    request: RunRequest,
    retry: { readonly number: number; readonly of: number },
  ): void;
}

/** Of a long queue so many are looked at first; more only when these all wait. */
const firstLook = 20;

/** Runs that wait and go on in a simulation: the queue, its limits, steps with their durations, and retries. */
export class SimulatedRuns {
  readonly #options: SimulatedRunsOptions;
  readonly #pools: StepPools;
  readonly #queue: SimulatedRun[] = [];
  readonly #going = new Map<RunId, SimulatedRun>();
  readonly #lines = new Map<RunId, SimulatedRun[]>();
  #isLooking = false;

  constructor(options: SimulatedRunsOptions) {
    this.#options = options;
    this.#pools = new StepPools(options.limits.poolLimits);
  }

  /** Runs that have not ended, those in progress first. */
  get unended(): readonly SimulatedRun[] {
    return [...this.#going.values(), ...this.#queue];
  }

  enqueue(run: Pick<RunRecord, "id" | "request" | "createdAtMs">, plan: FollowedPlan): SimulatedRun {
    const added = new SimulatedRun(run, plan);
    const place = this.#queue.findLastIndex((one) => inQueueOrder(one, added) < 0) + 1;
    this.#queue.splice(place, 0, added);
    const { reexecution } = run.request;
    if (reexecution !== undefined) {
      const line = this.#lines.get(reexecution.root) ?? [];
      line.push(added);
      this.#lines.set(reexecution.root, line);
    }
    this.#options.log.planned(added, plan);
    this.#changed();
    return added;
  }

  /** A run that was in progress when the simulation begins, with steps that it has done. */
  resume(
    run: Pick<RunRecord, "id" | "request" | "createdAtMs">,
    plan: FollowedPlan,
    done: (step: PlannedStep) => boolean,
  ): void {
    this.#begin(new SimulatedRun(run, plan), done);
  }

  cancel(run: SimulatedRun): void {
    if (run.hasEnded) return;
    const place = this.#queue.indexOf(run);
    if (place >= 0) this.#queue.splice(place, 1);
    this.#end(run, "canceled");
    for (const step of run.stepsGoing) this.#pools.release(run, step);
  }

  #changed(): void {
    const { agenda, now, onChange } = this.#options;
    onChange();
    if (this.#isLooking) return;
    this.#isLooking = true;
    agenda.add(now(), () => {
      this.#isLooking = false;
      this.#dequeue();
    });
  }

  #dequeue(): void {
    const { limits, onQueue } = this.#options;
    const { maxConcurrentRuns, tagLimits, runPoolLimits } = limits;
    for (let limit = firstLook; this.#queue.length > 0 && this.#going.size < maxConcurrentRuns; ) {
      const looked = this.#queue.slice(0, limit);
      const { chosen } = selectQueuedRuns<RunId>({
        queued: looked,
        inProgress: [...this.#going.values()],
        settings: { maxConcurrentRuns, tagLimits, poolLimits: runPoolLimits },
      });
      const isMore = looked.length < this.#queue.length;
      if (chosen.length === 0) {
        if (!isMore) break;
        limit *= 10;
        continue;
      }
      const started = new Set(chosen);
      const runs = new Map(looked.map((run) => [run.id, run]));
      const left = this.#queue.filter(({ id }) => !started.has(id));
      this.#queue.splice(0, this.#queue.length, ...left);
      for (const id of chosen) this.#begin(runs.get(id) as SimulatedRun);
      if (!isMore) break;
    }
    onQueue(this.#queue.length, this.#going.size);
  }

  #begin(run: SimulatedRun, done?: (step: PlannedStep) => boolean): void {
    const { now, log, onChange } = this.#options;
    run.status = "started";
    run.startedAtMs = now();
    this.#going.set(run.id, run);
    log.append(now());
    onChange();
    for (const step of run.begin(done)) this.#startStep(run, step);
    if (run.isDone) this.#end(run, "success");
  }

  #startStep(run: SimulatedRun, step: PlannedStep): void {
    this.#pools.claim(run, step, () => {
      const { agenda, now, log, fails, durationOf, onChange } = this.#options;
      const at = now();
      run.startStep(step);
      const started = log.append(at);
      onChange();
      const hasFailed = fails(run, step);
      agenda.add(at + durationOf(step), () => {
        if (run.hasEnded) return;
        this.#pools.release(run, step);
        this.#endStep(run, step, hasFailed ? undefined : started);
      });
    });
  }

  /** Without a start it has failed. */
  #endStep(
    run: SimulatedRun,
    step: PlannedStep,
    started: { readonly cursor: number; readonly at: number } | undefined,
  ): void {
    const { now, log, onStep, onChange } = this.#options;
    const at = now();
    const status = started === undefined ? "failure" : "success";
    if (started !== undefined) {
      const type = step.execution === "observe" ? "observed" : "materialized";
      for (const asset of step.assets)
        for (const partition of step.partitions ?? [""])
          log.updated({ type, asset, partition, runId: run.id }, { at, started });
      for (const check of step.checks) log.answered(check, { runId: run.id, at });
    }
    log.append(at);
    onStep(step, status);
    for (const next of run.endStep(step, status)) this.#startStep(run, next);
    if (run.isDone) this.#end(run, run.hasFailed ? "failure" : "success");
    else onChange();
  }

  #end(run: SimulatedRun, status: "success" | "failure" | "canceled"): void {
    const { now, log } = this.#options;
    const at = now();
    run.status = status;
    run.endedAtMs = at;
    this.#going.delete(run.id);
    log.ended(recordOf(run), at);
    if (status === "failure") this.#planRetry(run);
    this.#changed();
  }

  #planRetry(run: SimulatedRun): void {
    const { agenda, limits, now, again } = this.#options;
    const line = this.#lines.get(run.request.reexecution?.root ?? run.id) ?? [];
    const next = nextRetry(recordOf(run), line.map(recordOf), limits);
    if (next === undefined) return;
    const { number, policy, dueAtMs } = next;
    agenda.add(Math.max(dueAtMs, now()), () => {
      const { reexecution, runKey: _, ...asked } = run.request;
      const stepKeys =
        policy.strategy === "all" ? reexecution?.stepKeys : stepKeysFromFailure(run.plan, run.stepsEnded);
      const request: RunRequest = {
        ...asked,
        reexecution: {
          parent: run.id,
          root: reexecution?.root ?? run.id,
          number: (reexecution?.number ?? 0) + 1,
          automatic: true,
          ...(stepKeys === undefined ? {} : { stepKeys }),
        },
        runKey: `retry:${run.id}:${number}`,
      };
      again(run, request, { number, of: policy.maxRetries });
    });
  }
}

function recordOf(run: SimulatedRun): RunRecord {
  const { id, status, request, createdAtMs, startedAtMs, endedAtMs } = run;
  return {
    id,
    status,
    request,
    createdAtMs,
    snapshotId: "",
    epoch: 1,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(status === "failure" ? { failureReason: "step_failure" as const } : {}),
  };
}
