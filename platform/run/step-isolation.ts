import type { RunPlan } from "../core/run-plan.ts";
import type { AttemptSetting, StepAttempt } from "./attempt-setting.ts";
import type { RunScope } from "./run-scope.ts";

export interface IsolatedAttempt extends AttemptSetting {
  /** The plan with only those of its steps that the attempt may ask about. */
  readonly plan: RunPlan;
}

/** Runs attempts of steps in processes of their own. */
export interface StepIsolation {
  /** How many such steps a run has, so that processes can be made ready. */
  expect(steps: number): void;
  /** Resolves when the attempt is over, whatever became of its process. */
  attempt(setting: IsolatedAttempt, run: RunScope): Promise<StepAttempt>;
}
