import type { Explanation } from "../core/explanation.ts";
import { eachOrdinal, hasOrdinal, type Ordinals, ordinalsOfNumbers } from "../partition/ordinals.ts";
import { operandText, partitionsText } from "./explain-cause.ts";
import { tickAfter } from "./explain-facts.ts";
import { smallestFlip } from "./explain-flip.ts";
import { judgePoint, type LeafValue } from "./explain-judge.ts";
import { type Point, type PointNode, partsBelow } from "./explain-point.ts";
import { evaluateSupposing } from "./explain-tick.ts";

/** The smallest change that gives the other answer, as people read it. */
export function explainFlip(point: Point): Explanation["flip"] {
  const flip = smallestFlip(point);
  if (flip === undefined) return null;
  const { tick } = point.evaluation;
  if (!isConfirmed(point, flip.changes)) return { minimal: false, changes: [] };
  const changes = flip.changes.map(({ leaf, holds }) => {
    const universe = tick.universe(leaf.entity);
    return {
      operand: operandText(leaf.condition),
      entity: leaf.entity.key,
      partitions: partitionsText(othersOf(point.root, { leaf, holds }), universe),
      holds,
    };
  });
  return { minimal: flip.isMinimal, changes };
}

/**
 * The evaluator has the last word on what a change would do: where it is an event, with the facts as they are after
 * it, so that what the event changes beside it counts as well.
 */
function isConfirmed(point: Point, changes: readonly LeafValue[]): boolean {
  const { tick, left } = tickAfter(point, changes);
  const supposed = new Map(left.map(({ leaf, holds }) => [leaf.number, holds]));
  const after = { ...point, evaluation: { ...point.evaluation, tick } };
  const { ordinals } = evaluateSupposing(after, supposed);
  return hasOrdinal(ordinals, point.ordinal) !== judgePoint(point, new Map()).holds;
}

/** Partitions for which a leaf is not as it would have to be. */
function othersOf(node: PointNode, { leaf, holds }: LeafValue): Ordinals {
  const found = new Set<number>();
  const visit = (one: PointNode): void => {
    if (one.kind !== "leaf") {
      for (const part of partsBelow(one)) visit(part);
      return;
    }
    if (one.leaf !== leaf || one.entity !== leaf.entity) return;
    for (const ordinal of eachOrdinal(one.asked))
      if (hasOrdinal(one.values.ordinals, ordinal) !== holds) found.add(ordinal);
  };
  visit(node);
  return ordinalsOfNumbers(found);
}
