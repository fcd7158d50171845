import type { RunEventBody } from "../core/event.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import { leftOfStep, type MutableTold, narrowedStep, noteTold, nothingTold } from "../plan/left-of-step.ts";
import type { AttemptEnd, AttemptSetting, StepAttempt } from "./attempt-setting.ts";
import type { KnownStep } from "./known-state.ts";
import { retryAfterMs } from "./retry-advice.ts";
import type { RunScope } from "./run-scope.ts";
import { attemptStep } from "./step-attempt.ts";
import type { StepIsolation } from "./step-isolation.ts";
import { StepOutput } from "./step-output.ts";
import type { ScheduledStep, StepOutcome } from "./step-schedule.ts";

/** The end of a step, or that it is to be tried again. */
export type WorkOutcome = StepOutcome | { readonly status: "retry"; readonly delayMs: number };

export interface WorkOptions {
  /** What earlier attempts at the run have done of it. */
  readonly known: KnownStep | undefined;
  readonly isolation: StepIsolation | undefined;
}

/** One step from its first attempt to its end, with all that it tells. */
export class StepWork {
  readonly #scheduled: ScheduledStep;
  readonly #run: RunScope;
  readonly #isolation: StepIsolation | undefined;
  readonly #output: StepOutput;
  readonly #startedAt: number;
  readonly #wroteBefore: boolean;
  #attempts: number;
  #retries: number;
  #last: StepAttempt | undefined;
  /** What its attempts have told of a step that can be split, so that the next one does only what is left. */
  readonly #told: MutableTold = nothingTold();
  #step: PlannedStep;

  constructor(scheduled: ScheduledStep, run: RunScope, { known, isolation }: WorkOptions) {
    this.#scheduled = scheduled;
    this.#step = scheduled.step;
    this.#run = this.#step.canSubset === true ? this.#listening(run) : run;
    this.#isolation = scheduled.step.isolation === "process" ? isolation : undefined;
    this.#output = new StepOutput(scheduled.step.key, run);
    this.#startedAt = run.now();
    this.#attempts = known?.attempts ?? 0;
    this.#retries = known?.retries ?? 0;
    this.#wroteBefore = this.#attempts > 0;
  }

  get hasHooks(): boolean {
    return (this.#scheduled.step.hooks ?? []).length > 0;
  }

  async attempt(): Promise<WorkOutcome> {
    const { emit } = this.#run;
    const { key } = this.#scheduled.step;
    this.#attempts++;
    emit({ type: "step.started", step: key, attempt: this.#attempts });
    const attempt = await this.#try();
    this.#last = attempt;
    const outcome = this.#decide(attempt.end);
    for (const captured of await attempt.captured()) emit(captured);
    if (outcome.status === "retry") await attempt.close();
    else this.#tellEnd(outcome.status, attempt.end);
    return outcome;
  }

  #listening(run: RunScope): RunScope {
    const emit = (body: RunEventBody) => {
      if ("step" in body && body.step === this.#scheduled.step.key) noteTold(this.#told, body);
      return run.emit(body);
    };
    return { ...run, emit };
  }

  async #try(): Promise<StepAttempt> {
    const setting = { ...this.#scheduled, step: this.#step, attempt: this.#attempts, output: this.#output };
    if (this.#isolation !== undefined) {
      const plan = planFor(setting, this.#run);
      const attempt = await this.#isolation.attempt({ ...setting, plan }, this.#run);
      // What it handed on is on disk.
      if (attempt.end.status === "success") await this.#run.values.load(setting.step.key);
      return attempt;
    }
    if (this.#wroteBefore) await this.#output.resume();
    return await attemptStep(setting, this.#run);
  }

  #decide(end: AttemptEnd): WorkOutcome {
    const { signal, random, emit } = this.#run;
    if (end.status === "success") return end;
    const { step } = this.#scheduled;
    const { error, advice } = end;
    if (signal.aborted) return { status: "canceled", failedBlocking: [], unmade: [] };
    const delayMs = retryAfterMs(step.retryPolicy, { advice, retries: this.#retries }, random);
    if (delayMs === undefined) return { status: "failure", failedBlocking: [], unmade: [] };
    this.#retries++;
    this.#step = narrowedStep(step, leftOfStep(step, this.#told));
    emit({ type: "step.retrying", step: step.key, attempt: this.#attempts, delayMs, error });
    return { status: "retry", delayMs };
  }

  #tellEnd(status: StepOutcome["status"], end: AttemptEnd): void {
    const { emit, now } = this.#run;
    const { key } = this.#scheduled.step;
    const durationMs = now() - this.#startedAt;
    if (status === "success") emit({ type: "step.succeeded", step: key, durationMs });
    else if (status === "canceled") emit({ type: "step.canceled", step: key, durationMs });
    else if (end.status === "failure") {
      const { error, metadata, left } = end;
      for (const { asset, partition } of left)
        emit({ type: "asset.failed", step: key, asset, partition, error });
      emit({
        type: "step.failed",
        step: key,
        error,
        durationMs,
        ...(metadata === undefined ? {} : { metadata }),
      });
    }
  }

  /** It was to be tried again, and the run is cancelled. */
  cancel(): void {
    const { emit, now } = this.#run;
    const { key } = this.#scheduled.step;
    emit({ type: "step.canceled", step: key, durationMs: now() - this.#startedAt });
  }

  /** Never rejects. */
  async callHooks(status: "success" | "failure"): Promise<void> {
    await this.#last?.callHooks(status);
  }

  async close(): Promise<void> {
    if (this.hasHooks) await this.#output.finish();
    await this.#last?.close();
  }
}

/** The plan for one step: itself and those that hand it values. */
function planFor({ step }: Pick<AttemptSetting, "step">, { plan, planned }: RunScope): RunPlan {
  const givers = (step.values ?? []).flatMap(({ from }) => from.map((source) => planned(source.step)));
  return { ...plan, steps: [...new Set([step, ...givers.filter((giver) => giver !== undefined)])] };
}
