import { type AssetKey, parseAssetKey } from "../core/asset-key.ts";
import { type AutomationCondition, isAutomationCondition, plainOperands } from "../core/condition.ts";
import {
  allChecksMatch,
  allDepsBlockingChecksPassed,
  allDepsMatch,
  allDepsUpdatedSinceCron,
  allowDeps,
  and,
  anyChecksMatch,
  anyDepsInProgress,
  anyDepsMatch,
  anyDepsMissing,
  anyDepsUpdated,
  assetMatches,
  cronTickPassed,
  eager,
  ignoreDeps,
  inLatestTimeWindow,
  inProgress,
  labelled,
  newlyMissing,
  newlyTrue,
  not,
  onCron,
  onMissing,
  operand,
  or,
  since,
  sinceLastHandled,
} from "../core/condition-builders.ts";
import { parseDurationSeconds } from "../core/duration.ts";

type C = AutomationCondition;

/**
 * The conditions as templates and TypeScript name them: `automation.on_cron('0 3 * * *')`. Arguments come in the
 * order of the field's algebra; `automationParameters` names them for keyword calls. Templates know no types, so
 * each throws TypeError or RangeError for an argument that it cannot take; `null` is an absent one.
 */
export const automation = {
  ...(Object.fromEntries(plainOperands.map((type) => [type, () => operand(type)])) as {
    readonly [Name in (typeof plainOperands)[number]]: () => C;
  }),
  eager,
  on_cron: (cron: string, timeZone?: string) => onCron(...cronOf(cron, timeZone)),
  on_missing: onMissing,
  cron_tick_passed: (cron: string, timeZone?: string) => cronTickPassed(...cronOf(cron, timeZone)),
  in_progress: inProgress,
  newly_missing: newlyMissing,
  in_latest_time_window: (lookback?: number | string) => inLatestTimeWindow(secondsOf(lookback)),
  any_deps_updated: anyDepsUpdated,
  any_deps_missing: anyDepsMissing,
  any_deps_in_progress: anyDepsInProgress,
  all_deps_blocking_checks_passed: allDepsBlockingChecksPassed,
  all_deps_updated_since_cron: (cron: string, timeZone?: string) =>
    allDepsUpdatedSinceCron(...cronOf(cron, timeZone)),
  any_deps_match: (condition: C) => anyDepsMatch(conditionOf(condition)),
  all_deps_match: (condition: C) => allDepsMatch(conditionOf(condition)),
  any_checks_match: (condition: C, blocking_only?: boolean) =>
    anyChecksMatch(conditionOf(condition), blocking_only ?? false),
  all_checks_match: (condition: C, blocking_only?: boolean) =>
    allChecksMatch(conditionOf(condition), blocking_only ?? false),
  asset_matches: (key: string, condition: C) => assetMatches(assetKeyOf(key), conditionOf(condition)),
  all_of: (...conditions: readonly C[]) => and(...conditions.map(conditionOf)),
  any_of: (...conditions: readonly C[]) => or(...conditions.map(conditionOf)),
  not_: (condition: C) => not(conditionOf(condition)),
  since: (trigger: C, reset: C) => since(conditionOf(trigger), conditionOf(reset)),
  since_last_handled: (condition: C) => sinceLastHandled(conditionOf(condition)),
  newly_true: (condition: C) => newlyTrue(conditionOf(condition)),
  allow: (condition: C, selection: string) =>
    allowDeps(conditionOf(condition), textOf(selection, "a selection")),
  ignore: (condition: C, selection: string) =>
    ignoreDeps(conditionOf(condition), textOf(selection, "a selection")),
  with_label: (condition: C, label: string) => labelled(textOf(label, "a label"), conditionOf(condition)),
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

function conditionOf(value: unknown): AutomationCondition {
  if (isAutomationCondition(value)) return value;
  const isName = typeof value === "string" && Object.hasOwn(automation, value);
  const wayOut = isName ? `: write \`automation.${value}()\`` : "";
  throw new TypeError(`${JSON.stringify(value) ?? "nothing"} is no automation condition${wayOut}`);
}

function textOf(value: unknown, what: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(`${what} is expected as text, not ${JSON.stringify(value) ?? "nothing"}`);
}

function cronOf(cron: unknown, timeZone: unknown): [cron: string, timeZone: string] {
  return [textOf(cron, "a cron text"), textOf(timeZone ?? "UTC", "a time zone")];
}

function secondsOf(lookback: unknown): number | undefined {
  if (lookback === undefined || lookback === null) return undefined;
  const seconds = typeof lookback === "string" ? parseDurationSeconds(lookback) : lookback;
  if (typeof seconds === "number" && seconds > 0) return seconds;
  throw new RangeError(`${JSON.stringify(lookback)} is no length of time above 0, such as \`2d\``);
}

function assetKeyOf(text: unknown): AssetKey {
  const parsed = parseAssetKey(textOf(text, "an asset key"));
  if ("key" in parsed) return parsed.key;
  throw new RangeError(`${parsed.reason}: ${JSON.stringify(text)}`);
}
