import { type AssetKey, parseAssetKey } from "../core/asset-key.ts";
import { type AutomationCondition, isAutomationCondition, plainOperands } from "../core/condition.ts";
import {
  allChecksMatch,
  allDepsBlockingChecksPassed,
  allDepsMatch,
  allDepsUpdatedSinceCron,
  allDepsUpdatedSinceLastHandled,
  and,
  anyChecksMatch,
  anyDepsInProgress,
  anyDepsMatch,
  anyDepsMissing,
  anyDepsUpdated,
  assetMatches,
  cronTickPassed,
  eager,
  type Handling,
  handlings,
  inLatestTimeWindow,
  inProgress,
  labelled,
  newlyMissing,
  newlyTrue,
  not,
  type OnCronOptions,
  onCron,
  onMissing,
  operand,
  or,
  since,
  sinceLastHandled,
  type WindowReach,
} from "../core/condition-builders.ts";
import { conditionText } from "../core/condition-text.ts";
import { parseDurationSeconds } from "../core/duration.ts";
import { type ConditionPart, replaceCondition, withoutOperand } from "../core/edit-condition.ts";
import { allowDeps, ignoreDeps, throughViews } from "../core/scope-deps.ts";

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
  eager: (window?: number | string) => eager(reachOf(window)),
  on_cron: (cron: string, timeZone?: string, deps_since?: string, catch_up?: number | string) =>
    onCron(...onCronOf({ cron, timeZone, depsSince: deps_since, catchUp: catch_up })),
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
  all_deps_updated_since_last_handled: () => allDepsUpdatedSinceLastHandled(),
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
  since_last_handled: (condition: C, by?: Handling) =>
    sinceLastHandled(conditionOf(condition), handlingOf(by)),
  newly_true: (condition: C) => newlyTrue(conditionOf(condition)),
  allow: (condition: C, selection: string) =>
    allowDeps(conditionOf(condition), textOf(selection, "a selection")),
  ignore: (condition: C, selection: string) =>
    ignoreDeps(conditionOf(condition), textOf(selection, "a selection")),
  with_transparent_views: (condition: C) => throughViews(conditionOf(condition)),
  replace: (condition: C, old: C | string, replacement: C) =>
    replaced(conditionOf(condition), partOf(old), conditionOf(replacement)),
  without: (condition: C, part: C | string) => withoutOperand(conditionOf(condition), partOf(part)),
  any_downstream_conditions: (): C => ({ type: "any_downstream_conditions" }),
  executed_with_tags: (tag_keys?: readonly string[], tag_values?: TagValues) =>
    tagsCondition("executed_with_tags", tag_keys, tag_values),
  any_new_update_has_run_tags: (tag_keys?: readonly string[], tag_values?: TagValues) =>
    tagsCondition("any_new_update_has_run_tags", tag_keys, tag_values),
  all_new_updates_have_run_tags: (tag_keys?: readonly string[], tag_values?: TagValues) =>
    tagsCondition("all_new_updates_have_run_tags", tag_keys, tag_values),
  custom: (name: string): C => ({ type: "custom", name: textOf(name, "the name of a custom condition") }),
  with_label: (condition: C, label: string) => labelled(textOf(label, "a label"), conditionOf(condition)),
} as const;

