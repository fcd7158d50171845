import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { KnownState } from "./known-state.ts";
import type { PoolGate, PoolNeed } from "./pool-gate.ts";
import type { RunScope } from "./run-scope.ts";
import type { StepIsolation } from "./step-isolation.ts";
import { StepNews } from "./step-news.ts";
import { type ScheduledStep, StepSchedule } from "./step-schedule.ts";
import { loadSource } from "./step-values.ts";
import { StepWork } from "./step-work.ts";
import type { ValueIndex } from "./value-sources.ts";

export interface StepsOptions {
  readonly known: KnownState;
  /** Attempts at once. */
  readonly maxParallel: number;
  readonly pools: PoolGate | undefined;
  readonly isolation: StepIsolation | undefined;
}

export interface StepsResult {
  /** Keys of failed steps, also of those of earlier attempts at the run. */
  readonly failed: readonly string[];
  /** Blocking checks that did not pass. */
  readonly blocked: readonly string[];
  /** How many steps a cancellation has kept from their end. */
  readonly unfinished: number;
}

/** Starts what may start, up to so many at once, until nothing is left or the run is cancelled. */
export async function runSteps(run: RunScope, options: StepsOptions): Promise<StepsResult> {
  await loadEarlierValues(run, options.known);
  return await new StepRunner(run, options).run();
}

/** Looks up which values there are already: of steps that ended in earlier attempts, and of earlier runs. */
async function loadEarlierValues(run: RunScope, { steps }: KnownState): Promise<void> {
  const { values, planned, plan } = run;
  const isKnown = Object.keys(steps).length > 0;
  for (const { outputs, key, mapOver } of plan.steps) {
    // Instances are looked up where they are taken from.
    if (isKnown && outputs !== undefined && mapOver === undefined && steps[key]?.end === "success") {
      await values.load(key);
    }
  }
  if (isKnown) {
    const instances = Object.entries(steps).filter(
      ([key, { end }]) => end === "success" && planned(key) === undefined,
    );
    for (const [key] of instances) await values.load(key);
  }
  const index: ValueIndex = { made: (step, of) => values.made(step, of), planned };
  for (const step of plan.steps) {
    if (step.mapOver?.run !== undefined) await values.load(step.mapOver.step, step.mapOver.run);
    for (const source of (step.values ?? []).flatMap(({ from }) => from)) {
      const isEarlier = source.run !== undefined || source.mapOver?.run !== undefined;
      if (!isEarlier) continue;
      const taken = source.mapOver === undefined ? source : ({ ...source, take: "collect" } as const);
      await loadSource(taken, undefined, { values, index });
    }
  }
}

class StepRunner {
  readonly #run: RunScope;
  readonly #options: StepsOptions;
  readonly #schedule: StepSchedule;
  readonly #failed: string[];
  readonly #blocked: string[];
  /** Steps that have begun and wait for their next attempt, or for pools to make it. */
  readonly #begun = new Map<ScheduledStep, StepWork>();
  /** Steps that have their pools and wait for a place. */
  readonly #granted: ScheduledStep[] = [];
  readonly #retries = new Map<ScheduledStep, NodeJS.Timeout>();
  readonly #news: StepNews;
  readonly #done = Promise.withResolvers<void>();
  #running = 0;
  #claiming = 0;
  #canceled = 0;

  constructor(run: RunScope, options: StepsOptions) {
    const { known } = options;
    this.#run = run;
    this.#options = options;
    this.#schedule = new StepSchedule(run.plan, { known, values: run.values });
    const ended = Object.entries(known.steps);
    const isTemplate = (key: string) => run.planned(key)?.mapOver !== undefined;
    this.#failed = ended.flatMap(([key, { end }]) => (end === "failure" && !isTemplate(key) ? [key] : []));
    this.#blocked = ended.flatMap(([, { end, failedBlocking }]) => (end === "success" ? failedBlocking : []));
    this.#news = new StepNews(run, options);
  }

