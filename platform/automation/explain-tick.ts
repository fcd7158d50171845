import { walkCondition } from "../core/condition.ts";
import type { Ordinals } from "../partition/ordinals.ts";
import { readsOf } from "./condition-reads.ts";
import type { Entity } from "./entity-graph.ts";
import { evaluateEntity, type TickInput } from "./evaluate.ts";
import { evaluateCondition } from "./evaluate-condition.ts";
import { type Suppositions, supposedMoment } from "./explain-judge.ts";
import { leafKey, type Point } from "./explain-point.ts";
import type { ProofNode } from "./proof.ts";
import { type Evaluation, type Supposed, Tick } from "./tick.ts";
import { atMoment, nothing, type TrueSet, withoutMoments } from "./true-set.ts";

/** Entities whose requests can decide about this one in the same tick, itself among them, in the order of the graph. */
export function entitiesDecidingOn(entity: Entity, { graph }: Pick<TickInput, "graph">): readonly Entity[] {
  const found = new Set<Entity>();
  const queue: Entity[] = [entity];
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    if (found.has(one)) continue;
    found.add(one);
    const asksOthers =
      one.condition !== undefined &&
      [...walkCondition(one.condition)].some(
        ({ type }) => type === "will_be_requested" || type === "any_downstream_conditions",
      );
    const keys = asksOthers ? [...one.together, ...readsOf(one, graph).entities] : one.together;
    for (const key of keys) {
      const other = graph.find(key);
      if (other !== undefined) queue.push(other);
    }
  }
  return [...found].toSorted((a, b) => graph.placeOf(a) - graph.placeOf(b));
}

/** A tick in which everything has been decided that comes before this entity. */
export function tickUpTo(entity: Entity, input: TickInput): Tick {
  const tick = new Tick(input);
  for (const one of entitiesDecidingOn(entity, input)) {
    if (one === entity) break;
    if (one.condition !== undefined && input.group?.has(one.key) !== false)
      evaluateEntity(one, tick, { isExplained: false });
  }
  return tick;
}

export function evaluationOf(entity: Entity, tick: Tick): Evaluation {
  return { tick, root: entity, previous: tick.previous(entity), nodes: new Map(), downstream: [] };
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
