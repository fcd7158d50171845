import type { AssetKey } from "../core/asset-key.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { PartitionSet, PartitionsDefinition } from "../core/partitions.ts";
import type { RunRequest } from "../core/run.ts";
import { ordinalsOfNumbers } from "../partition/ordinals.ts";
import { type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import { partitionSetOf } from "../partition/partition-set.ts";
import { backfillRuns } from "./backfill-runs.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import type { Decision } from "./evaluate.ts";
import { type GroupedBackfill, type GroupedRun, groupRequests } from "./group-requests.ts";

type Request = Omit<RunRequest, "tags">;

/**
 * What conditions asked for, as few runs. Several partitions of what goes together become runs by its backfill policy;
 * where one partition waits for another, or several definitions meet, one run keeps the order.
 */
export function requestedRuns(
  requested: readonly Decision[],
  graph: EntityGraph,
  moment: PartitionMoment,
): Request[] {
  const { runs, backfills } = groupRequests(requested, graph, { backfills: true });
  return [
    ...runs.map((run) => requestOf(run, graph)),
    ...backfills.flatMap((backfill) =>
      connectedParts(backfill, graph).flatMap((part) => backfillRequests(part, graph, moment)),
    ),
  ];
}

function requestOf({ assets, checks, partition }: GroupedRun, graph: EntityGraph): Request {
  // Checks ride along with their assets; naming one must not leave the others out.
  const riding = assets.flatMap((key) => graph.find(key)?.checks ?? []);
  return {
    assets,
    ...(checks.length === 0 ? {} : { checks: [...new Set([...riding, ...checks])] }),
    ...(partition === null ? {} : { partitions: { kind: "keys", keys: [partition] } }),
  };
}

function backfillRequests(part: GroupedBackfill, graph: EntityGraph, moment: PartitionMoment): Request[] {
  const entities = [...part.keys()].map((key) => graph.find(key) as Entity);
  const assets = entities.map(({ key }) => key as AssetKey);
  const [first] = entities;
  if (first?.partitions !== undefined && areAlike(entities, part, graph)) {
    const keys = partitionKeys(first.partitions, moment);
    const wanted = ordinalsOfNumbers((part.get(first.key) ?? []).map((key) => keys.indexOf(key)));
    return backfillRuns(wanted, keys, first.asset?.backfillPolicy).map((run) => ({
      assets,
      partitions: partitionSetOf(ordinalsOfNumbers(run.map((key) => keys.indexOf(key))), keys),
    }));
  }
  const slices = entities.flatMap(({ key, partitions }) =>
    partitions === undefined ? [] : [[key, setOf(part.get(key) ?? [], partitions, moment)] as const],
  );
  return [{ assets, slices: Object.fromEntries(slices) }];
}

/** Whether each partition can go apart from the others. */
function areAlike(entities: readonly Entity[], part: GroupedBackfill, graph: EntityGraph): boolean {
  const forms = new Set(
    entities.map(({ key, partitions, asset }) =>
      canonicalJson([partitions ?? null, asset?.backfillPolicy ?? null, part.get(key) ?? []]),
    ),
  );
  const keepsOrder = entities.some((entity) =>
    entity.deps.some((dep) => {
      const mapping = graph.mappingOf(entity, dep);
      return part.has(dep) && mapping !== undefined && mapping.type !== "identity";
    }),
  );
  return forms.size === 1 && !keepsOrder;
}

function setOf(
  wanted: readonly string[],
  definition: PartitionsDefinition,
  moment: PartitionMoment,
): PartitionSet {
  const keys = partitionKeys(definition, moment);
  return partitionSetOf(ordinalsOfNumbers(wanted.map((key) => keys.indexOf(key))), keys);
}

/** Assets that depend on one another, directly or through others of the backfill, stay together. */
function connectedParts(backfill: GroupedBackfill, graph: EntityGraph): GroupedBackfill[] {
  const left = new Set(backfill.keys());
  const parts: GroupedBackfill[] = [];
  for (const start of backfill.keys()) {
    if (!left.delete(start)) continue;
    const found = new Set([start]);
    const queue = [start];
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
      const { deps = [], together = [] } = graph.find(key) ?? {};
      for (const next of [...deps, ...graph.childrenOf(key), ...together]) {
        if (!left.delete(next)) continue;
        found.add(next);
        queue.push(next);
      }
    }
    parts.push(new Map([...backfill].filter(([key]) => found.has(key))));
  }
  return parts;
}
