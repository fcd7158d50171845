import type { AutomationCondition } from "../core/condition.ts";
import type { Entity } from "./entity-graph.ts";
import { nodeKey } from "./node-key.ts";
import type { Evaluation } from "./tick.ts";

/**
 * What `any_downstream_conditions` asks of an entity: the conditions of the nearest descendants that have one of their
 * own, each distinct one once, and of each what is left to evaluate.
 */
export function* downstreamConditions(
  subject: Entity,
  { tick: { graph }, downstream }: Pick<Evaluation, "tick" | "downstream">,
): Generator<{ readonly condition: AutomationCondition; readonly inner: AutomationCondition }> {
  const seen = new Set<string>([subject.key]);
  const conditions = new Map<string, AutomationCondition>();
  const visit = (keys: readonly string[]): void => {
    for (const key of keys) {
      if (seen.has(key)) continue;
      seen.add(key);
      const own = graph.find(key)?.condition;
      if (own !== undefined && own.type !== "any_downstream_conditions") {
        if (!downstream.includes(own)) conditions.set(nodeKey(own, subject.key, subject.key), own);
      } else visit(graph.childrenOf(key));
    }
  };
  visit(graph.childrenOf(subject.key));
  for (const condition of conditions.values()) {
    const inner = withoutDownstream(condition);
    if (inner !== undefined) yield { condition, inner };
  }
}

const stripped = new WeakMap<AutomationCondition, { readonly condition: AutomationCondition | undefined }>();

/** A condition in which a nested `any_downstream_conditions` holds never; nothing where it then never holds itself. */
function withoutDownstream(condition: AutomationCondition): AutomationCondition | undefined {
  const known = stripped.get(condition);
  if (known !== undefined) return known.condition;
  const found = strip(condition);
  stripped.set(condition, { condition: found });
  return found;
}

function strip(condition: AutomationCondition): AutomationCondition | undefined {
  if (condition.type === "any_downstream_conditions") return undefined;
  if (condition.label !== undefined) return condition;
  if (condition.type !== "and" && condition.type !== "or") return condition;
  const operands = condition.operands.map(withoutDownstream);
  const left = operands.filter((operand) => operand !== undefined);
  if (condition.type === "and" && left.length < operands.length) return undefined;
  if (left.length === 0) return undefined;
  const isSame = left.length === operands.length && left.every((part, at) => part === condition.operands[at]);
  return isSame ? condition : { ...condition, operands: left };
}
