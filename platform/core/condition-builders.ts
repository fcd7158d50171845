import type { AssetKey } from "./asset-key.ts";
import type { AutomationCondition, DepsScope, PlainOperand } from "./condition.ts";

// The field's condition algebra as functions that return data; expansions are those of spec/automation.md §1.4.

export function operand(type: PlainOperand): AutomationCondition {
  return { type };
}

/** Both sides of an unlabelled `and` are flattened into it. */
export function and(...operands: readonly AutomationCondition[]): AutomationCondition {
  return { type: "and", operands: flatten("and", operands) };
}

export function or(...operands: readonly AutomationCondition[]): AutomationCondition {
  return { type: "or", operands: flatten("or", operands) };
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

export function handled(): AutomationCondition {
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

/** Limits every deps condition inside `condition` to the selection; repeated calls unite. */
export function allowDeps(condition: AutomationCondition, selection: string): AutomationCondition {
  return scopeDeps(condition, (scope) => ({ ...scope, allow: [...(scope.allow ?? []), selection] }));
}

/** Takes the selection out of every deps condition inside `condition`; repeated calls unite. */
export function ignoreDeps(condition: AutomationCondition, selection: string): AutomationCondition {
  return scopeDeps(condition, (scope) => ({ ...scope, ignore: [...(scope.ignore ?? []), selection] }));
}

function scopeDeps(condition: AutomationCondition, change: (scope: DepsScope) => DepsScope): AutomationCondition {
  const recurse = (part: AutomationCondition): AutomationCondition => scopeDeps(part, change);
  switch (condition.type) {
    case "any_deps_match":
    case "all_deps_match": {
      const { label: _label, ...unlabelled } = condition;
      return { ...unlabelled, ...change(condition) };
    }
    case "and":
    case "or":
      return { ...condition, operands: condition.operands.map(recurse) };
    case "not":
    case "newly_true":
      return { ...condition, operand: recurse(condition.operand) };
    case "since":
      return { ...condition, trigger: recurse(condition.trigger), reset: recurse(condition.reset) };
    default:
      return condition;
  }
}

function flatten(type: "and" | "or", operands: readonly AutomationCondition[]): AutomationCondition[] {
  return operands.flatMap((part) =>
    part.type === type && part.label === undefined ? part.operands : [part],
  );
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}
