// `automation` decides what is due, with proofs: conditions, schedules, freshness, the queue. Pure.

import { noOrdinals, type Ordinals, uniteOrdinals } from "../partition/ordinals.ts";
import type { AutomationFacts, EntityKey } from "./automation-facts.ts";
import type { AutomationState, EntityState, NodeState } from "./automation-state.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import { evaluateCondition } from "./evaluate-condition.ts";
import type { ProofNode } from "./proof.ts";
import type { SelectionSet } from "./selection-set.ts";
import { type Evaluation, Tick } from "./tick.ts";
import { keysOfOrdinals, ordinalsOfKeys } from "./universe.ts";

export interface TickInput {
  readonly graph: EntityGraph;
  readonly facts: AutomationFacts;
  readonly state: AutomationState;
  readonly now: Temporal.Instant;
  /** Resolves the texts of `allow` and `ignore`. */
  select(selection: string): SelectionSet;
  /** Entities of this automation group; all that have a condition unless given. */
  readonly group?: SelectionSet;
  /** Entities whose proof is wanted. */
  readonly explain?: SelectionSet;
}

/** One entity's share of a tick. */
export interface Decision {
  readonly entity: Entity;
  /** In the order of their definition; "" for the unpartitioned one. */
  readonly partitions: readonly string[];
}

export interface TickResult {
  /** Those that are requested, each after what it depends on. */
  readonly requested: readonly Decision[];
  readonly state: AutomationState;
  readonly proofs: ReadonlyMap<EntityKey, ProofNode>;
}

/**
 * Evaluates the conditions of all entities at one frozen moment. The same input gives the same result.
 *
 * An entity is evaluated after what it depends on, so that it sees what the tick requested before it.
 */
export function evaluateAutomation(input: TickInput): TickResult {
  const tick = new Tick(input);
  const entities: Record<string, EntityState> = { ...input.state.entities };
  const proofs = new Map<EntityKey, ProofNode>();
  for (const entity of input.graph.order) {
    if (entity.condition === undefined) {
      // One that will be automated again begins anew.
      delete entities[entity.key];
      continue;
    }
    if (input.group?.has(entity.key) === false) continue;
    const { state, proof } = evaluateEntity(entity, tick, {
      proof: input.explain?.has(entity.key) === true ? "always" : "never",
    });
    entities[entity.key] = state;
    if (proof !== undefined) proofs.set(entity.key, proof);
  }
  for (const [key, state] of requestedStates(tick, (key) => entities[key])) entities[key] = state;
  return { requested: decisionsOf(tick), state: { entities }, proofs };
}

/** What the tick requested, each after what it depends on. */
export function decisionsOf(tick: Tick): Decision[] {
  const decisions = [...tick.requested].map(([key, ordinals]) => {
    const entity = tick.graph.find(key) as Entity;
    return { entity, partitions: keysOfOrdinals(tick.universe(entity), ordinals) };
  });
  return decisions.toSorted((a, b) => tick.graph.placeOf(a.entity) - tick.graph.placeOf(b.entity));
}

/** States of the entities that the tick requested, with what was requested of them. */
export function* requestedStates(
  tick: Tick,
  stateOf: (key: string) => EntityState | undefined,
): Generator<[string, EntityState]> {
  for (const [key, ordinals] of tick.requested) {
    const universe = tick.universe(tick.graph.find(key) as Entity);
    const state = stateOf(key) ?? {
      at: tick.nowMs,
      cursor: tick.facts.cursor,
      kind: universe.kind,
      nodes: {},
    };
    yield [key, { ...state, requested: universe.encode(ordinals) }];
  }
}

/** What evaluating one entity gives. */
export interface EntityResult {
  readonly state: EntityState;
  readonly proof: ProofNode | undefined;
  /** Whether another evaluation of the same facts gives the same, as long as the clock brings nothing. */
  readonly isSettled: boolean;
}

/** Evaluates an entity that has a condition, and requests that for which it holds. */
export function evaluateEntity(
  entity: Entity,
  tick: Tick,
  options: { readonly proof: "always" | "if requested" | "never" },
): EntityResult {
  const { condition } = entity;
  if (condition === undefined) throw new Error(`${entity.key} has no condition`);
  const evaluation = evaluationOf(entity, tick);
  const { nodes, news, previous } = evaluation;
  const universe = tick.universe(entity);
  const subject = { entity, candidates: universe.all };
  const { ordinals } = evaluateCondition(condition, subject, evaluation);
  const isProved = options.proof === "always" || (options.proof === "if requested" && ordinals.length > 0);
  const parts: ProofNode[] = [];
  // Most entities are not requested, and a proof costs more than finding that out.
  if (isProved) evaluateCondition(condition, subject, { ...evaluationOf(entity, tick), parts });
  if (ordinals.length > 0) request(entity, ordinals, tick);
  const state: EntityState = {
    // A clock that is put back brings no cron tick a second time.
    at: Math.max(tick.nowMs, previous?.at ?? tick.nowMs),
    cursor: tick.facts.cursor,
    kind: universe.kind,
    requested: null,
    nodes: Object.fromEntries(nodes),
  };
  const isSettled =
    previous !== undefined &&
    !news.isFound &&
    nodes.entries().every(([key, node]) => isSameNode(node, previous.nodes[key]));
  return { state, proof: parts[0], isSettled };
}

/** The evaluation of an entity's own condition, before it has begun. */
export function evaluationOf(entity: Entity, tick: Tick): Evaluation {
  return {
    tick,
    root: entity,
    previous: tick.previous(entity),
    nodes: new Map(),
    news: { isFound: false },
    downstream: [],
  };
}

function isSameNode(a: NodeState, b: NodeState | undefined): boolean {
  if (b === undefined) return false;
  if (a.set === null && b.set === null && a.moments === undefined && b.moments === undefined) return true;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Requests an entity and all that cannot run without it. */
function request(entity: Entity, ordinals: Ordinals, tick: Tick): void {
  const universe = tick.universe(entity);
  for (const key of entity.together) {
    const member = tick.graph.find(key);
    if (member === undefined) continue;
    const theirs =
      member === entity
        ? ordinals
        : ordinalsOfKeys(tick.universe(member), keysOfOrdinals(universe, ordinals));
    tick.requested.set(key, uniteOrdinals(tick.requested.get(key) ?? noOrdinals, theirs));
  }
}
