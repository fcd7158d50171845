import type { AutomationCondition } from "../core/condition.ts";
import {
  eachOrdinal,
  hasOrdinal,
  intersectOrdinals,
  noOrdinals,
  type Ordinals,
} from "../partition/ordinals.ts";
import { downstreamConditions } from "./downstream-conditions.ts";
import type { Entity } from "./entity-graph.ts";
import { decodeNode } from "./evaluate-since.ts";
import { nodeKey } from "./node-key.ts";
import { evaluateOperand } from "./operands.ts";
import { eachDepUpdated, scopedDeps } from "./scoped-deps.ts";
import type { Evaluation } from "./tick.ts";
import type { TrueSet } from "./true-set.ts";
import { isVirtuallyTrue } from "./virtual-partitions.ts";

/** An operand and whom it asks about; equal ones are one leaf, wherever they stand. */
export interface Leaf {
  /** Counted from 0 in the order of the tree. */
  readonly number: number;
  readonly condition: AutomationCondition;
  readonly entity: Entity;
  /** Nobody has answered it: it is user code's to say. */
  readonly isUnknown: boolean;
}

/** A condition with everything that decides about a few partitions of one entity: nothing is left out for being moot. */
export type PointNode = { readonly condition: AutomationCondition; readonly entity: Entity } & (
  | { readonly kind: "leaf"; readonly leaf: Leaf; readonly asked: Ordinals; readonly values: TrueSet }
  | { readonly kind: "all" | "any"; readonly parts: readonly PointNode[] }
  | { readonly kind: "not"; readonly part: PointNode }
  | {
      readonly kind: "since";
      readonly trigger: PointNode;
      readonly reset: PointNode;
      readonly before: TrueSet;
      readonly isNew: boolean;
    }
  | { readonly kind: "newly"; readonly part: PointNode; readonly before: Ordinals; readonly isNew: boolean }
  | {
      readonly kind: "related";
      readonly isAny: boolean;
      readonly keepsMoments: boolean;
      readonly relations: readonly Relation[];
    }
);

/** Another entity that is asked for the partitions that belong to one of this one. */
export interface Relation {
  readonly node: PointNode;
  /** Of those that are alike in all that is asked one stands for all. */
  ordinalsOf(ordinal: number): readonly number[];
  /** Whether a partition that is needed and does not exist answers for it. */
  isAbsent(ordinal: number): boolean;
}

export interface Point {
  readonly root: PointNode;
  readonly ordinal: number;
  readonly leaves: readonly Leaf[];
  readonly evaluation: Evaluation;
}

/** The condition of an entity at one of its partitions. */
export function pointOf(condition: AutomationCondition, ordinal: number, evaluation: Evaluation): Point {
  const leaves = new Map<string, Leaf>();
  const root = new PointBuilder(evaluation, leaves).node(condition, {
    entity: evaluation.root,
    ordinals: [[ordinal, ordinal + 1]],
  });
  return { root, ordinal, leaves: [...leaves.values()], evaluation };
}

/** The direct parts of a node, whatever partitions they are asked about. */
export function partsBelow(node: PointNode): readonly PointNode[] {
  switch (node.kind) {
    case "leaf":
      return [];
    case "all":
    case "any":
      return node.parts;
    case "not":
    case "newly":
      return [node.part];
    case "since":
      return [node.trigger, node.reset];
    case "related":
      return node.relations.map((relation) => relation.node);
  }
}

/** By what an operand is known: those of the clock and of the root are the same whomever they ask about. */
export function leafKey(condition: AutomationCondition, entity: Entity, root: Entity): string {
  const isOfRoot = condition.type === "cron_tick_passed" || condition.type === "initial_evaluation";
  return nodeKey(condition, isOfRoot ? root.key : entity.key, root.key);
}

interface Asked {
  readonly entity: Entity;
  readonly ordinals: Ordinals;
}

class PointBuilder {
  readonly #evaluation: Evaluation;
  readonly #leaves: Map<string, Leaf>;

