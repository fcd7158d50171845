import type { AutomationCondition } from "../core/condition.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import type { Ordinals } from "../partition/ordinals.ts";
import type { AutomationFacts, EntityKey } from "./automation-facts.ts";
import type { AutomationState, EntityState, NodeState } from "./automation-state.ts";
import { CronMoments } from "./cron-moments.ts";
import { type DepMapping, depMapping, mappingThrough, unpartitionedMapping } from "./dep-mapping.ts";
import { type EntityFacts, entityFacts } from "./entity-facts.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import type { ProofNode } from "./proof.ts";
import type { SelectionSet } from "./selection-set.ts";
import type { TrueSet } from "./true-set.ts";
import { type Universe, universeOf, unpartitioned } from "./universe.ts";

/** What all evaluations of one tick share; nothing of it changes but what was requested so far. */
export class Tick {
  readonly graph: EntityGraph;
  readonly facts: AutomationFacts;
  readonly state: AutomationState;
  readonly nowMs: number;
  readonly crons: CronMoments;
  readonly requested = new Map<string, Ordinals>();
  readonly select: (selection: string) => SelectionSet;
  readonly #moment: { readonly now: Temporal.Instant; readonly dynamicKeys: AutomationFacts["dynamicKeys"] };
  readonly #known: KnownOfTick;

  constructor(given: TickGiven, known: KnownOfTick = new KnownOfTick()) {
    this.#known = known;
    this.graph = given.graph;
    this.facts = given.facts;
    this.state = given.state;
    this.select = given.select;
    this.nowMs = given.now.epochMilliseconds;
    this.crons = new CronMoments(this.nowMs);
    this.#moment = { now: given.now, dynamicKeys: given.facts.dynamicKeys };
  }

  /** This tick as it is now, whatever is requested later, with the states of the ticks before it. */
  asOfNow(state: AutomationState): Tick {
    const now = Temporal.Instant.fromEpochMilliseconds(this.nowMs);
    const copy = new Tick({ ...this, now, state }, this.#known);
    for (const [key, ordinals] of this.requested) copy.requested.set(key, ordinals);
    return copy;
  }

  universe({ partitions }: Entity): Universe {
    if (partitions === undefined) return unpartitioned;
    const { universes } = this.#known;
    let universe = universes.get(partitions);
    if (universe === undefined) {
      universe = universeOf(partitions, this.#moment);
      universes.set(partitions, universe);
    }
    return universe;
  }

  factsOf(entity: Entity): EntityFacts {
    let facts = this.#known.facts.get(entity);
    if (facts === undefined) {
      facts = entityFacts(entity, this.universe(entity), this.facts);
      this.#known.facts.set(entity, facts);
    }
    return facts;
  }

  mapping(downstream: Entity, upstream: Entity): DepMapping {
    if (downstream.partitions === undefined && upstream.partitions === undefined) return unpartitionedMapping;
    const { mappings } = this.#known;
    const ofDownstream = mappings.get(downstream) ?? new Map<Entity, DepMapping>();
    mappings.set(downstream, ofDownstream);
    let mapping = ofDownstream.get(upstream);
    if (mapping === undefined) {
      const views = this.graph.viewsBetween(downstream, upstream.key);
      mapping =
        views.length > 0
          ? mappingThrough(
              views.map((view) => [this.mapping(downstream, view), this.mapping(view, upstream)]),
            )
          : depMapping(this.universe(downstream), this.universe(upstream), {
              mapping: this.graph.mappingOf(downstream, upstream.key),
              moment: this.#moment,
            });
      ofDownstream.set(upstream, mapping);
    }
    return mapping;
  }

  /** What `find` gives, looked for once for an entity, a reading of its facts and the end of a window. */
  updatesAfter(
    { entity, kind, cursor }: { readonly entity: Entity; readonly kind: string; readonly cursor: number },
    find: () => TrueSet,
  ): TrueSet {
    const { updates } = this.#known;
    const ofEntity = updates.get(entity) ?? new Map<string, TrueSet>();
    updates.set(entity, ofEntity);
    const name = `${kind} ${cursor}`;
    const found = ofEntity.get(name) ?? find();
    ofEntity.set(name, found);
    return found;
  }

  /** State of an entity's last evaluation; nothing where its partitions are of another kind now. */
  previous(entity: Entity): EntityState | undefined {
    const state = this.state.entities[entity.key];
    return state?.kind === this.universe(entity).kind ? state : undefined;
  }
}

interface TickGiven {
  readonly graph: EntityGraph;
  readonly facts: AutomationFacts;
  readonly state: AutomationState;
  readonly now: Temporal.Instant;
  readonly select: (selection: string) => SelectionSet;
}

/** What was worked out of the facts of one moment. */
class KnownOfTick {
  readonly universes = new Map<PartitionsDefinition, Universe>();
  readonly facts = new Map<Entity, EntityFacts>();
  readonly mappings = new Map<Entity, Map<Entity, DepMapping>>();
  readonly updates = new Map<Entity, Map<string, TrueSet>>();
}

/** The evaluation of one entity's condition. */
export interface Evaluation {
  readonly tick: Tick;
  readonly root: Entity;
  /** Absent for a first evaluation. */
  readonly previous: EntityState | undefined;
  readonly nodes: Map<string, NodeState>;
  /** Whether an operand held that holds for one tick only. */
  readonly news: { isFound: boolean };
  /** Conditions of descendants that are being evaluated for `any_downstream_conditions`. */
  readonly downstream: readonly object[];
  /** Answers that are supposed instead of what the facts say; nothing for operands that nothing is supposed of. */
  readonly supposed?: Supposed;
  /** Parts of the node that is being evaluated; absent where nobody wants a proof. */
  parts?: ProofNode[];
}

/** What is supposed of an operand that is asked about some partitions of an entity. */
export type Supposed = (
  condition: AutomationCondition,
  subject: { readonly entity: Entity; readonly candidates: Ordinals },
) => TrueSet | undefined;

export type { EntityKey };
