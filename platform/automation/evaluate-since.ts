import type { AutomationCondition } from "../core/condition.ts";
import { eachOrdinal, hasOrdinal, ordinalsOfNumbers } from "../partition/ordinals.ts";
import type { NodeState } from "./automation-state.ts";
import type { Entity } from "./entity-graph.ts";
import { nodeKey } from "./node-key.ts";
import type { Evaluation } from "./tick.ts";
import { isAfter, laterOf, type Moment, nothing, type TrueSet } from "./true-set.ts";
import type { Universe } from "./universe.ts";

/**
 * The partitions that were triggered and not reset since, kept from tick to tick with the moment of their trigger.
 *
 * A reset takes away what was triggered before it. Where trigger and reset meet in a tick the later one holds, and
 * the reset where either has no moment. An update resets from the start of the work that made it, because what that
 * work read is no newer (spec/automation.md §1.2, and §6 on lost triggers).
 */
export function evaluateSince(
  { trigger, reset }: { readonly trigger: TrueSet; readonly reset: TrueSet },
  { condition, entity }: { readonly condition: AutomationCondition; readonly entity: Entity },
  evaluation: Evaluation,
): TrueSet {
  const universe = evaluation.tick.universe(entity);
  const key = nodeKey(condition, entity.key, evaluation.root.key);
  const state = evaluation.previous?.nodes[key];
  if (trigger.ordinals.length === 0 && state?.set == null) {
    evaluation.nodes.set(key, emptyNode);
    return nothing;
  }
  const before = decodeNode(state, universe);
  const held: number[] = [];
  const moments = new Map<number, Moment>();
  const judge = (ordinal: number): void => {
    const triggered = hasOrdinal(trigger.ordinals, ordinal);
    const at = laterOf(before.moments.get(ordinal), triggered ? trigger.moments.get(ordinal) : undefined);
    if (hasOrdinal(reset.ordinals, ordinal)) {
      const resetAt = reset.moments.get(ordinal);
      if (at === undefined || resetAt === undefined || !isAfter(at, resetAt.from ?? resetAt)) return;
    }
    held.push(ordinal);
    if (at !== undefined) moments.set(ordinal, at);
  };
  for (const ordinal of eachOrdinal(before.ordinals)) judge(ordinal);
  for (const ordinal of eachOrdinal(trigger.ordinals)) {
    if (!hasOrdinal(before.ordinals, ordinal)) judge(ordinal);
  }
  const result: TrueSet = { ordinals: ordinalsOfNumbers(held), moments };
  evaluation.nodes.set(key, encodeNode(result, universe));
  return result;
}

const emptyNode: NodeState = { set: null };

/** What a `since` node remembers, in the numbers of the partitions that are there now. */
export function decodeNode(state: NodeState | undefined, universe: Universe): TrueSet {
  const moments = new Map<number, Moment>();
  for (const { cursor, at, keys } of state?.moments ?? []) {
    for (const key of keys) {
      const ordinal = universe.ordinalOf(key);
      if (ordinal >= 0) moments.set(ordinal, { cursor, at });
    }
  }
  return { ordinals: universe.decode(state?.set), moments };
}

function encodeNode({ ordinals, moments }: TrueSet, universe: Universe): NodeState {
  const byMoment = new Map<string, { cursor: number | null; at: number; keys: string[] }>();
  for (const [ordinal, { cursor, at }] of moments) {
    const name = `${cursor} ${at}`;
    const entry = byMoment.get(name) ?? { cursor, at, keys: [] };
    byMoment.set(name, entry);
    entry.keys.push(universe.keyAt(ordinal));
  }
  const set = universe.encode(ordinals);
  return byMoment.size === 0 ? { set } : { set, moments: [...byMoment.values()] };
}