  constructor(evaluation: Evaluation, leaves: Map<string, Leaf>) {
    this.#evaluation = evaluation;
    this.#leaves = leaves;
  }

  node(condition: AutomationCondition, asked: Asked): PointNode {
    const { entity } = asked;
    switch (condition.type) {
      case "and":
      case "or": {
        const parts = condition.operands.map((operand) => this.node(operand, asked));
        return { kind: condition.type === "and" ? "all" : "any", condition, entity, parts };
      }
      case "not":
        return { kind: "not", condition, entity, part: this.node(condition.operand, asked) };
      case "since":
        return this.#since(condition, asked);
      case "newly_true":
        return this.#newly(condition, asked);
      case "any_deps_match":
      case "all_deps_match":
        return this.#deps(condition, asked);
      case "all_deps_updated_since_last_handled": {
        const each = eachDepUpdated(entity, condition, this.#evaluation);
        const parts = each.map((part) => this.node(part, asked));
        // Without deps nothing can be updated.
        return { kind: parts.length === 0 ? "any" : "all", condition, entity, parts };
      }
      case "any_checks_match":
      case "all_checks_match":
        return this.#checks(condition, asked);
      case "asset_matches":
        return this.#other(condition, asked);
      case "any_downstream_conditions": {
        const parts = Array.from(
          downstreamConditions(entity, this.#evaluation),
          ({ condition: own, inner }) => {
            const nested = { ...this.#evaluation, downstream: [...this.#evaluation.downstream, own] };
            return new PointBuilder(nested, this.#leaves).node(inner, asked);
          },
        );
        return { kind: "any", condition, entity, parts };
      }
      default:
        return this.#leaf(condition, asked);
    }
  }

  #leaf(condition: AutomationCondition, { entity, ordinals }: Asked): PointNode {
    const { root, tick } = this.#evaluation;
    const key = leafKey(condition, entity, root);
    const leaf = this.#leaves.get(key) ?? {
      number: this.#leaves.size,
      condition,
      entity,
      isUnknown: condition.type === "custom" && tick.facts.custom(condition.name, entity.key) === undefined,
    };
    this.#leaves.set(key, leaf);
    const values = evaluateOperand(condition, { entity, candidates: ordinals }, this.#evaluation);
    return { kind: "leaf", condition, entity, leaf, asked: ordinals, values };
  }

  #since(condition: Extract<AutomationCondition, { type: "since" }>, asked: Asked): PointNode {
    const { entity } = asked;
    const state = this.#state(condition, entity);
    return {
      kind: "since",
      condition,
      entity,
      trigger: this.node(condition.trigger, asked),
      reset: this.node(condition.reset, asked),
      before: decodeNode(state, this.#evaluation.tick.universe(entity)),
      isNew: state === undefined && this.#evaluation.previous !== undefined,
    };
  }

  #newly(condition: Extract<AutomationCondition, { type: "not" | "newly_true" }>, asked: Asked): PointNode {
    const { entity } = asked;
    const state = this.#state(condition, entity);
    return {
      kind: "newly",
      condition,
      entity,
      part: this.node(condition.operand, asked),
      before: this.#evaluation.tick.universe(entity).decode(state?.set),
      isNew: state === undefined && this.#evaluation.previous !== undefined,
    };
  }

  #state(condition: AutomationCondition, entity: Entity) {
    const { previous, root } = this.#evaluation;
    return previous?.nodes[nodeKey(condition, entity.key, root.key)];
  }

  #deps(
    condition: Extract<AutomationCondition, { type: "any_deps_match" | "all_deps_match" }>,
    { entity, ordinals }: Asked,
  ): PointNode {
    const { tick } = this.#evaluation;
    const relations = scopedDeps(entity, condition, this.#evaluation).map((dep): Relation => {
      const mapping = tick.mapping(entity, dep);
      const node = this.node(condition.operand, { entity: dep, ordinals: mapping.up(ordinals).ordinals });
      const answersAbsent = isVirtuallyTrue(condition.operand);
      return {
        node,
        ordinalsOf: distinctOrdinals(node, (ordinal) => mapping.up([[ordinal, ordinal + 1]]).ordinals),
        isAbsent: (ordinal) => answersAbsent && mapping.up([[ordinal, ordinal + 1]]).incomplete.length > 0,
      };
    });
    const isAny = condition.type === "any_deps_match";
    return { kind: "related", condition, entity, isAny, keepsMoments: isAny, relations };
  }

  #checks(
    condition: Extract<AutomationCondition, { type: "any_checks_match" | "all_checks_match" }>,
    { entity, ordinals }: Asked,
  ): PointNode {
    const asked: Ordinals = ordinals.length === 0 ? noOrdinals : [[0, 1]];
    const relations = entity.checks.flatMap((key): Relation[] => {
      const check = this.#evaluation.tick.graph.find(key);
      if (check?.check === undefined || (condition.blockingOnly && !check.check.blocking)) return [];
      const node = this.node(condition.operand, { entity: check, ordinals: asked });
      return [{ node, ordinalsOf: () => [0], isAbsent: () => false }];
    });
    const isAny = condition.type === "any_checks_match";
    return { kind: "related", condition, entity, isAny, keepsMoments: false, relations };
  }

  #other(
    condition: Extract<AutomationCondition, { type: "asset_matches" }>,
    { entity, ordinals }: Asked,
  ): PointNode {
    const { tick } = this.#evaluation;
    const other = tick.graph.find(condition.asset);
    const shared = { kind: "related", condition, entity, isAny: true } as const;
    if (other === undefined) return { ...shared, keepsMoments: false, relations: [] };
    const isBelow = other.deps.includes(entity.key);
    const mapping = isBelow ? tick.mapping(other, entity) : tick.mapping(entity, other);
    const across = (some: Ordinals) => (isBelow ? mapping.down(some) : mapping.up(some).ordinals);
    const node = this.node(condition.operand, { entity: other, ordinals: across(ordinals) });
    const ordinalsOf = distinctOrdinals(node, (ordinal) => across([[ordinal, ordinal + 1]]));
    return { ...shared, keepsMoments: !isBelow, relations: [{ node, ordinalsOf, isAbsent: () => false }] };
  }
}

