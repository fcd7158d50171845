import type { AutomationCondition } from "../../platform/core/condition.ts";

/** The condition with the labels of all its parts taken off. */
export function withoutLabels(condition: AutomationCondition): AutomationCondition {
  const plain = JSON.stringify(condition, (key, value: unknown) => (key === "label" ? undefined : value));
  return JSON.parse(plain) as AutomationCondition;
}