  async run(): Promise<StepsResult> {
    const { signal } = this.#run;
    const onAbort = () => this.#guard(() => this.#stopWaiting());
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#expectIsolated();
      this.#news.tell(this.#schedule.begin());
      this.#guard(() => this.#pump());
      if (signal.aborted) onAbort();
      await this.#done.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
    this.#news.close();
    const { left } = this.#schedule;
    if (left > 0 && !signal.aborted) throw new Error(`${left} steps of the plan can never start`);
    return { failed: this.#failed, blocked: this.#blocked, unfinished: left + this.#canceled };
  }

  #expectIsolated(): void {
    const { known, isolation } = this.#options;
    const steps = this.#run.plan.steps.filter(
      ({ isolation: wanted, mapOver, key }) =>
        wanted === "process" && mapOver === undefined && known.steps[key]?.end === undefined,
    );
    if (steps.length > 0) isolation?.expect(steps.length);
  }

  /** A defect of ours ends the run instead of leaving it waiting. */
  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#done.reject(error);
    }
  }

  #pump(): void {
    const { maxParallel } = this.#options;
    while (!this.#run.signal.aborted && this.#running < maxParallel) {
      const granted = this.#granted.shift();
      if (granted !== undefined) {
        this.#start(granted);
        continue;
      }
      // What waits for pools takes no place, but no more of it waits at once than could run.
      const mayClaim = this.#claiming < maxParallel;
      const next = this.#schedule.take(mayClaim ? undefined : (step) => this.#needs(step).length === 0);
      if (next === undefined) break;
      const needs = this.#needs(next.step);
      if (needs.length === 0) this.#start(next);
      else this.#claim(next, needs);
    }
    if (this.#running + this.#claiming + this.#granted.length + this.#retries.size === 0)
      this.#done.resolve();
  }

  #needs({ pool, poolSlots = 1, pools = [] }: PlannedStep): PoolNeed[] {
    if (this.#options.pools === undefined) return [];
    const limits: RunPlan["pools"] = this.#run.plan.pools;
    const named = [
      ...(pool === undefined ? [] : [{ pool, slots: poolSlots }]),
      ...pools.map((one) => ({ pool: one, slots: 1 })),
    ];
    return named.flatMap((need) => {
      const limit = limits[need.pool];
      return limit === undefined ? [] : [{ ...need, limit }];
    });
  }

  #claim(scheduled: ScheduledStep, needs: readonly PoolNeed[]): void {
    this.#claiming++;
    const { pools } = this.#options;
    pools
      ?.claim(scheduled.step.key, needs, this.#run.signal)
      .then(
        async () => {
          // It may be granted at the moment of the cancellation.
          if (this.#run.signal.aborted) await this.#giveBack(scheduled);
          else this.#granted.push(scheduled);
        },
        (error: unknown) => {
          this.#schedule.pause(scheduled);
          if (!this.#run.signal.aborted) throw error;
        },
      )
      .then(() => {
        this.#claiming--;
        this.#pump();
      })
      .catch((error: unknown) => this.#done.reject(error));
  }

  #start(scheduled: ScheduledStep): void {
    this.#running++;
    this.#attempt(scheduled)
      .then(() => {
        this.#running--;
        this.#pump();
      })
      .catch((error: unknown) => this.#done.reject(error));
  }

  async #attempt(scheduled: ScheduledStep): Promise<void> {
    const { key } = scheduled.step;
    const { known, isolation } = this.#options;
    const begun = this.#begun.get(scheduled);
    this.#begun.delete(scheduled);
    const work = begun ?? new StepWork(scheduled, this.#run, { known: known.steps[key], isolation });
    const outcome = await work.attempt();
    if (outcome.status === "retry") {
      this.#begun.set(scheduled, work);
      await this.#giveBack(scheduled);
      this.#retryAfter(scheduled, outcome.delayMs);
      return;
    }
    this.#note(key, outcome.status, outcome.failedBlocking);
    this.#news.tell(this.#schedule.end(scheduled, outcome));
    this.#news.ended(scheduled.step);
    if (outcome.status !== "canceled" && work.hasHooks) {
      // Those after it need not wait for its hooks.
      this.#pump();
      await work.callHooks(outcome.status);
    }
    await work.close();
    await this.#giveBack(scheduled);
  }

  #note(key: string, status: "success" | "failure" | "canceled", failedBlocking: readonly string[]): void {
    if (status === "failure") this.#failed.push(key);
    if (status === "canceled") this.#canceled++;
    this.#blocked.push(...failedBlocking);
  }

  async #giveBack(scheduled: ScheduledStep): Promise<void> {
    if (this.#needs(scheduled.step).length > 0) await this.#options.pools?.release(scheduled.step.key);
    this.#schedule.pause(scheduled);
  }

  #retryAfter(scheduled: ScheduledStep, delayMs: number): void {
    const again = () => {
      this.#retries.delete(scheduled);
      this.#schedule.resume(scheduled);
      this.#guard(() => this.#pump());
    };
    this.#retries.set(scheduled, setTimeout(again, delayMs));
    if (this.#run.signal.aborted) this.#stopWaiting();
  }

  /** The run is cancelled: steps between two attempts come to their end. */
  #stopWaiting(): void {
    for (const timer of this.#retries.values()) clearTimeout(timer);
    this.#retries.clear();
    for (const scheduled of [...this.#begun.keys()]) this.#abandonWait(scheduled);
    for (const scheduled of this.#granted.splice(0)) {
      this.#claiming++;
      this.#giveBack(scheduled)
        .then(() => {
          this.#claiming--;
          this.#pump();
        })
        .catch((error: unknown) => this.#done.reject(error));
    }
    this.#pump();
  }

  #abandonWait(scheduled: ScheduledStep): void {
    const work = this.#begun.get(scheduled);
    if (work === undefined) return;
    this.#begun.delete(scheduled);
    work.cancel();
    this.#canceled++;
    this.#news.tell(this.#schedule.end(scheduled, { status: "canceled", failedBlocking: [], unmade: [] }));
  }
}
