import { type AutomationCondition, conditionChildren } from "../core/condition.ts";
import type { EntityKey } from "./automation-facts.ts";
import { readsOf } from "./condition-reads.ts";
import type { EntityGraph } from "./entity-graph.ts";

/** By the name of a custom condition, what it may be asked about; a little more than evaluation asks in fact. */
export function customAsks(graph: EntityGraph): ReadonlyMap<string, ReadonlySet<EntityKey>> {
  const asks = new Map<string, Set<EntityKey>>();
  for (const entity of graph.order) {
    if (entity.condition === undefined) continue;
    const names = new Set(customNames(entity.condition));
    const isOpen = looksDownstream(entity.condition);
    if (names.size === 0 && !isOpen) continue;
    const reads = readsOf(entity, graph);
    if (isOpen)
      for (const { condition } of graph.descendantsOf(entity.key))
        for (const name of condition === undefined ? [] : customNames(condition)) names.add(name);
    for (const name of names) {
      const known = asks.get(name) ?? new Set();
      for (const key of reads.entities) known.add(key as EntityKey);
      asks.set(name, known);
    }
  }
  return asks;
}

function customNames(condition: AutomationCondition): string[] {
  if (condition.type === "custom") return [condition.name];
  return conditionChildren(condition).flatMap(customNames);
}

function looksDownstream(condition: AutomationCondition): boolean {
  return condition.type === "any_downstream_conditions" || conditionChildren(condition).some(looksDownstream);
}
