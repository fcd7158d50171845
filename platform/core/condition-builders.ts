import type { AssetKey } from "./asset-key.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { AutomationCondition, DepsScope, PlainOperand } from "./condition.ts";
import { isPlainObject } from "./secret.ts";

// The field's condition algebra as functions that return data; expansions are those of spec/automation.md §1.4.

export function operand(type: PlainOperand): AutomationCondition {
  return { type };
}

/** Unlabelled operands that are `and` themselves are flattened into it; one operand stands for itself. */
export function and(...operands: readonly AutomationCondition[]): AutomationCondition {
  return joined("and", operands);
}

export function or(...operands: readonly AutomationCondition[]): AutomationCondition {
  return joined("or", operands);
}

export function not(condition: AutomationCondition): AutomationCondition {
  return { type: "not", operand: condition };
}

export function since(trigger: AutomationCondition, reset: AutomationCondition): AutomationCondition {
  return { type: "since", trigger, reset };
}

export function newlyTrue(condition: AutomationCondition): AutomationCondition {
  return { type: "newly_true", operand: condition };
}

export function cronTickPassed(cron: string, timeZone = "UTC"): AutomationCondition {
  return { type: "cron_tick_passed", cron, timeZone };
}

export function inLatestTimeWindow(lookbackSeconds?: number): AutomationCondition {
  return lookbackSeconds === undefined
    ? { type: "in_latest_time_window" }
    : { type: "in_latest_time_window", lookbackSeconds };
}

export function anyDepsMatch(condition: AutomationCondition, scope: DepsScope = {}): AutomationCondition {
  return { type: "any_deps_match", operand: condition, ...scope };
}

export function allDepsMatch(condition: AutomationCondition, scope: DepsScope = {}): AutomationCondition {
  return { type: "all_deps_match", operand: condition, ...scope };
}

export function anyChecksMatch(condition: AutomationCondition, blockingOnly = false): AutomationCondition {
  return { type: "any_checks_match", operand: condition, blockingOnly };
}

export function allChecksMatch(condition: AutomationCondition, blockingOnly = false): AutomationCondition {
  return { type: "all_checks_match", operand: condition, blockingOnly };
}

export function assetMatches(asset: AssetKey, condition: AutomationCondition): AutomationCondition {
  return { type: "asset_matches", asset, operand: condition };
}

export function labelled(label: string, condition: AutomationCondition): AutomationCondition {
  return { ...condition, label };
}

export function inProgress(): AutomationCondition {
  return labelled("in_progress()", or(operand("run_in_progress"), operand("backfill_in_progress")));
}

export function newlyMissing(): AutomationCondition {
  return labelled("newly_missing()", newlyTrue(operand("missing")));
}

export function anyDepsUpdated(): AutomationCondition {
  const updated = and(operand("newly_updated"), not(operand("executed_with_root_target")));
  return labelled("any_deps_updated()", anyDepsMatch(or(updated, operand("will_be_requested"))));
}

export function anyDepsMissing(): AutomationCondition {
  const absent = and(operand("missing"), not(operand("will_be_requested")));
  return labelled("any_deps_missing()", anyDepsMatch(absent));
}

export function anyDepsInProgress(): AutomationCondition {
  const running = or(operand("run_in_progress"), operand("backfill_in_progress"));
  return labelled("any_deps_in_progress()", anyDepsMatch(running));
}

export function allDepsBlockingChecksPassed(): AutomationCondition {
  const passed = or(operand("check_passed"), operand("will_be_requested"));
  return labelled("all_deps_blocking_checks_passed()", allDepsMatch(allChecksMatch(passed, true)));
}

export function allDepsUpdatedSinceCron(cron: string, timeZone = "UTC"): AutomationCondition {
  const updated = since(operand("newly_updated"), cronTickPassed(cron, timeZone));
  return labelled(
    `all_deps_updated_since_cron(${quoted(cron)}, ${quoted(timeZone)})`,
    allDepsMatch(or(updated, operand("will_be_requested"))),
  );
}

function handled(): AutomationCondition {
  const events = or(operand("newly_requested"), operand("newly_updated"), operand("initial_evaluation"));
  return labelled("handled", events);
}

export function sinceLastHandled(condition: AutomationCondition): AutomationCondition {
  return since(condition, handled());
}

export function eager(): AutomationCondition {
  return labelled(
    "eager()",
    and(
      inLatestTimeWindow(),
      sinceLastHandled(or(newlyMissing(), anyDepsUpdated())),
      not(anyDepsMissing()),
      not(anyDepsInProgress()),
      not(inProgress()),
    ),
  );
}

export function onCron(cron: string, timeZone = "UTC"): AutomationCondition {
  return labelled(
    `on_cron(${quoted(cron)}, ${quoted(timeZone)})`,
    and(
      inLatestTimeWindow(),
      sinceLastHandled(cronTickPassed(cron, timeZone)),
      allDepsUpdatedSinceCron(cron, timeZone),
    ),
  );
}

export function onMissing(): AutomationCondition {
  return labelled(
    "on_missing()",
    and(inLatestTimeWindow(), sinceLastHandled(newlyTrue(operand("missing"))), not(anyDepsMissing())),
  );
}

