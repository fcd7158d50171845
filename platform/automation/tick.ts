import type { AutomationCondition } from "../core/condition.ts";
import type { Ordinals } from "../partition/ordinals.ts";
import type { AutomationFacts, EntityKey } from "./automation-facts.ts";
import type { AutomationState, EntityState, NodeState } from "./automation-state.ts";
import { CronMoments } from "./cron-moments.ts";
import { type DepMapping, depMapping } from "./dep-mapping.ts";
import { type EntityFacts, entityFacts } from "./entity-facts.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import type { SelectionSet } from "./evaluate.ts";
import type { ProofNode } from "./proof.ts";
import type { TrueSet } from "./true-set.ts";
import { type Universe, universeOf } from "./universe.ts";

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
  readonly #universes = new Map<string, Universe>();
  readonly #facts = new Map<string, EntityFacts>();
  readonly #mappings = new Map<string, DepMapping>();

  constructor(given: {
    readonly graph: EntityGraph;
    readonly facts: AutomationFacts;
    readonly state: AutomationState;
    readonly now: Temporal.Instant;
    readonly select: (selection: string) => SelectionSet;
  }) {
    this.graph = given.graph;
    this.facts = given.facts;
    this.state = given.state;
    this.select = given.select;
    this.nowMs = given.now.epochMilliseconds;
    this.crons = new CronMoments(this.nowMs);
    this.#moment = { now: given.now, dynamicKeys: given.facts.dynamicKeys };
  }

  universe(entity: Entity): Universe {
    let universe = this.#universes.get(entity.key);
    if (universe === undefined) {
      universe = universeOf(entity.partitions, this.#moment);
      this.#universes.set(entity.key, universe);
    }
    return universe;
  }

  factsOf(entity: Entity): EntityFacts {
    let facts = this.#facts.get(entity.key);
    if (facts === undefined) {
      facts = entityFacts(entity, this.universe(entity), this.facts);
      this.#facts.set(entity.key, facts);
    }
    return facts;
  }

  mapping(downstream: Entity, upstream: Entity): DepMapping {
    const name = `${downstream.key}\n${upstream.key}`;
    let mapping = this.#mappings.get(name);
    if (mapping === undefined) {
      mapping = depMapping(this.universe(downstream), this.universe(upstream), {
        mapping: this.graph.mappingOf(downstream, upstream.key),
        moment: this.#moment,
      });
      this.#mappings.set(name, mapping);
    }
    return mapping;
  }

  /** State of an entity's last evaluation; nothing where its partitions are of another kind now. */
  previous(entity: Entity): EntityState | undefined {
    const state = this.state.entities[entity.key];
    return state?.kind === this.universe(entity).kind ? state : undefined;
  }
}

/** The evaluation of one entity's condition. */
export interface Evaluation {
  readonly tick: Tick;
  readonly root: Entity;
  /** Absent for a first evaluation. */
  readonly previous: EntityState | undefined;
  readonly nodes: Map<string, NodeState>;
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
