import { canonicalJson } from "./canonical-json.ts";
import type { AutomationCondition } from "./condition.ts";
import { and, labelled } from "./condition-builders.ts";
import { conditionText } from "./condition-text.ts";
import { isPlainObject } from "./secret.ts";

/** A part of a condition: one that means the same, or text that is its label, its type, or either without `()`. */
export type ConditionPart = AutomationCondition | string;

/**
 * `condition` with `part` taken out of its outermost `and`; what is left of one operand stands for itself. A label
 * tells it: `eager().without(in_latest_time_window())`. Throws RangeError where it is no operand there, or the only
 * one.
 */
export function withoutOperand(condition: AutomationCondition, part: ConditionPart): AutomationCondition {
  const operands = condition.type === "and" ? condition.operands : [];
  const left = operands.filter((operand) => !isMeant(operand, part));
  if (left.length === operands.length) {
    const known = operands.map((operand) => `\`${conditionText(operand)}\``).join(", ");
    const wayOut = known === "" ? "it is joined of no others" : `its operands are ${known}`;
    throw new RangeError(`\`${conditionText(condition)}\` has no operand \`${partText(part)}\`: ${wayOut}`);
  }
  if (left.length === 0) throw new RangeError(`nothing would be left of \`${conditionText(condition)}\``);
  const rest = and(...left);
  return condition.label === undefined
    ? rest
    : labelled(`${condition.label}.without(${partText(part)})`, rest);
}

/**
 * `condition` with every part that is `old` replaced, the outermost of those inside each other. A label of what is
 * replaced goes with it; those around it tell it: `eager().replace(any_deps_missing(), missing())`. The same object
 * where no part is `old`.
 */
export function replaceCondition(
  condition: AutomationCondition,
  old: ConditionPart,
  replacement: AutomationCondition,
): AutomationCondition {
  if (isMeant(condition, old)) return replacement;
  const replaced = withParts(condition, (part) => replaceCondition(part, old, replacement));
  if (replaced === condition || condition.label === undefined) return replaced;
  return labelled(`${condition.label}.replace(${partText(old)}, ${conditionText(replacement)})`, replaced);
}

function isMeant(condition: AutomationCondition, part: ConditionPart): boolean {
  if (typeof part !== "string") return isSameCondition(condition, part);
  return [condition.label, condition.type].some((name) => name === part || name === `${part}()`);
}

function partText(part: ConditionPart): string {
  return typeof part === "string" ? part : conditionText(part);
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
