import type { AssetKey } from "../core/asset-key.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { BackfillPolicy } from "../core/policies.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import type { EntityKey } from "./automation-facts.ts";
import { type BackfillEdge, backfillEdge } from "./backfill-edge.ts";
import { partitionsPerRun } from "./backfill-runs.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import { type Universe, universeOf } from "./universe.ts";

/** One asset of a backfill. */
export interface BackfillNode {
  readonly key: AssetKey;
  readonly entity: Entity;
  readonly universe: Universe;
  /** Place in `BackfillGraph.groups`. */
  readonly group: number;
  /** What it waits for within the backfill; `upstream` is a place in `BackfillGraph.nodes`, its own for a self-dep. */
  readonly edges: readonly (BackfillEdge & { readonly upstream: number })[];
  /** What it reads of assets outside the backfill, which count as up to date. */
  readonly outside: readonly BackfillEdge[];
  /** Places of those that run with it or not at all; not its own. */
  readonly together: readonly number[];
}

/** Assets whose partitions share runs. */
export interface BackfillGroup {
  readonly nodes: readonly number[];
  /** Partitions that a run takes; Infinity for all without a gap. */
  readonly size: number;
  /** Whether a run's partitions have no gap. Those of several dimensions have no neighbours, so there a run has all. */
  readonly isUnbroken: boolean;
}

/** The assets of a backfill, each after those that it waits for, and who runs with whom. */
export interface BackfillGraph {
  readonly nodes: readonly BackfillNode[];
  /** Each after those that it waits for. */
  readonly groups: readonly BackfillGroup[];
  /** For each node, who waits for it: places of the node and of the edge in its list. */
  readonly downstream: readonly (readonly {
    readonly node: number;
    readonly edge: number;
  }[])[];
}

/**
 * Assets share a run where they have the same partitions definition and policy and each needs of the others only the
 * same partition; never where something outside the run stands between them.
 */
export function backfillGraph(
  graph: EntityGraph,
  chosen: Iterable<AssetKey>,
  { moment, policy }: { readonly moment: PartitionMoment; readonly policy?: BackfillPolicy | undefined },
): BackfillGraph {
  const wanted = new Set<EntityKey>(chosen);
  const entities = graph.order.filter(({ key }) => wanted.has(key));
  const places = new Map<EntityKey, number>(entities.map(({ key }, place) => [key, place]));
  const universes = new Map<string, Universe>();
  const universeOfEntity = ({ partitions }: Entity): Universe => {
    const text = canonicalJson(partitions ?? null);
    const known = universes.get(text) ?? universeOf(partitions, moment);
    universes.set(text, known);
    return known;
  };
  const edgesOf = (entity: Entity): BackfillNode["edges"] =>
    readsOf(graph, entity, wanted).map(({ upstream, isDirect }) => {
      const place = places.get(upstream) as number;
      const sides = {
        downstream: universeOfEntity(entity),
        upstream: universeOfEntity(entities[place] as Entity),
      };
      const mapping = isDirect ? graph.mappingOf(entity, upstream) : "everything";
      return { upstream: place, ...backfillEdge(sides, { mapping, moment }) };
    });
  const edges = entities.map(edgesOf);
  const outsideOf = (entity: Entity): BackfillEdge[] =>
    entity.deps.flatMap((dep) => {
      const upstream = wanted.has(dep) ? undefined : graph.find(dep);
      if (upstream?.partitions === undefined) return [];
      const sides = { downstream: universeOfEntity(entity), upstream: universeOfEntity(upstream) };
      return [backfillEdge(sides, { mapping: graph.mappingOf(entity, dep), moment })];
    });
  const together = entities.map((entity, place) =>
    entity.together.flatMap((key) => {
      const other = places.get(key);
      return other === undefined || other === place ? [] : [other];
    }),
  );
  const signatures = entities.map(({ partitions, asset }, place) =>
    canonicalJson([
      partitions ?? null,
      partitions === undefined ? "" : String(partitionsPerRun(policy ?? asset?.backfillPolicy)),
      edges[place]?.some(({ upstream }) => upstream === place) === true,
    ]),
  );
  const groupOf = grouped({ edges, together, signatures });
  const count = groupOf.reduce((most, group) => Math.max(most, group + 1), 0);
  const members = Array.from({ length: count }, (): number[] => []);
  for (const [place, group] of groupOf.entries()) members[group]?.push(place);
  const downstream = entities.map((): { node: number; edge: number }[] => []);
  for (const [node, own] of edges.entries())
    for (const [edge, { upstream }] of own.entries()) downstream[upstream]?.push({ node, edge });
  return {
    nodes: entities.map((entity, place) => ({
      key: entity.key as AssetKey,
      entity,
      universe: universeOfEntity(entity),
      group: groupOf[place] as number,
      edges: edges[place] ?? [],
      outside: outsideOf(entity),
      together: together[place] ?? [],
    })),
    groups: members.map((nodes) => {
      const { partitions, asset } = entities[nodes[0] as number] as Entity;
      const size = partitions === undefined ? 1 : partitionsPerRun(policy ?? asset?.backfillPolicy);
      return { nodes, size, isUnbroken: partitions?.type !== "multi" || Number.isFinite(size) };
    }),
    downstream,
  };
}

