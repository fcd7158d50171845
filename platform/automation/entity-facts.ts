import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import { type Ordinals, ordinalsOfNumbers, subtractOrdinals } from "../partition/ordinals.ts";
import type { AutomationFacts, LogMoment, PartitionFacts } from "./automation-facts.ts";
import type { Entity } from "./entity-graph.ts";
import type { Universe } from "./universe.ts";

/** What is known of an entity's partitions, by their ordinals. */
export interface EntityFacts {
  readonly missing: Ordinals;
  readonly inRun: Ordinals;
  readonly inBackfill: Ordinals;
  readonly failed: Ordinals;
  readonly byOrdinal: ReadonlyMap<number, PartitionFacts>;
  readonly check:
    | { readonly evaluated: LogMoment; readonly passed: boolean; readonly ofLatest: boolean }
    | undefined;
}

export function entityFacts(entity: Entity, universe: Universe, facts: AutomationFacts): EntityFacts {
  return entity.check === undefined
    ? factsOfAsset(entity, universe, facts)
    : factsOfCheck(entity, universe, facts);
}

function factsOfAsset(entity: Entity, universe: Universe, facts: AutomationFacts): EntityFacts {
  const byOrdinal = new Map<number, PartitionFacts>();
  const there: number[] = [];
  const inRun: number[] = [];
  const inBackfill: number[] = [];
  const failed: number[] = [];
  for (const [key, partition] of facts.asset(entity.key as AssetKey)?.partitions ?? []) {
    const ordinal = universe.ordinalOf(key);
    if (ordinal < 0) continue;
    byOrdinal.set(ordinal, partition);
    const isThere =
      partition.materialized !== undefined || (!entity.materializable && partition.observed !== undefined);
    if (isThere) there.push(ordinal);
    if (partition.inRun) inRun.push(ordinal);
    if (partition.inBackfill) inBackfill.push(ordinal);
    if (partition.failed) failed.push(ordinal);
  }
  return {
    missing: subtractOrdinals(universe.all, ordinalsOfNumbers(there)),
    inRun: ordinalsOfNumbers(inRun),
    inBackfill: ordinalsOfNumbers(inBackfill),
    failed: ordinalsOfNumbers(failed),
    byOrdinal,
    check: undefined,
  };
}

function factsOfCheck(entity: Entity, { all }: Universe, facts: AutomationFacts): EntityFacts {
  const known = facts.check(entity.key as CheckKey);
  const { evaluated } = known ?? {};
  return {
    missing: evaluated?.ofLatest === true ? [] : all,
    inRun: known?.inRun === true ? all : [],
    inBackfill: [],
    failed: known?.failed === true ? all : [],
    byOrdinal: new Map(),
    check:
      evaluated === undefined
        ? undefined
        : {
            evaluated: { cursor: evaluated.cursor, at: evaluated.at },
            passed: evaluated.passed,
            ofLatest: evaluated.ofLatest,
          },
  };
}
