import { conditionText } from "../core/condition-text.ts";
import type { ExplainPart } from "../core/explanation.ts";
import { judgePoint } from "./explain-judge.ts";
import type { Point, PointNode } from "./explain-point.ts";

/** Wider conditions are shown by their outer parts. */
const mostParts = 500;

/** How each part of the condition came out, parents first; of partitions that are alike one is shown. */
export function explainTree(point: Point): ExplainPart {
  let left = mostParts;
  const show = (node: PointNode, ordinal: number): ExplainPart => {
    left -= 1;
    const { holds, grounds } = judgePoint({ ...point, root: node, ordinal }, new Map());
    return {
      condition: conditionText(node.condition),
      entity: node.entity.key,
      holds: grounds.some(({ leaf }) => leaf.isUnknown) ? null : holds,
      parts: left <= 0 ? [] : partsOf(node, ordinal).map(([part, at]) => show(part, at)),
    };
  };
  return show(point.root, point.ordinal);
}

function partsOf(node: PointNode, ordinal: number): readonly (readonly [PointNode, number])[] {
  switch (node.kind) {
    case "leaf":
      return [];
    case "all":
    case "any":
      return node.parts.map((part) => [part, ordinal] as const);
    case "not":
    case "newly":
      return [[node.part, ordinal]];
    case "since":
      return [
        [node.trigger, ordinal],
        [node.reset, ordinal],
      ];
    case "related":
      return node.relations.flatMap((relation) =>
        relation.ordinalsOf(ordinal).map((one) => [relation.node, one] as const),
      );
  }
}
