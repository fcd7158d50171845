import type { AutomationCondition } from "../core/condition.ts";
import { hasOrdinal } from "../partition/ordinals.ts";
import type { Leaf, Point, PointNode, Relation } from "./explain-point.ts";
import { isAfter, laterOf, type Moment } from "./true-set.ts";

/** A leaf with the value that it has, or is supposed to have, for all partitions that are asked about. */
export interface LeafValue {
  readonly leaf: Leaf;
  readonly holds: boolean;
}

/** What is supposed of leaves, by their number. */
export type Suppositions = ReadonlyMap<number, boolean>;

export interface Verdict {
  readonly holds: boolean;
  readonly moment: Moment | undefined;
  /** Of what is not supposed: while these stay as they are the answer stays, whatever the others become. */
  readonly grounds: readonly LeafValue[];
}

/** How a condition comes out at its partition under suppositions, with as few grounds as are easily found. */
export function judgePoint({ root, ordinal, evaluation }: Point, supposed: Suppositions): Verdict {
  const { facts, nowMs } = evaluation.tick;
  return new Judge(supposed, { cursor: facts.cursor, at: nowMs }).at(root, ordinal);
}

/**
 * When a supposed operand came true: a tick of the clock now, an event just after it, as events follow what they wait
 * for. Nothing for operands without moments.
 */
export function supposedMoment(
  { type }: AutomationCondition,
  { cursor, at }: { readonly cursor: number; readonly at: number },
): Moment | undefined {
  if (type === "cron_tick_passed") return { cursor: null, at };
  return eventOperands.has(type) ? { cursor: cursor + 1, at: at + 1 } : undefined;
}

const eventOperands: ReadonlySet<string> = new Set([
  "newly_updated",
  "data_version_changed",
  "newly_requested",
  "will_be_requested",
]);

class Judge {
  readonly #supposed: Suppositions;
  readonly #now: { readonly cursor: number; readonly at: number };

  constructor(supposed: Suppositions, now: { readonly cursor: number; readonly at: number }) {
    this.#supposed = supposed;
    this.#now = now;
  }

  at(node: PointNode, ordinal: number): Verdict {
    switch (node.kind) {
      case "leaf":
        return this.#leaf(node, ordinal);
      case "all":
        return joined(
          node.parts.map((part) => this.at(part, ordinal)),
          { isAny: false, keepsMoments: true },
        );
      case "any":
        return joined(
          node.parts.map((part) => this.at(part, ordinal)),
          { isAny: true, keepsMoments: true },
        );
      case "not": {
        const { holds, grounds } = this.at(node.part, ordinal);
        return { holds: !holds, moment: undefined, grounds };
      }
      case "since":
        return this.#since(node, ordinal);
      case "newly":
        // What was so before is not new, and of what is asked for the first time nobody knows what was before.
        return node.isNew || hasOrdinal(node.before, ordinal)
          ? { holds: false, moment: undefined, grounds: [] }
          : this.at(node.part, ordinal);
      case "related":
        return joined(
          node.relations.map((relation) => this.#relation(relation, ordinal)),
          node,
        );
    }
  }

  #leaf({ leaf, values }: Extract<PointNode, { kind: "leaf" }>, ordinal: number): Verdict {
    const supposed = this.#supposed.get(leaf.number);
    if (supposed !== undefined) {
      const moment = supposed ? supposedMoment(leaf.condition, this.#now) : undefined;
      return { holds: supposed, moment, grounds: [] };
    }
    const holds = hasOrdinal(values.ordinals, ordinal);
    return { holds, moment: values.moments.get(ordinal), grounds: [{ leaf, holds }] };
  }

  #since(node: Extract<PointNode, { kind: "since" }>, ordinal: number): Verdict {
    const trigger = this.at(node.trigger, ordinal);
    const reset = this.at(node.reset, ordinal);
    const wasHeld = hasOrdinal(node.before.ordinals, ordinal);
    const none = { holds: false, moment: undefined };
    if (!wasHeld && !trigger.holds) return { ...none, grounds: trigger.grounds };
    const before = node.before.moments.get(ordinal);
    const moment = laterOf(before, trigger.holds ? trigger.moment : undefined);
    if (!reset.holds) {
      const grounds = wasHeld ? reset.grounds : united([trigger.grounds, reset.grounds]);
      return { holds: true, moment, grounds };
    }
    const canBeLater = (before !== undefined || hasMoments(node.trigger)) && hasMoments(node.reset);
    if (!canBeLater) return { ...none, grounds: reset.grounds };
    // Which came later may turn on any of them.
    const grounds = united([this.#all(node.trigger, ordinal), this.#all(node.reset, ordinal)]);
    const isLater =
      moment !== undefined &&
      reset.moment !== undefined &&
      isAfter(moment, reset.moment.from ?? reset.moment);
    return isLater ? { holds: true, moment, grounds } : { ...none, grounds };
  }

  #relation({ node, ordinalsOf, isAbsent }: Relation, ordinal: number): Verdict {
    if (isAbsent(ordinal)) {
      const { moment } = this.#any(node, ordinalsOf(ordinal));
      return { holds: true, moment, grounds: [] };
    }
    return this.#any(node, ordinalsOf(ordinal));
  }

  #any(node: PointNode, ordinals: readonly number[]): Verdict {
    return joined(
      ordinals.map((one) => this.at(node, one)),
      { isAny: true, keepsMoments: true },
    );
  }

