import type { AutomationCondition, DepsScope } from "./condition.ts";
import { labelled, quoted } from "./condition-builders.ts";

/**
 * Limits the deps conditions of `condition` to the selection; repeated calls unite. A label of what changes
 * tells it: `eager().allow("group:raw")`.
 */
export function allowDeps(condition: AutomationCondition, selection: string): AutomationCondition {
  return scopeDeps(condition, added("allow", selection), `allow(${quoted(selection)})`);
}

/** Takes the selection out of the deps conditions of `condition`; repeated calls unite, labels tell it. */
export function ignoreDeps(condition: AutomationCondition, selection: string): AutomationCondition {
  return scopeDeps(condition, added("ignore", selection), `ignore(${quoted(selection)})`);
}

/** The deps conditions of `condition` ask what views read in place of the views; labels tell it. */
export function throughViews(condition: AutomationCondition): AutomationCondition {
  const change: Change = (scope) => (scope.throughViews === true ? {} : { throughViews: true });
  return scopeDeps(condition, change, "with_transparent_views()");
}

/** What becomes other in a scope; nothing where it is so already. */
type Change = (scope: DepsScope) => DepsScope;

function added(field: "allow" | "ignore", selection: string): Change {
  return (scope) => {
    const selections = scope[field] ?? [];
    return selections.includes(selection) ? {} : { [field]: [...selections, selection] };
  };
}

/** Gives the same object where nothing changes. What is asked of deps themselves keeps its scope. */
function scopeDeps(condition: AutomationCondition, change: Change, told: string): AutomationCondition {
  const scoped = scopedParts(condition, change, (part) => scopeDeps(part, change, told));
  if (scoped === condition || condition.label === undefined) return scoped;
  return labelled(`${condition.label}.${told}`, scoped);
}

function scopedParts(
  condition: AutomationCondition,
  change: Change,
  recurse: (part: AutomationCondition) => AutomationCondition,
): AutomationCondition {
  switch (condition.type) {
    case "any_deps_match":
    case "all_deps_match":
    case "all_deps_updated_since_last_handled": {
      const changed = change(condition);
      return Object.keys(changed).length === 0 ? condition : { ...condition, ...changed };
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
