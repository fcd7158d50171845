import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { EntityKey } from "./automation-facts.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import type { Decision } from "./evaluate.ts";

/** Entities that one run brings up to date, for one partition or (`null`) without. */
export interface GroupedRun {
  readonly assets: readonly AssetKey[];
  readonly checks: readonly CheckKey[];
  readonly partition: string | null;
}

/** Partitions of each asset that one backfill brings up to date; "" for the unpartitioned one. */
export type GroupedBackfill = ReadonlyMap<EntityKey, readonly string[]>;

/**
 * What a tick requested, as few runs: one for each location, partitions definition and key. Where an asset asks for
 * several partitions and `backfills` is on, it and all requested neighbours become one backfill instead
 * (spec/automation.md §1.8).
 */
export function groupRequests(
  requested: readonly Decision[],
  graph: EntityGraph,
  { backfills }: { readonly backfills: boolean },
): { readonly runs: readonly GroupedRun[]; readonly backfills: readonly GroupedBackfill[] } {
  const decisions = new Map<EntityKey, Decision>(
    requested.map((decision) => [decision.entity.key, decision]),
  );
  const inBackfill = backfills ? backfillKeys(decisions, graph) : new Set<EntityKey>();
  const targets = new Map<EntityKey, readonly string[]>();
  for (const key of inBackfill) {
    const { entity, partitions } = decisions.get(key) as Decision;
    if (entity.check === undefined) targets.set(key, partitions);
  }
  const left = requested.filter(({ entity }) => !inBackfill.has(entity.key));
  return { runs: runsOf(left, decisions), backfills: targets.size === 0 ? [] : [targets] };
}

function backfillKeys(decisions: ReadonlyMap<EntityKey, Decision>, graph: EntityGraph): Set<EntityKey> {
  const found = new Set<EntityKey>();
  const queue = [...decisions.values()]
    .filter(({ entity, partitions }) => partitions.length > 1 && entity.materializable)
    .map(({ entity }) => entity.key);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const entity = decisions.get(key)?.entity;
    if (entity === undefined || !entity.materializable || found.has(key)) continue;
    found.add(key);
    queue.push(...entity.deps, ...graph.childrenOf(key), ...entity.together, ...entity.checks);
  }
  return found;
}

function runsOf(left: readonly Decision[], decisions: ReadonlyMap<EntityKey, Decision>): GroupedRun[] {
  const runs = new Map<string, { assets: AssetKey[]; checks: CheckKey[]; partition: string | null }>();
  const add = (entity: Entity, group: Entity, partition: string): void => {
    const definition = group.partitions === undefined ? null : canonicalJson(group.partitions);
    const name = canonicalJson([partition, definition, group.location]);
    const run = runs.get(name) ?? { assets: [], checks: [], partition: partition === "" ? null : partition };
    runs.set(name, run);
    if (entity.check === undefined) run.assets.push(entity.key as AssetKey);
    else run.checks.push(entity.key as CheckKey);
  };
  for (const { entity, partitions } of left) {
    const asset = entity.check === undefined ? undefined : decisions.get(entity.check.asset);
    // A check goes with its asset's runs where that is requested too.
    if (asset !== undefined) for (const partition of asset.partitions) add(entity, asset.entity, partition);
    else for (const partition of partitions) add(entity, entity, partition);
  }
  return [...runs.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, run]) => run);
}
