import type { AutomationCondition } from "../core/condition.ts";

/**
 * Whether a condition holds for a partition that is needed and does not exist: it is missing, and nothing else is
 * true of it. So what waits for missing partitions waits for those as well (spec/automation.md §3.3).
 */
export function isVirtuallyTrue(condition: AutomationCondition): boolean {
  switch (condition.type) {
    case "missing":
      return true;
    case "and":
      return condition.operands.every(isVirtuallyTrue);
    case "or":
      return condition.operands.some(isVirtuallyTrue);
    case "not":
      return !isVirtuallyTrue(condition.operand);
    default:
      return false;
  }
}