interface Read {
  readonly upstream: EntityKey;
  /** Otherwise through assets that nobody makes. */
  readonly isDirect: boolean;
}

/** Chosen assets that it reads, also through assets that nobody makes. */
function readsOf(graph: EntityGraph, entity: Entity, wanted: ReadonlySet<EntityKey>): Read[] {
  const direct = entity.deps.filter((key) => wanted.has(key));
  const found = new Set<EntityKey>(direct);
  const behind: EntityKey[] = [];
  const seen = new Set<EntityKey>();
  const queue = entity.deps.filter((key) => isPassedThrough(graph, key, wanted));
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    for (const dep of graph.find(key)?.deps ?? []) {
      if (isPassedThrough(graph, dep, wanted)) queue.push(dep);
      else if (wanted.has(dep) && !found.has(dep) && dep !== entity.key) {
        found.add(dep);
        behind.push(dep);
      }
    }
  }
  return [
    ...direct.map((upstream) => ({ upstream, isDirect: true })),
    ...behind.map((upstream) => ({ upstream, isDirect: false })),
  ];
}

function isPassedThrough(graph: EntityGraph, key: EntityKey, wanted: ReadonlySet<EntityKey>): boolean {
  const entity = graph.find(key);
  return entity !== undefined && !wanted.has(key) && entity.asset?.step === undefined;
}

/** The group of each node, numbered so that each group comes after those that it waits for. */
function grouped({
  edges,
  together,
  signatures,
}: {
  readonly edges: readonly BackfillNode["edges"][];
  readonly together: readonly (readonly number[])[];
  readonly signatures: readonly string[];
}): number[] {
  const units = unitsInOrder(edges, together);
  const groupOf = new Array<number>(edges.length).fill(-1);
  const upstreamOf: Set<number>[] = [];
  const alike = new Map<string, number[]>();
  const reaches = (from: number, to: ReadonlySet<number>): boolean => {
    const seen = new Set<number>();
    const queue = [...to];
    for (let group = queue.pop(); group !== undefined; group = queue.pop()) {
      if (group === from) return true;
      if (seen.has(group)) continue;
      seen.add(group);
      queue.push(...(upstreamOf[group] ?? []));
    }
    return false;
  };
  for (const unit of units) {
    const reads = unit
      .flatMap((place) => edges[place] ?? [])
      .filter(({ upstream }) => !unit.includes(upstream));
    const above = new Set(reads.map(({ upstream }) => groupOf[upstream] as number));
    const signature = [...new Set(unit.map((place) => signatures[place]))].toSorted().join("\n");
    const candidates = alike.get(signature) ?? [];
    const fits = (group: number): boolean => {
      const isOutside = (upstream: number) => groupOf[upstream] !== group;
      if (reads.some(({ upstream, isSame }) => !isOutside(upstream) && !isSame)) return false;
      const others = new Set([...above].filter((one) => one !== group));
      return !reaches(group, others);
    };
    let group = candidates.find(fits);
    if (group === undefined) {
      group = upstreamOf.length;
      upstreamOf.push(new Set());
      alike.set(signature, [...candidates, group]);
    }
    for (const place of unit) groupOf[place] = group;
    for (const one of above) if (one !== group) upstreamOf[group]?.add(one);
  }
  return inOrder(groupOf, upstreamOf);
}

/** Nodes that run together are one unit; each unit after those that it reads. */
function unitsInOrder(
  edges: readonly BackfillNode["edges"][],
  together: readonly (readonly number[])[],
): number[][] {
  const units: number[][] = [];
  const done = new Set<number>();
  // A member may read what comes later than another member: everything above the whole unit goes first.
  const visit = (start: number): void => {
    const stack: { readonly unit: readonly number[]; readonly above: number[] }[] = [];
    const open = (place: number): void => {
      if (done.has(place)) return;
      const unit = [place, ...(together[place] ?? [])].toSorted((a, b) => a - b);
      for (const one of unit) done.add(one);
      stack.push({
        unit,
        above: unit.flatMap((one) => (edges[one] ?? []).map(({ upstream }) => upstream)),
      });
    };
    open(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.above.pop();
      if (next !== undefined) open(next);
      else {
        units.push([...top.unit]);
        stack.pop();
      }
    }
  };
  for (const place of edges.keys()) visit(place);
  return units;
}

/** A group that an asset joined late may wait for a group of a higher number: numbers follow the order. */
function inOrder(groupOf: readonly number[], upstreamOf: readonly ReadonlySet<number>[]): number[] {
  const place = new Map<number, number>();
  const visit = (group: number): void => {
    if (place.has(group)) return;
    place.set(group, -1);
    for (const above of upstreamOf[group] ?? []) visit(above);
    place.set(group, [...place.values()].filter((at) => at >= 0).length);
  };
  for (const group of upstreamOf.keys()) visit(group);
  return groupOf.map((group) => place.get(group) as number);
}
