import {
  allChecksMatch, allDepsBlockingChecksPassed, allDepsMatch, allDepsUpdatedSinceCron, allowDeps, and, anyChecksMatch, anyDepsInProgress,
  anyDepsMatch, anyDepsMissing, anyDepsUpdated, assetMatches, cronTickPassed, eager, ignoreDeps, inLatestTimeWindow, inProgress, labelled,
  newlyMissing, newlyTrue, not, onCron, onMissing, operand, or, since, sinceLastHandled,
} from "../core/condition-builders.ts";
import { type AutomationCondition, plainOperands } from "../core/condition.ts";
import type { AssetKey } from "../core/asset-key.ts";

type C = AutomationCondition;

/**
 * The conditions as templates and TypeScript name them: `automation.on_cron('0 3 * * *')`. Arguments come in the
 * order of the field's algebra; `parameters` in `automationParameters` names them for keyword calls.
 */
export const automation = {
  ...(Object.fromEntries(plainOperands.map((type) => [type, () => operand(type)])) as {
    readonly [Name in (typeof plainOperands)[number]]: () => C;
  }),
  eager,
  on_cron: onCron,
  on_missing: onMissing,
  cron_tick_passed: cronTickPassed,
  in_progress: inProgress,
  newly_missing: newlyMissing,
  in_latest_time_window: (lookback?: number) => inLatestTimeWindow(lookback),
  any_deps_updated: anyDepsUpdated,
  any_deps_missing: anyDepsMissing,
  any_deps_in_progress: anyDepsInProgress,
  all_deps_blocking_checks_passed: allDepsBlockingChecksPassed,
  all_deps_updated_since_cron: allDepsUpdatedSinceCron,
  any_deps_match: (condition: C) => anyDepsMatch(condition),
  all_deps_match: (condition: C) => allDepsMatch(condition),
  any_checks_match: (condition: C, blocking_only?: boolean) => anyChecksMatch(condition, blocking_only ?? false),
  all_checks_match: (condition: C, blocking_only?: boolean) => allChecksMatch(condition, blocking_only ?? false),
  asset_matches: (key: string, condition: C) => assetMatches(key as AssetKey, condition),
  all_of: (...conditions: readonly C[]) => and(...conditions),
  any_of: (...conditions: readonly C[]) => or(...conditions),
  not_: (condition: C) => not(condition),
  since: (trigger: C, reset: C) => since(trigger, reset),
  since_last_handled: (condition: C) => sinceLastHandled(condition),
  newly_true: (condition: C) => newlyTrue(condition),
  allow: (condition: C, selection: string) => allowDeps(condition, selection),
  ignore: (condition: C, selection: string) => ignoreDeps(condition, selection),
  with_label: (condition: C, label: string) => labelled(label, condition),
} as const;

/** Parameter names of those that take any. */
export const automationParameters: { readonly [name: string]: readonly string[] } = {
  on_cron: ["cron_schedule", "cron_timezone"],
  cron_tick_passed: ["cron_schedule", "cron_timezone"],
  in_latest_time_window: ["lookback_delta"],
  all_deps_updated_since_cron: ["cron_schedule", "cron_timezone"],
  any_deps_match: ["condition"],
  all_deps_match: ["condition"],
  any_checks_match: ["condition", "blocking_only"],
  all_checks_match: ["condition", "blocking_only"],
  asset_matches: ["key", "condition"],
  not_: ["condition"],
  since: ["trigger", "reset"],
  since_last_handled: ["condition"],
  newly_true: ["condition"],
  allow: ["condition", "selection"],
  ignore: ["condition", "selection"],
  with_label: ["condition", "label"],
};
