import { type AutomationCondition, walkCondition } from "../core/condition.ts";

const known = new WeakMap<AutomationCondition, ReadonlySet<AutomationCondition["type"]>>();

/** The types of a condition and of everything below it, looked up once for a condition. */
export function conditionTypes(condition: AutomationCondition): ReadonlySet<AutomationCondition["type"]> {
  let types = known.get(condition);
  if (types === undefined) {
    types = new Set(Array.from(walkCondition(condition), ({ type }) => type));
    known.set(condition, types);
  }
  return types;
}