/** One partition of each kind: among thousands that are alike in all that is asked, the first answers for the rest. */
function distinctOrdinals(
  node: PointNode,
  across: (ordinal: number) => Ordinals,
): (ordinal: number) => readonly number[] {
  const known = new Map<number, readonly number[]>();
  return (ordinal) => {
    let found = known.get(ordinal);
    if (found === undefined) {
      const firsts = new Map<string, number>();
      for (const one of eachOrdinal(across(ordinal))) {
        const likeness = likenessAt(node, one);
        if (!firsts.has(likeness)) firsts.set(likeness, one);
      }
      found = [...firsts.values()];
      known.set(ordinal, found);
    }
    return found;
  };
}

/** The same text for partitions of which everything that is asked here came out the same. */
function likenessAt(node: PointNode, ordinal: number): string {
  switch (node.kind) {
    case "leaf":
      return memberText(node.values, ordinal);
    case "all":
    case "any":
      return node.parts.map((part) => likenessAt(part, ordinal)).join();
    case "not":
      return likenessAt(node.part, ordinal);
    case "since":
      return [
        memberText(node.before, ordinal),
        likenessAt(node.trigger, ordinal),
        likenessAt(node.reset, ordinal),
      ].join();
    case "newly":
      return `${hasOrdinal(node.before, ordinal)},${likenessAt(node.part, ordinal)}`;
    case "related":
      return `#${ordinal}`;
  }
}

function memberText({ ordinals, moments }: TrueSet, ordinal: number): string {
  if (intersectOrdinals(ordinals, [[ordinal, ordinal + 1]]).length === 0) return "-";
  const moment = moments.get(ordinal);
  if (moment === undefined) return "+";
  return `${moment.cursor}@${moment.at}<${moment.from?.cursor}@${moment.from?.at}`;
}
