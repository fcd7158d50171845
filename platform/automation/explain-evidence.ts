import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import { hasOrdinal, intersectOrdinals, type Ordinals } from "../partition/ordinals.ts";
import type { PartitionFacts, UpdateFact } from "./automation-facts.ts";
import type { Entity } from "./entity-graph.ts";
import type { Tick } from "./tick.ts";

/** What is known of some partitions of an entity, for sentences. */
export interface Evidence {
  readonly isFailed: boolean;
  readonly isInRun: boolean;
  /** The newest of them. */
  readonly update: UpdateFact | undefined;
  readonly check: { readonly at: number; readonly passed: boolean; readonly ofLatest: boolean } | undefined;
}

export function evidenceOf(entity: Entity, ordinals: Ordinals, tick: Tick): Evidence {
  if (entity.check !== undefined) {
    const known = tick.facts.check(entity.key as CheckKey);
    return {
      isFailed: known?.failed === true,
      isInRun: known?.inRun === true,
      update: undefined,
      check: known?.evaluated,
    };
  }
  const facts = partitionsOf(entity, ordinals, tick);
  const updates = facts.map((one) => updateOf(one, entity)).filter((update) => update !== undefined);
  return {
    isFailed: facts.some(({ failed }) => failed),
    isInRun:
      facts.some(({ inRun }) => inRun) ||
      intersectOrdinals(tick.factsOf(entity).inBackfill, ordinals).length > 0,
    update: updates.reduce<UpdateFact | undefined>(
      (newest, update) => (newest === undefined || update.cursor > newest.cursor ? update : newest),
      undefined,
    ),
    check: undefined,
  };
}

/** The update of an entity that has this place in the log. */
export function updateAt(entity: Entity, cursor: number, tick: Tick): UpdateFact | undefined {
  for (const facts of tick.factsOf(entity).byOrdinal.values()) {
    for (const update of [facts.materialized, facts.observed])
      if (update !== undefined && (update.cursor === cursor || update.changed.cursor === cursor))
        return update;
  }
  return undefined;
}

function partitionsOf(entity: Entity, ordinals: Ordinals, tick: Tick): PartitionFacts[] {
  const universe = tick.universe(entity);
  return [...(tick.facts.asset(entity.key as AssetKey)?.partitions ?? [])]
    .filter(([key]) => hasOrdinal(ordinals, universe.ordinalOf(key)))
    .map(([, facts]) => facts);
}

/** Of what is only looked at, its observation. */
function updateOf({ materialized, observed }: PartitionFacts, entity: Entity): UpdateFact | undefined {
  return entity.materializable ? materialized : (observed ?? materialized);
}