  /** Every leaf below with the value that it has. */
  #all(node: PointNode, ordinal: number): readonly LeafValue[] {
    switch (node.kind) {
      case "leaf":
        return this.#leaf(node, ordinal).grounds;
      case "all":
      case "any":
        return united(node.parts.map((part) => this.#all(part, ordinal)));
      case "not":
      case "newly":
        return this.#all(node.part, ordinal);
      case "since":
        return united([this.#all(node.trigger, ordinal), this.#all(node.reset, ordinal)]);
      case "related":
        return united(
          node.relations.flatMap(({ node: inner, ordinalsOf }) =>
            ordinalsOf(ordinal).map((one) => this.#all(inner, one)),
          ),
        );
    }
  }
}

function joined(
  verdicts: readonly Verdict[],
  { isAny, keepsMoments }: { readonly isAny: boolean; readonly keepsMoments: boolean },
): Verdict {
  // One that decides is enough for the answer, and then the one with the fewest grounds.
  const deciding = verdicts.filter(({ holds }) => holds === isAny);
  const holds = deciding.length > 0 ? isAny : !isAny;
  const grounds =
    deciding.length > 0
      ? deciding.map((verdict) => verdict.grounds).reduce((a, b) => (weightOf(b) < weightOf(a) ? b : a))
      : united(verdicts.map((verdict) => verdict.grounds));
  if (!holds || !keepsMoments) return { holds, moment: undefined, grounds };
  const moment = verdicts
    .filter((verdict) => verdict.holds)
    .reduce<Moment | undefined>((latest, verdict) => laterOf(latest, verdict.moment), undefined);
  return { holds, moment, grounds };
}

/** What nobody knows is a bad ground for an answer. */
function weightOf(grounds: readonly LeafValue[]): number {
  return grounds.reduce((sum, { leaf }) => sum + (leaf.isUnknown ? 1_000_000 : 1), 0);
}

function united(lists: readonly (readonly LeafValue[])[]): readonly LeafValue[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return filled[0] ?? [];
  const byName = new Map(filled.flat().map((value) => [value.leaf.number * 2 + Number(value.holds), value]));
  return [...byName.values()];
}

/** Whether it can be known since when it holds. */
function hasMoments(node: PointNode): boolean {
  switch (node.kind) {
    case "leaf":
      return supposedMoment(node.condition, { cursor: 0, at: 0 }) !== undefined;
    case "all":
    case "any":
      return node.parts.some(hasMoments);
    case "not":
      return false;
    case "since":
      return node.before.moments.size > 0 || hasMoments(node.trigger);
    case "newly":
      return hasMoments(node.part);
    case "related":
      return node.keepsMoments && node.relations.some(({ node: inner }) => hasMoments(inner));
  }
}
