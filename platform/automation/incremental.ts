import type { AutomationFacts, EntityKey } from "./automation-facts.ts";
import type { AutomationState, EntityState } from "./automation-state.ts";
import { type ConditionReads, nextMoment, readsOf } from "./condition-reads.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import { type Decision, decisionsOf, evaluateEntity, requestedStates } from "./evaluate.ts";
import { MinHeap } from "./min-heap.ts";
import type { ProofNode } from "./proof.ts";
import type { SelectionSet } from "./selection-set.ts";
import { Tick } from "./tick.ts";
import { Timers } from "./timers.ts";

export interface IncrementalOptions {
  readonly graph: EntityGraph;
  /** What was stored of earlier ticks; all entities are evaluated once on it. */
  readonly state: AutomationState;
  select(selection: string): SelectionSet;
  /** Whether what is requested is proved; it is unless `never`. */
  readonly proof?: "never";
  /** Entities of this automation group; all that have a condition unless given. */
  readonly group?: SelectionSet;
  /** Whether user code is there to answer custom conditions; where it is not, they are not asked at every tick. */
  readonly asksCode?: boolean;
}

export interface IncrementalTick {
  readonly facts: AutomationFacts;
  readonly now: Temporal.Instant;
  /** Entities of which something became known since the tick before. */
  readonly changed: Iterable<EntityKey>;
  /** Told of each entity that is evaluated, before it is. */
  readonly before?: (entity: Entity, tick: Tick) => void;
}

export interface IncrementalResult {
  readonly requested: readonly Decision[];
  /** States that are other than before, to be stored; `undefined` for one that is to be forgotten. */
  readonly states: ReadonlyMap<string, EntityState | undefined>;
  /** Of each entity that was requested. */
  readonly proofs: ReadonlyMap<EntityKey, ProofNode>;
  /** How many entities were evaluated. */
  readonly evaluated: number;
  /** When the next tick can have something to do even if nothing happens. */
  readonly nextWake: number | undefined;
}

/**
 * Evaluates only entities whose condition may come out another way: something of what it reads changed or was
 * requested, a cron ticked, a window opened, or the evaluation before was not settled. Gives the same requests as
 * evaluating all of them at every tick.
 */
export class IncrementalAutomation {
  readonly #options: IncrementalOptions;
  readonly #states: Map<string, EntityState>;
  readonly #reads = new Map<string, ConditionReads>();
  /** Entities by what their conditions read. */
  readonly #readers = new Map<string, Entity[]>();
  readonly #timers = new Timers();
  readonly #proof: "if requested" | "never";
  /** To be evaluated at the next tick: by the last one it may come out another way. */
  #unsettled: Set<string>;
  /** Those whose conditions user code answers in part: they are evaluated at every tick. */
  readonly #asking = new Set<string>();
  readonly #requestedBefore = new Map<string, EntityState>();