/**
 * Limits the deps conditions of `condition` to the selection; repeated calls unite. A label of what changes
 * tells it: `eager().allow("group:raw")`.
 */
export function allowDeps(condition: AutomationCondition, selection: string): AutomationCondition {
  return scopeDeps(condition, "allow", selection);
}

/** Takes the selection out of the deps conditions of `condition`; repeated calls unite, labels tell it. */
export function ignoreDeps(condition: AutomationCondition, selection: string): AutomationCondition {
  return scopeDeps(condition, "ignore", selection);
}

/** Gives the same object where nothing changes. What is asked of deps themselves keeps its scope. */
function scopeDeps(
  condition: AutomationCondition,
  field: keyof DepsScope,
  selection: string,
): AutomationCondition {
  const recurse = (part: AutomationCondition): AutomationCondition => scopeDeps(part, field, selection);
  const scoped = scopedParts(condition, { field, selection, recurse });
  if (scoped === condition || condition.label === undefined) return scoped;
  return labelled(`${condition.label}.${field}(${quoted(selection)})`, scoped);
}

interface ScopeChange {
  readonly field: keyof DepsScope;
  readonly selection: string;
  readonly recurse: (part: AutomationCondition) => AutomationCondition;
}

function scopedParts(
  condition: AutomationCondition,
  { field, selection, recurse }: ScopeChange,
): AutomationCondition {
  switch (condition.type) {
    case "any_deps_match":
    case "all_deps_match": {
      const selections = condition[field] ?? [];
      return selections.includes(selection)
        ? condition
        : { ...condition, [field]: [...selections, selection] };
    }
    case "and":
    case "or": {
      const operands = condition.operands.map(recurse);
      return operands.every((part, index) => part === condition.operands[index])
        ? condition
        : { ...condition, operands };
    }
    case "not":
    case "newly_true": {
      const operand = recurse(condition.operand);
      return operand === condition.operand ? condition : { ...condition, operand };
    }
    case "since": {
      const trigger = recurse(condition.trigger);
      const reset = recurse(condition.reset);
      return trigger === condition.trigger && reset === condition.reset
        ? condition
        : { ...condition, trigger, reset };
    }
    default:
      return condition;
  }
}

/** Throws RangeError without operands. */
function joined(type: "and" | "or", operands: readonly AutomationCondition[]): AutomationCondition {
  const [only] = operands;
  if (only === undefined) throw new RangeError("at least one condition is needed");
  if (operands.length === 1) return only;
  const flat = operands.flatMap((part) =>
    part.type === type && part.label === undefined ? part.operands : [part],
  );
  return { type, operands: flat };
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}

/**
 * `condition` with `part` taken out of its outermost `and`; what is left of one operand stands for itself. A label
 * tells it. Throws RangeError where it is no operand there, or the only one.
 */
export function withoutOperand(
  condition: AutomationCondition,
  part: AutomationCondition,
): AutomationCondition {
  const operands = condition.type === "and" ? condition.operands : [];
  const left = operands.filter((operand) => !isSameCondition(operand, part));
  if (left.length === operands.length) throw new RangeError("it is no operand of the condition");
  if (left.length === 0) throw new RangeError("nothing would be left of the condition");
  const rest = and(...left);
  return condition.label === undefined ? rest : labelled(`${condition.label}.without(…)`, rest);
}

/** `condition` with every part that equals `old` (or has it as its label) replaced; labels around it are dropped. */
export function replaceCondition(
  condition: AutomationCondition,
  old: AutomationCondition | string,
  replacement: AutomationCondition,
): AutomationCondition {
  const isMeant = typeof old === "string" ? condition.label === old : isSameCondition(condition, old);
  if (isMeant) return replacement;
  const recurse = (part: AutomationCondition) => replaceCondition(part, old, replacement);
  const replaced = withParts(condition, recurse);
  if (replaced === condition || replaced.label === undefined) return replaced;
  const { label: _label, ...unlabelled } = replaced;
  return unlabelled as AutomationCondition;
}

/** The same object where no part changes. */
function withParts(
  condition: AutomationCondition,
  change: (part: AutomationCondition) => AutomationCondition,
): AutomationCondition {
  switch (condition.type) {
    case "and":
    case "or": {
      const operands = condition.operands.map(change);
      return operands.every((part, at) => part === condition.operands[at])
        ? condition
        : { ...condition, operands };
    }
    case "since": {
      const trigger = change(condition.trigger);
      const reset = change(condition.reset);
      return trigger === condition.trigger && reset === condition.reset
        ? condition
        : { ...condition, trigger, reset };
    }
    default: {
      if (!("operand" in condition)) return condition;
      const operand = change(condition.operand);
      return operand === condition.operand ? condition : { ...condition, operand };
    }
  }
}

/** Whether two conditions mean the same, whatever they are called. */
function isSameCondition(a: AutomationCondition, b: AutomationCondition): boolean {
  return canonicalJson(withoutLabels(a)) === canonicalJson(withoutLabels(b));
}

function withoutLabels(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutLabels);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "label")
      .map(([name, part]) => [name, withoutLabels(part)]),
  );
}
