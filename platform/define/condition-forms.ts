import type { AutomationCondition } from "../core/condition.ts";
import {
  allChecksMatch,
  allDepsMatch,
  allDepsUpdatedSinceCron,
  and,
  anyChecksMatch,
  anyDepsMatch,
  assetMatches,
  cronTickPassed,
  eager,
  inLatestTimeWindow,
  newlyTrue,
  not,
  onCron,
  or,
  since,
  sinceLastHandled,
} from "../core/condition-builders.ts";
import { type ConditionPart, withoutOperand } from "../core/edit-condition.ts";
import { allowDeps, ignoreDeps, throughViews } from "../core/scope-deps.ts";
import { isPlainObject } from "../core/secret.ts";
import type { ReportValue } from "./attribute-type.ts";
import {
  assetKeyOf,
  handlingOf,
  onCronOf,
  reachOf,
  replaced,
  secondsOf,
  tagsCondition,
} from "./automation-names.ts";
import { below, mappingWith, textAt } from "./condition-mapping.ts";

/** Reads a condition that stands inside another one. */
export type ReadCondition = (value: unknown, report: ReportValue) => AutomationCondition | undefined;

/** What is written under the key of a form. */
interface Written {
  readonly value: unknown;
  readonly report: ReportValue;
  readonly read: ReadCondition;
}

type Form = (written: Written) => AutomationCondition | undefined;

/** Structured forms: a mapping with exactly one of these keys (and `label`). */
export const conditionForms: { readonly [key: string]: Form } = {
  all_of: (written) => joined(and, written),
  any_of: (written) => joined(or, written),
  not: (written) => wrapped(not, written),
  newly_true: (written) => wrapped(newlyTrue, written),
  any_deps_match: (written) => wrapped(anyDepsMatch, written),
  all_deps_match: (written) => wrapped(allDepsMatch, written),
  with_transparent_views: (written) => wrapped(throughViews, written),
  since_last_handled: readSinceLastHandled,
  since: readSince,
  eager: readEager,
  on_cron: readOnCron,
  cron_tick_passed: (written) => cronForm(cronTickPassed, written),
  all_deps_updated_since_cron: (written) => cronForm(allDepsUpdatedSinceCron, written),
  any_checks_match: (written) => checksForm(anyChecksMatch, written),
  all_checks_match: (written) => checksForm(allChecksMatch, written),
  asset_matches: readAssetMatches,
  in_latest_time_window: ({ value, report }) => {
    const mapping = mappingWith(["lookback"], value, report);
    if (mapping === undefined) return undefined;
    return attempt(() => inLatestTimeWindow(secondsOf(mapping["lookback"])), below("lookback", report));
  },
  executed_with_tags: (written) => tagsForm("executed_with_tags", written),
  any_new_update_has_run_tags: (written) => tagsForm("any_new_update_has_run_tags", written),
  all_new_updates_have_run_tags: (written) => tagsForm("all_new_updates_have_run_tags", written),
  replace: readReplace,
  without: readWithout,
  custom: ({ value, report }) => {
    const name = textAt("custom", { custom: value }, report);
    return name === undefined ? undefined : { type: "custom", name };
  },
  ignore: (written) => scoped(ignoreDeps, written),
  allow: (written) => scoped(allowDeps, written),
};

function joined(
  join: (...operands: AutomationCondition[]) => AutomationCondition,
  { value, report, read }: Written,
): AutomationCondition | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    report([], { code: "invalid-condition", message: "a list of conditions is expected here" });
    return undefined;
  }
  const parts = value.map((part, index) => read(part, below(index, report)));
  return parts.includes(undefined) ? undefined : join(...(parts as AutomationCondition[]));
}

function wrapped(
  wrap: (operand: AutomationCondition) => AutomationCondition,
  { value, report, read }: Written,
): AutomationCondition | undefined {
  const part = read(value, report);
  return part === undefined ? undefined : wrap(part);
}

function readSince({ value, report, read }: Written): AutomationCondition | undefined {
  const mapping = mappingWith(["trigger", "reset"], value, report);
  if (mapping === undefined) return undefined;
  const trigger = read(mapping["trigger"], below("trigger", report));
  const reset = read(mapping["reset"], below("reset", report));
  return trigger === undefined || reset === undefined ? undefined : since(trigger, reset);
}

function readSinceLastHandled(written: Written): AutomationCondition | undefined {
  const { value, report, read } = written;
  if (!isPlainObject(value) || !Object.hasOwn(value, "condition"))
    return wrapped((condition) => sinceLastHandled(condition), written);
  const mapping = mappingWith(["condition", "by?"], value, report);
  if (mapping === undefined) return undefined;
  const condition = read(mapping["condition"], below("condition", report));
  if (condition === undefined) return undefined;
  return attempt(() => sinceLastHandled(condition, handlingOf(mapping["by"])), below("by", report));
}