/** Parameter names of those that take any. */
export const automationParameters: { readonly [name: string]: readonly string[] } = {
  eager: ["window"],
  on_cron: ["cron_schedule", "cron_timezone", "deps_since", "catch_up"],
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
  since_last_handled: ["condition", "by"],
  with_transparent_views: ["condition"],
  newly_true: ["condition"],
  replace: ["condition", "old", "new"],
  without: ["condition", "part"],
  executed_with_tags: ["tag_keys", "tag_values"],
  any_new_update_has_run_tags: ["tag_keys", "tag_values"],
  all_new_updates_have_run_tags: ["tag_keys", "tag_values"],
  custom: ["name"],
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

type TagValues = { readonly [key: string]: string };

/** Throws RangeError where nothing is asked of the tags. */
export function tagsCondition(
  type: "executed_with_tags" | "any_new_update_has_run_tags" | "all_new_updates_have_run_tags",
  keys: unknown,
  values: unknown,
): AutomationCondition {
  const condition = { type, tagKeys: keys ?? [], tagValues: values ?? {} };
  if (!isAutomationCondition(condition))
    throw new TypeError(`${type} takes a list of tag keys and a mapping of tag values, all as text`);
  if (condition.tagKeys.length + Object.keys(condition.tagValues).length === 0)
    throw new RangeError(`${type} needs at least one tag`);
  return condition;
}

/** Throws RangeError where the condition has no such part. */
export function replaced(
  condition: AutomationCondition,
  old: ConditionPart,
  replacement: AutomationCondition,
): AutomationCondition {
  const edited = replaceCondition(condition, old, replacement);
  if (edited !== condition) return edited;
  const name = typeof old === "string" ? old : conditionText(old);
  throw new RangeError(`\`${conditionText(condition)}\` has no part \`${name}\``);
}

function partOf(value: unknown): ConditionPart {
  return typeof value === "string" ? textOf(value, "a part") : conditionOf(value);
}

function textOf(value: unknown, what: string): string {
  if (typeof value === "string" && value.trim() !== "") return value;
  throw new TypeError(`${what} is expected as text, not ${JSON.stringify(value) ?? "nothing"}`);
}

function cronOf(cron: unknown, timeZone: unknown): [cron: string, timeZone: string] {
  return [textOf(cron, "a cron text"), textOf(timeZone ?? "UTC", "a time zone")];
}

/** Arguments of `onCron` from what is written; throws TypeError or RangeError for what they cannot be. */
export function onCronOf(given: {
  readonly cron: unknown;
  readonly timeZone: unknown;
  readonly depsSince: unknown;
  readonly catchUp: unknown;
}): [cron: string, timeZone: string, options: OnCronOptions] {
  const [cron, timeZone] = cronOf(given.cron, given.timeZone);
  const depsSince =
    given.depsSince == null ? undefined : textOf(given.depsSince, "a cron text or `freshness`");
  const catchUp =
    given.catchUp === "all" ? "all" : secondsOf(given.catchUp === "none" ? undefined : given.catchUp);
  return [
    cron,
    timeZone,
    {
      ...(depsSince === undefined ? {} : { depsSince }),
      ...(catchUp === undefined ? {} : { catchUp }),
    },
  ];
}

/** `latest`, which is meant where nothing is given, `all`, or a length of time; throws RangeError for the rest. */
export function reachOf(window: unknown): WindowReach {
  return window === "all" || window === "latest" ? window : (secondsOf(window) ?? "latest");
}

/** Throws RangeError for a word that is none. */
export function handlingOf(by: unknown): Handling | undefined {
  const known = handlings.find((one) => one === by);
  if (known !== undefined || by === undefined || by === null) return known;
  throw new RangeError(`${JSON.stringify(by)} is no way to handle: write ${handlings.join(" or ")}`);
}

/** Seconds of a number, or of a text such as `2d`; throws RangeError where that is not above 0. */
export function secondsOf(lookback: unknown): number | undefined {
  if (lookback === undefined || lookback === null) return undefined;
  const seconds = typeof lookback === "string" ? parseDurationSeconds(lookback) : lookback;
  if (typeof seconds === "number" && seconds > 0) return seconds;
  throw new RangeError(`${JSON.stringify(lookback)} is no length of time above 0, such as \`2d\``);
}

/** Throws RangeError for a text that is no key. */
export function assetKeyOf(text: unknown): AssetKey {
  const parsed = parseAssetKey(textOf(text, "an asset key"));
  if ("key" in parsed) return parsed.key;
  throw new RangeError(`${parsed.reason}: ${JSON.stringify(text)}`);
}
