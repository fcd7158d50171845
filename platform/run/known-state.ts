import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunEvent, StepStatus } from "../core/event.ts";
import type { RunId } from "../core/run.ts";
import type { EndedStep } from "../plan/step-keys-from-failure.ts";

/** How a step ended for good. */
export type KnownEnd = "success" | "failure" | "skipped" | "abandoned";

/** What earlier attempts at a run have told of one step. */
export interface KnownStep {
  /** Absent while it is not over: then it is run again. */
  readonly end?: KnownEnd;
  /** How often it was started; numbers go on from here. */
  readonly attempts: number;
  /** How often it was tried again after a failure: so much of its retries is spent. */
  readonly retries: number;
  readonly reason?: string;
  /** Assets that its last attempt brought up to date. */
  readonly made: readonly AssetKey[];
  /** Blocking checks that did not pass. */
  readonly failedBlocking: readonly CheckKey[];
}

/** A value that is kept with a run. */
export interface KnownValue {
  /** Absent: the run itself. */
  readonly run?: RunId;
  readonly step: string;
  readonly output: string;
  readonly mappingKey?: string;
}

/** What is known of a run that goes on in another worker; plain data. */
export interface KnownState {
  readonly steps: { readonly [step: string]: KnownStep };
  readonly values: readonly KnownValue[];
}

export const nothingKnown: KnownState = { steps: {}, values: [] };

/** Folds the events of all earlier attempts at a run, oldest first. */
export function knownState(events: Iterable<RunEvent>): KnownState {
  const steps = new Map<string, MutableStep>();
  const values = new Map<string, KnownValue>();
  const of = (key: string): MutableStep => {
    const known = steps.get(key) ?? { attempts: 0, retries: 0, made: new Set(), failedBlocking: new Set() };
    steps.set(key, known);
    return known;
  };
  for (const event of events) {
    if (event.type === "value.stored") {
      const { step, output, mappingKey } = event;
      const value = { step, output, ...(mappingKey === undefined ? {} : { mappingKey }) };
      values.set(JSON.stringify([step, output, mappingKey]), value);
    } else if ("step" in event && event.step !== undefined) {
      note(event as StepEvent, of(event.step));
    }
  }
  return {
    steps: Object.fromEntries(
      [...steps].map(([key, { made, failedBlocking, ...step }]): [string, KnownStep] => [
        key,
        { ...step, made: [...made], failedBlocking: [...failedBlocking] },
      ]),
    ),
    values: [...values.values()],
  };
}

/** How the steps of an ended run came out, for `stepKeysFromFailure`. */
export function endedSteps({ steps }: KnownState): EndedStep[] {
  return Object.entries(steps).map(
    ([step, { end, failedBlocking }]): EndedStep => ({
      step,
      status: end === undefined ? "running" : statusOf[end],
      ...(end === "abandoned" ? { abandoned: true } : {}),
      ...(failedBlocking.length === 0 ? {} : { blocked: true }),
    }),
  );
}

const statusOf: { readonly [end in KnownEnd]: StepStatus } = {
  success: "success",
  failure: "failure",
  skipped: "skipped",
  abandoned: "skipped",
};

interface MutableStep {
  end?: KnownEnd;
  attempts: number;
  retries: number;
  reason?: string;
  made: Set<AssetKey>;
  failedBlocking: Set<CheckKey>;
}

type StepEvent = Extract<RunEvent, { readonly step: string }>;

function note(event: StepEvent, known: MutableStep): void {
  switch (event.type) {
    case "step.started":
      known.attempts = Math.max(known.attempts, event.attempt);
      known.made = new Set();
      known.failedBlocking = new Set();
      delete known.end;
      break;
    case "step.retrying":
      known.retries += 1;
      break;
    case "step.succeeded":
      known.end = "success";
      break;
    case "step.failed":
      known.end = "failure";
      break;
    case "step.skipped":
      known.end = event.abandoned === true ? "abandoned" : "skipped";
      known.reason = event.reason;
      break;
    case "asset.materialized":
    case "asset.observed":
      known.made.add(event.asset);
      break;
    case "check.evaluated":
      if (event.blocking && !event.passed && event.severity === "error")
        known.failedBlocking.add(event.check);
      else known.failedBlocking.delete(event.check);
      break;
  }
}