  constructor(options: IncrementalOptions) {
    this.#options = options;
    this.#proof = options.proof ?? "if requested";
    this.#states = new Map(Object.entries(options.state.entities));
    this.#unsettled = new Set();
    for (const entity of options.graph.order) {
      if (!this.#isAutomated(entity)) continue;
      const reads = readsOf(entity, options.graph);
      this.#reads.set(entity.key, reads);
      this.#unsettled.add(entity.key);
      if (reads.asksCode && options.asksCode !== false) this.#asking.add(entity.key);
      for (const key of reads.entities) {
        const readers = this.#readers.get(key);
        if (readers === undefined) this.#readers.set(key, [entity]);
        else readers.push(entity);
      }
    }
  }

  /** Everything that is to be remembered now. */
  get state(): AutomationState {
    return { entities: Object.fromEntries(this.#states) };
  }

  tick({ facts, now, changed, before }: IncrementalTick): IncrementalResult {
    const { graph, select } = this.#options;
    const tick = new Tick({ graph, select, facts, now, state: this.#live() });
    const queue = new PlaceQueue(graph);
    const add = (key: string) => queue.add(graph.find(key) as Entity);
    for (const key of this.#unsettled) add(key);
    this.#unsettled = new Set(this.#asking);
    for (const key of changed) this.#wakeReaders(key, queue);
    for (const key of this.#timers.due(tick.nowMs)) add(key);
    const states = new Map<string, EntityState | undefined>();
    const proofs = new Map<EntityKey, ProofNode>();
    let evaluated = 0;
    let told = 0;
    for (let entity = queue.take(); entity !== undefined; entity = queue.take()) {
      before?.(entity, tick);
      evaluated += 1;
      const { state, proof, isSettled } = evaluateEntity(entity, tick, { proof: this.#proof });
      states.set(entity.key, state);
      if (proof !== undefined) proofs.set(entity.key, proof);
      if (!isSettled) this.#unsettled.add(entity.key);
      this.#setTimer(entity, tick);
      if (tick.requested.size === told) continue;
      told = tick.requested.size;
      for (const key of entity.together) this.#wakeReaders(key, queue);
    }
    this.#keep(tick, states);
    return {
      requested: decisionsOf(tick),
      states,
      proofs,
      evaluated,
      nextWake: this.#unsettled.size > 0 ? tick.nowMs : this.#timers.next,
    };
  }

  #setTimer({ key }: Entity, tick: Tick): void {
    const reads = this.#reads.get(key) as ConditionReads;
    this.#timers.set(key, nextMoment(reads, this.#options.graph, tick.crons));
  }

  #keep(tick: Tick, states: Map<string, EntityState | undefined>): void {
    // One without a condition that was requested with another is new for one tick.
    for (const [key, state] of this.#requestedBefore)
      if (!states.has(key)) states.set(key, { ...state, requested: null });
    const requested = requestedStates(tick, (key) => states.get(key) ?? this.#states.get(key));
    this.#requestedBefore.clear();
    for (const [key, state] of requested) {
      states.set(key, state);
      this.#requestedBefore.set(key, state);
      this.#wakeNext(key);
    }
    for (const [key, state] of states) {
      const isAutomated = this.#reads.has(key);
      if (state === undefined || (!isAutomated && state.requested === null)) {
        this.#states.delete(key);
        states.set(key, undefined);
      } else this.#states.set(key, state);
    }
  }

  /** What was requested is `newly_requested` at the next tick, for itself and for whoever reads it. */
  #wakeNext(key: string): void {
    for (const reader of this.#readers.get(key) ?? []) this.#unsettled.add(reader.key);
  }

  #wakeReaders(key: string, queue: PlaceQueue): void {
    for (const reader of this.#readers.get(key) ?? []) queue.add(reader);
  }

  #isAutomated(entity: Entity): boolean {
    return entity.condition !== undefined && this.#options.group?.has(entity.key) !== false;
  }

  /** The state as `Tick` reads it, without copying it. */
  #live(): AutomationState {
    const states = this.#states;
    return { entities: new Proxy({}, { get: (_target, key) => states.get(String(key)) }) };
  }
}

/** Entities in their order, also while more are added behind the one that was taken last. */
class PlaceQueue {
  readonly #graph: EntityGraph;
  readonly #places = new MinHeap<Entity>();
  readonly #waiting = new Set<number>();
  #last = -1;

  constructor(graph: EntityGraph) {
    this.#graph = graph;
  }

  /** Those at or before the one that was taken last are passed over: they could not have seen what came later. */
  add(entity: Entity): void {
    const place = this.#graph.placeOf(entity);
    if (place <= this.#last || this.#waiting.has(place)) return;
    this.#waiting.add(place);
    this.#places.push(place, entity);
  }

  take(): Entity | undefined {
    const rank = this.#places.first?.rank;
    if (rank === undefined) return undefined;
    this.#waiting.delete(rank);
    this.#last = rank;
    return this.#places.pop();
  }
}