function readEager({ value, report }: Written): AutomationCondition | undefined {
  const mapping = mappingWith(["window"], value, report);
  if (mapping === undefined) return undefined;
  return attempt(() => eager(reachOf(mapping["window"])), below("window", report));
}

function readOnCron(written: Written): AutomationCondition | undefined {
  const { value, report } = written;
  if (typeof value === "string") return onCron(value);
  const mapping = mappingWith(["cron", "timezone?", "deps_since?", "catch_up?"], value, report);
  if (mapping === undefined) return undefined;
  const texts = ["cron", "timezone", "deps_since"].filter((name) => mapping[name] !== undefined);
  const read = texts.map((name) => textAt(name, mapping, report));
  if (read.includes(undefined)) return undefined;
  const { cron, timezone: timeZone, deps_since: depsSince, catch_up: catchUp } = mapping;
  return attempt(
    () => onCron(...onCronOf({ cron, timeZone, depsSince, catchUp })),
    catchUp === undefined ? report : below("catch_up", report),
  );
}

function cronForm(
  make: (cron: string, timeZone?: string) => AutomationCondition,
  { value, report }: Written,
): AutomationCondition | undefined {
  if (typeof value === "string") return make(value);
  const mapping = mappingWith(["cron", "timezone?"], value, report);
  if (mapping === undefined) return undefined;
  const cron = textAt("cron", mapping, report);
  if (mapping["timezone"] === undefined) return cron === undefined ? undefined : make(cron);
  const timeZone = textAt("timezone", mapping, report);
  return cron === undefined || timeZone === undefined ? undefined : make(cron, timeZone);
}

function scoped(
  scope: (condition: AutomationCondition, selection: string) => AutomationCondition,
  { value, report, read }: Written,
): AutomationCondition | undefined {
  const mapping = mappingWith(["selection", "condition"], value, report);
  if (mapping === undefined) return undefined;
  const selection = textAt("selection", mapping, report);
  const condition = read(mapping["condition"], below("condition", report));
  return selection === undefined || condition === undefined ? undefined : scope(condition, selection);
}

/** Reports what a function throws for an argument that it cannot take. */
function attempt(make: () => AutomationCondition, report: ReportValue): AutomationCondition | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
    report([], { code: "invalid-condition", message: error.message });
    return undefined;
  }
}

function checksForm(
  make: (condition: AutomationCondition, blockingOnly?: boolean) => AutomationCondition,
  { value, report, read }: Written,
): AutomationCondition | undefined {
  if (!isPlainObject(value) || !Object.hasOwn(value, "condition"))
    return wrapped(make, { value, report, read });
  const mapping = mappingWith(["condition", "blocking_only?"], value, report);
  if (mapping === undefined) return undefined;
  const { blocking_only: blockingOnly = false } = mapping;
  const condition = read(mapping["condition"], below("condition", report));
  if (typeof blockingOnly !== "boolean") {
    const message = "`blocking_only` is `true` or `false`";
    report(["blocking_only"], { code: "invalid-condition", message });
    return undefined;
  }
  return condition === undefined ? undefined : make(condition, blockingOnly);
}

function readAssetMatches({ value, report, read }: Written): AutomationCondition | undefined {
  const mapping = mappingWith(["asset", "condition"], value, report);
  if (mapping === undefined) return undefined;
  const asset = textAt("asset", mapping, report);
  const condition = read(mapping["condition"], below("condition", report));
  if (asset === undefined || condition === undefined) return undefined;
  return attempt(() => assetMatches(assetKeyOf(asset), condition), below("asset", report));
}

function tagsForm(
  type: Parameters<typeof tagsCondition>[0],
  { value, report }: Written,
): AutomationCondition | undefined {
  const mapping = mappingWith(["tag_keys?", "tag_values?"], value, report);
  if (mapping === undefined) return undefined;
  return attempt(() => tagsCondition(type, mapping["tag_keys"], mapping["tag_values"]), report);
}

function readReplace({ value, report, read }: Written): AutomationCondition | undefined {
  const mapping = mappingWith(["condition", "old", "new"], value, report);
  if (mapping === undefined) return undefined;
  const condition = read(mapping["condition"], below("condition", report));
  const old = readPart({ value: mapping["old"], report: below("old", report), read });
  const replacement = read(mapping["new"], below("new", report));
  if (condition === undefined || old === undefined || replacement === undefined) return undefined;
  return attempt(() => replaced(condition, old, replacement), below("old", report));
}

function readWithout({ value, report, read }: Written): AutomationCondition | undefined {
  const mapping = mappingWith(["condition", "part"], value, report);
  if (mapping === undefined) return undefined;
  const condition = read(mapping["condition"], below("condition", report));
  const part = readPart({ value: mapping["part"], report: below("part", report), read });
  if (condition === undefined || part === undefined) return undefined;
  return attempt(() => withoutOperand(condition, part), below("part", report));
}

/** Text names a part by its label or type. */
function readPart({ value, report, read }: Written): ConditionPart | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : read(value, report);
}
