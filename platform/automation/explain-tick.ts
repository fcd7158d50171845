import type { Ordinals } from "../partition/ordinals.ts";
import { readsOf } from "./condition-reads.ts";
import { conditionTypes } from "./condition-types.ts";
import type { Entity } from "./entity-graph.ts";
import type { TickInput } from "./evaluate.ts";
import { evaluateCondition } from "./evaluate-condition.ts";
import { type Suppositions, supposedMoment } from "./explain-judge.ts";
import { leafKey, type Point } from "./explain-point.ts";
import type { ProofNode } from "./proof.ts";
import type { Supposed } from "./tick.ts";
import { atMoment, nothing, type TrueSet, withoutMoments } from "./true-set.ts";

const askingTypes: ReadonlySet<string> = new Set([
  "will_be_requested",
  "all_deps_updated_since_last_handled",
  "any_downstream_conditions",
]);

/** Entities whose requests can decide about this one in the same tick, itself among them, in the order of the graph. */
export function entitiesDecidingOn(entity: Entity, { graph }: Pick<TickInput, "graph">): readonly Entity[] {
  const found = new Set<Entity>();
  const queue: Entity[] = [entity];
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    if (found.has(one)) continue;
    found.add(one);
    const asksOthers =
      one.condition !== undefined && !conditionTypes(one.condition).isDisjointFrom(askingTypes);
    const keys = asksOthers ? [...one.together, ...readsOf(one, graph).entities] : one.together;
    for (const key of keys) {
      const other = graph.find(key);
      if (other !== undefined) queue.push(other);
    }
  }
  return [...found].toSorted((a, b) => graph.placeOf(a) - graph.placeOf(b));
}

/** How the condition came out for the partition in question. */
export function proofOf({ evaluation, root, ordinal }: Point): ProofNode {
  const parts: ProofNode[] = [];
  const asked = { entity: evaluation.root, candidates: [[ordinal, ordinal + 1]] as Ordinals };
  evaluateCondition(root.condition, asked, { ...evaluation, nodes: new Map(), parts });
  return parts[0] as ProofNode;
}

/** What the evaluator answers under suppositions, for all partitions of the entity. */
export function evaluateSupposing({ evaluation, leaves, root }: Point, supposed: Suppositions): TrueSet {
  const { tick, root: entity } = evaluation;
  const byKey = new Map(
    leaves.map((leaf) => [leafKey(leaf.condition, leaf.entity, entity), supposed.get(leaf.number)]),
  );
  const now = { cursor: tick.facts.cursor, at: tick.nowMs };
  const answer: Supposed = (condition, subject) => {
    const holds = byKey.get(leafKey(condition, subject.entity, entity));
    if (holds === undefined) return undefined;
    if (!holds) return nothing;
    const moment = supposedMoment(condition, now);
    return moment === undefined ? withoutMoments(subject.candidates) : atMoment(subject.candidates, moment);
  };
  const whole = { entity, candidates: tick.universe(entity).all };
  return evaluateCondition(root.condition, whole, { ...evaluation, nodes: new Map(), supposed: answer });
}
