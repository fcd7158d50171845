import { errorInfo } from "../core/event.ts";
import { StepError } from "../define/step.ts";
import { interruptOn } from "../io/duck-db.ts";
import type { AttemptEnd, AttemptSetting, StepAttempt } from "./attempt-setting.ts";
import { withOutputSink } from "./output-capture.ts";
import { failureMetadata, retryAdvice } from "./retry-advice.ts";
import { resolveConfig } from "./run-config.ts";
import { callHooks } from "./run-hooks.ts";
import type { RunScope } from "./run-scope.ts";
import { createStepContext } from "./step-context.ts";
import { StepReports, type UnmadeSlice } from "./step-reports.ts";
import { StepValues } from "./step-values.ts";
import { untilAborted } from "./until-aborted.ts";

interface Work extends AttemptSetting {
  readonly reports: StepReports;
  readonly values: StepValues;
  /** Keys of resources that it has asked for. */
  readonly held: string[];
}

/** Tries a step once in this process; never rejects but for a defect of ours. */
export async function attemptStep(setting: AttemptSetting, run: RunScope): Promise<StepAttempt> {
  const { step, mappingKey, output } = setting;
  const { values, planned, emit } = run;
  const work: Work = {
    ...setting,
    reports: new StepReports(step, emit),
    values: new StepValues({ step, mappingKey, values, planned, emit }),
    held: [],
  };
  const failure = await tryStep(work, run);
  return {
    end: failure === undefined ? successOf(work.reports) : failureOf(failure.error, work.reports.close()),
    captured: () => output.finish(),
    callHooks: (status) => callHooks({ step, status, error: failure?.error, output }, run),
    close: async () => {},
  };
}

function successOf({ failedBlocking, unmade }: StepReports): AttemptEnd {
  return { status: "success", failedBlocking, unmade };
}

function failureOf(thrown: unknown, left: readonly UnmadeSlice[]): AttemptEnd {
  const metadata = failureMetadata(thrown);
  return {
    status: "failure",
    error: errorInfo(thrown),
    advice: retryAdvice(thrown),
    ...(metadata === undefined ? {} : { metadata }),
    left,
  };
}

export function tookTooLong(timeoutSeconds: number): StepError {
  return new StepError(`the step took longer than ${timeoutSeconds} s`, { retry: "later" });
}

/** What was thrown, if anything; `undefined` can be thrown too, so it is wrapped. */
async function tryStep(work: Work, run: RunScope): Promise<{ readonly error: unknown } | undefined> {
  const { step, reports, values, output, held } = work;
  using limit = timeLimit(step.timeoutSeconds, run.signal);
  const { signal } = limit;
  run.io.begin(step);
  try {
    await untilAborted(
      withOutputSink(output, () => interruptOn(signal, () => runDefinition(work, signal, run))),
      signal,
      run.abortGraceMs,
    );
    // Code that takes no notice of its time being up may end well all the same; it has had its time.
    limit.throwIfOver();
    reports.complete();
    values.complete();
    return undefined;
  } catch (error) {
    reports.close();
    values.close();
    return { error: limit.isOver && !run.signal.aborted ? limit.reason : error };
  } finally {
    await run.io.end(step);
    await run.resources.release(held);
    await run.ready();
  }
}

async function runDefinition(work: Work, signal: AbortSignal, run: RunScope): Promise<void> {
  const { step, held } = work;
  signal.throwIfAborted();
  const definition = await run.code.step(step.component, step.step);
  if (definition === undefined)
    throw new Error(`${step.component.file} does not define the step \`${step.step}\``);
  const config = await resolveConfig(step.config, {
    schema: definition.configSchema,
    variables: run.variables,
    what: "the config",
  });
  // A step that was left to itself must not open anything that nobody gives back.
  signal.throwIfAborted();
  held.push(...step.resources);
  const resources = await run.resources.open(step.resources);
  signal.throwIfAborted();
  await definition.run(createStepContext({ ...run, ...work, definition, config, resources, signal }));
}

interface TimeLimit extends Disposable {
  readonly signal: AbortSignal;
  readonly isOver: boolean;
  readonly reason: unknown;
  throwIfOver(): void;
}

/** The run's signal, aborted also when the time is up. */
function timeLimit(seconds: number | undefined, signal: AbortSignal): TimeLimit {
  if (seconds === undefined) {
    return { signal, isOver: false, reason: undefined, throwIfOver() {}, [Symbol.dispose]() {} };
  }
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(tookTooLong(seconds)), seconds * 1000);
  return {
    signal: AbortSignal.any([signal, timeout.signal]),
    get isOver() {
      return timeout.signal.aborted;
    },
    get reason(): unknown {
      return timeout.signal.reason;
    },
    throwIfOver: () => timeout.signal.throwIfAborted(),
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
