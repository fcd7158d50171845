import { type AutomationCondition, plainOperands } from "../core/condition.ts";
import {
  allDepsBlockingChecksPassed,
  allDepsUpdatedSinceLastHandled,
  and,
  anyDepsInProgress,
  anyDepsMissing,
  anyDepsUpdated,
  cronTickPassed,
  eager,
  inLatestTimeWindow,
  inProgress,
  newlyMissing,
  not,
  onMissing,
  operand,
} from "../core/condition-builders.ts";

/** Conditions that go by their name alone. */
export const namedConditions: { readonly [name: string]: () => AutomationCondition } = {
  eager: () => eager(),
  on_missing: onMissing,
  in_progress: inProgress,
  newly_missing: newlyMissing,
  any_deps_updated: anyDepsUpdated,
  any_deps_missing: anyDepsMissing,
  any_deps_in_progress: anyDepsInProgress,
  all_deps_blocking_checks_passed: allDepsBlockingChecksPassed,
  all_deps_updated_since_last_handled: () => allDepsUpdatedSinceLastHandled(),
  in_latest_time_window: () => inLatestTimeWindow(),
  any_downstream_conditions: () => ({ type: "any_downstream_conditions" }),
  ...Object.fromEntries(plainOperands.map((type) => [type, () => operand(type)])),
  hourly_if_not_in_progress: () => and(cronTickPassed("0 * * * *"), not(inProgress())),
  daily_if_not_in_progress: () => and(cronTickPassed("0 0 * * *"), not(inProgress())),
};
