import { setTimeout as sleep } from "node:timers/promises";
import { errorInfo, type RunEventBody } from "../core/event.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import { StepError } from "../define/step.ts";
import { interruptOn } from "../io/duck-db.ts";
import type { RunScope } from "./execute-run.ts";
import { withOutputSink } from "./output-capture.ts";
import { retryDelayMs } from "./retry-delay.ts";
import { createStepContext } from "./step-context.ts";
import { StepOutput } from "./step-output.ts";
import { StepReports } from "./step-reports.ts";
import type { StepOutcome } from "./step-schedule.ts";

/** Runs a step until it succeeds or may not be tried again; never rejects. */
export async function runStep(step: PlannedStep, run: RunScope): Promise<StepOutcome> {
  const output = new StepOutput(step.key, run);
  await output.resume();
  const startedAt = run.now();
  let outcome: StepOutcome;
  for (let attempt = 1; ; attempt++) {
    run.emit({ type: "step.started", step: step.key, attempt });
    const reports = new StepReports(step, run.emit);
    const failure = await tryStep({ step, attempt, reports, output, held: [] }, run);
    if (failure === undefined) {
      outcome = { status: "success", failedBlocking: reports.failedBlocking, unmade: reports.unmade };
      break;
    }
    const delayMs = run.signal.aborted ? undefined : delayBeforeNext({ step, attempt }, failure.error, run);
    if (delayMs !== undefined) {
      run.emit({ type: "step.retrying", step: step.key, attempt, delayMs, error: errorInfo(failure.error) });
      if (await waited(delayMs, run.signal)) continue;
    }
    outcome = { status: run.signal.aborted ? "canceled" : "failure", failedBlocking: [], unmade: [] };
    if (outcome.status === "failure") reports.fail(errorInfo(failure.error));
    await finish(output, run);
    run.emit(endOf(step, outcome, { error: failure.error, durationMs: run.now() - startedAt }));
    return outcome;
  }
  await finish(output, run);
  run.emit({ type: "step.succeeded", step: step.key, durationMs: run.now() - startedAt });
  return outcome;
}

interface Attempt {
  readonly step: PlannedStep;
  readonly attempt: number;
  readonly reports: StepReports;
  readonly output: StepOutput;
  /** Keys of resources that it has asked for. */
  readonly held: string[];
}

/** What was thrown, if anything; `undefined` can be thrown too, so it is wrapped. */
async function tryStep(attempt: Attempt, run: RunScope): Promise<{ readonly error: unknown } | undefined> {
  const timeout = new AbortController();
  const { timeoutSeconds } = attempt.step;
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(
          () =>
            timeout.abort(new StepError(`the step took longer than ${timeoutSeconds} s`, { retry: "later" })),
          timeoutSeconds * 1000,
        );
  const signal = AbortSignal.any([run.signal, timeout.signal]);
  run.io.begin(attempt.step);
  try {
    await untilAborted(
      withOutputSink(attempt.output, () => interruptOn(signal, () => work(attempt, signal, run))),
      signal,
      run.abortGraceMs,
    );
    // Code that takes no notice of its time being up may end well all the same; it has had its time.
    timeout.signal.throwIfAborted();
    attempt.reports.complete();
    return undefined;
  } catch (error) {
    attempt.reports.fail(undefined);
    return { error: timeout.signal.aborted && !run.signal.aborted ? timeout.signal.reason : error };
  } finally {
    clearTimeout(timer);
    await run.io.end(attempt.step);
    await run.resources.release(attempt.held);
    await run.ready();
  }
}

async function work(
  { step, attempt, reports, output, held }: Attempt,
  signal: AbortSignal,
  run: RunScope,
): Promise<void> {
  signal.throwIfAborted();
  const definition = await run.code.step(step.component, step.step);
  if (definition === undefined)
    throw new Error(`${step.component.file} does not define the step \`${step.step}\``);
  // A step that was left to itself must not open anything that nobody gives back.
  signal.throwIfAborted();
  held.push(...step.resources);
  const resources = await run.resources.open(step.resources);
  signal.throwIfAborted();
  const context = createStepContext({
    ...run,
    step,
    definition,
    attempt,
    reports,
    output,
    resources,
    signal,
  });
  await definition.run(context);
}

/** Waits for `work`, but after an abort only for the grace period; then it is left to itself. */
async function untilAborted(work: Promise<void>, signal: AbortSignal, graceMs: number): Promise<void> {
  const given = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    timer = setTimeout(() => given.reject(signal.reason), graceMs);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    await Promise.race([work, given.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
  }
}

/** `undefined` where the step is not tried again. */
function delayBeforeNext(
  { step, attempt }: Pick<Attempt, "step" | "attempt">,
  error: unknown,
  run: RunScope,
): number | undefined {
  const { retryPolicy } = step;
  if (retryPolicy === undefined || attempt > retryPolicy.maxRetries) return undefined;
  if (isStepError(error) && error.retry === "never") return undefined;
  return retryDelayMs(retryPolicy, attempt, run.random);
}

/** By name, because a component package may carry its own copy of the class. */
function isStepError(error: unknown): error is StepError {
  return error instanceof Error && error.name === "StepError" && "retry" in error;
}

/** Whether the time passed without an abort. */
async function waited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(delayMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

async function finish(output: StepOutput, run: RunScope): Promise<void> {
  for (const captured of await output.finish()) run.emit(captured);
}

function endOf(
  step: PlannedStep,
  { status }: StepOutcome,
  { error, durationMs }: { error: unknown; durationMs: number },
): RunEventBody {
  if (status === "canceled") return { type: "step.canceled", step: step.key, durationMs };
  return { type: "step.failed", step: step.key, error: errorInfo(error), durationMs };
}
