import type { ErrorInfo, RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import type { RetryAdvice } from "./retry-advice.ts";
import type { StepOutput } from "./step-output.ts";
import type { UnmadeSlice } from "./step-reports.ts";
import type { StepOutcome } from "./step-schedule.ts";

/** How one attempt at a step came out; plain data. */
export type AttemptEnd =
  | ({ readonly status: "success" } & Pick<StepOutcome, "failedBlocking" | "unmade">)
  | {
      readonly status: "failure";
      readonly error: ErrorInfo;
      readonly advice: RetryAdvice;
      readonly metadata?: Metadata;
      readonly left: readonly UnmadeSlice[];
    };

/** An attempt that is over, but for what is still to be done in its process. */
export interface StepAttempt {
  readonly end: AttemptEnd;
  /** Writes the rest of what it has written; gives an event for each stream that holds something. */
  captured(): Promise<RunEventBody[]>;
  /** Calls the hooks of the step, which has ended for good. Never rejects. */
  callHooks(status: "success" | "failure"): Promise<void>;
  /** Nothing more is wanted of it. */
  close(): Promise<void>;
}

export interface AttemptSetting {
  /** With the key of the instance, where it is one. */
  readonly step: PlannedStep;
  readonly mappingKey: string | undefined;
  /** Counted from 1. */
  readonly attempt: number;
  readonly output: StepOutput;
}
