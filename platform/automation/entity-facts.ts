import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import { noOrdinals, type Ordinals, subtractOrdinals, uniteOrdinals } from "../partition/ordinals.ts";
import type { AssetFacts, AutomationFacts, LogMoment, PartitionFacts } from "./automation-facts.ts";
import type { Entity } from "./entity-graph.ts";
import { partitionsByOrdinal } from "./partitions-by-ordinal.ts";
import type { Universe } from "./universe.ts";

/** What is known of an entity's partitions, by their ordinals. */
export interface EntityFacts {
  readonly missing: Ordinals;
  readonly inRun: Ordinals;
  readonly inBackfill: Ordinals;
  readonly failed: Ordinals;
  readonly byOrdinal: ReadonlyMap<number, PartitionFacts>;
  /** Place in the log of the newest materialization or observation; -1 without any. */
  readonly newest: number;
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
  if (universe.definition === undefined) return factsOfWhole(entity, universe, facts);
  const known = facts.asset(entity.key as AssetKey);
  const { byOrdinal, there, inRun, failed, newest } = partitionsByOrdinal(entity, universe, known ?? unknown);
  return {
    missing: subtractOrdinals(universe.all, there),
    inRun,
    inBackfill: (known?.inBackfill ?? []).map(universe.decode).reduce(uniteOrdinals, noOrdinals),
    failed,
    byOrdinal,
    newest,
    check: undefined,
  };
}

const unknown: AssetFacts = { partitions: new Map() };

const noFacts: ReadonlyMap<number, PartitionFacts> = new Map();

/** The same for an unpartitioned asset, which has one partition. */
function factsOfWhole(entity: Entity, universe: Universe, facts: AutomationFacts): EntityFacts {
  const { all } = universe;
  const asset = facts.asset(entity.key as AssetKey);
  const known = asset?.partitions.get("");
  const { materialized, observed, inRun, failed } = known ?? {};
  const isThere = materialized !== undefined || (!entity.materializable && observed !== undefined);
  return {
    missing: isThere ? noOrdinals : all,
    inRun: inRun === true ? all : noOrdinals,
    inBackfill: (asset?.inBackfill ?? []).map(universe.decode).reduce(uniteOrdinals, noOrdinals),
    failed: failed === true ? all : noOrdinals,
    byOrdinal: known === undefined ? noFacts : new Map([[0, known]]),
    newest: Math.max(materialized?.cursor ?? -1, observed?.cursor ?? -1),
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
    newest: -1,
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
