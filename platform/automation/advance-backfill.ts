import type { BackfillOrder, BackfillStatus } from "../core/backfill.ts";
import {
  intersectOrdinals,
  noOrdinals,
  type Ordinals,
  ordinalsOfIntervals,
  subtractOrdinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import type { BackfillGraph, BackfillGroup, BackfillNode } from "./backfill-graph.ts";
import { type BackfillProgress, edgeKey, type NodeProgress, undoneOf } from "./backfill-progress.ts";

/** What one run is to do: the same partitions of each of the assets, which are places of `BackfillGraph.nodes`. */
export interface BackfillPart {
  readonly nodes: readonly number[];
  readonly partitions: Ordinals;
}

/**
 * The runs that a backfill asks for next: parts whose upstream partitions are all done, at most as many as there is
 * room for. What is furthest downstream goes first, so that what was begun is brought to its end.
 */
export function nextBackfillRuns(
  graph: BackfillGraph,
  progress: BackfillProgress,
  { room, order }: { readonly room: number; readonly order: BackfillOrder },
): BackfillPart[] {
  const parts: BackfillPart[] = [];
  for (const group of graph.groups.toReversed()) {
    for (const part of partsOf(graph, progress, { group, order })) {
      if (parts.length >= room) return parts;
      parts.push(part);
    }
  }
  return parts;
}

/** The parts became runs, whose ids stand in the same order. */
export function launchParts(
  progress: BackfillProgress,
  launched: readonly (BackfillPart & { readonly id: BackfillProgress["runs"][number]["id"] })[],
): BackfillProgress {
  const nodes = [...progress.nodes];
  for (const { nodes: places, partitions } of launched) {
    for (const place of places) {
      const before = nodes[place] as NodeProgress;
      nodes[place] = {
        ...before,
        waiting: subtractOrdinals(before.waiting, partitions),
        running: uniteOrdinals(before.running, partitions),
      };
    }
  }
  return { ...progress, nodes, runs: [...progress.runs, ...launched] };
}

/** What a backfill is, once nothing of it waits or runs; `undefined` before. */
export function endOfBackfill(
  { nodes, runs }: BackfillProgress,
  status: BackfillStatus,
): "success" | "failure" | "canceled" | undefined {
  if (runs.length > 0) return undefined;
  if (status === "canceling") return "canceled";
  if (nodes.some(({ waiting }) => waiting.length > 0)) return undefined;
  return nodes.some(({ failed, blocked }) => failed.length + blocked.length > 0) ? "failure" : "success";
}

/** How many runs what waits comes to, if nothing fails. */
export function countBackfillRuns(graph: BackfillGraph, progress: BackfillProgress): number[] {
  return graph.groups.map((group) => {
    const { size, isUnbroken } = group;
    const all = group.nodes.map((place) => (progress.nodes[place] as NodeProgress).waiting);
    const targets = targetsOf(group, progress);
    const segments = segmentsOf(all, [0, Number.POSITIVE_INFINITY]);
    if (!isUnbroken) return new Set(segments.map(({ pattern }) => pattern)).size;
    let count = 0;
    for (const { from, to } of segments) {
      for (const [start, end] of intersectOrdinals([[from, to]], targets)) {
        const [base] = stretchWith(targets, start) as readonly [number, number];
        count += Number.isFinite(size)
          ? Math.floor((end - 1 - base) / size) - Math.floor((start - base) / size) + 1
          : 1;
      }
    }
    return count;
  });
}

function* partsOf(
  graph: BackfillGraph,
  progress: BackfillProgress,
  { group, order }: { readonly group: BackfillGroup; readonly order: BackfillOrder },
): Generator<BackfillPart> {
  const waits = group.nodes.map((place) => (progress.nodes[place] as NodeProgress).waiting);
  const waiting = waits.reduce(uniteOrdinals, noOrdinals);
  if (waiting.length === 0) return;
  const unready = group.nodes
    .map((place) => unreadyOf(graph, progress, { place, group }))
    .reduce(uniteOrdinals, noOrdinals);
  const ready = subtractOrdinals(waiting, unready);
  for (const chunk of chunksOf(group, { ready, targets: targetsOf(group, progress), order })) {
    const inside = intersectOrdinals(waiting, [chunk]);
    if (subtractOrdinals(inside, ready).length > 0) continue;
    const segments = segmentsOf(waits, chunk);
    const parts = (group.isUnbroken ? segments : joined(segments)).map(({ nodes, partitions }) => ({
      nodes: nodes.map((at) => group.nodes[at] as number),
      partitions,
    }));
    for (const part of order === "newest" ? parts.toReversed() : parts)
      if (group.size === 1 || isSelfReady(graph, progress, part)) yield part;
  }
}

/** Waiting partitions of a node that wait for something upstream. */
function unreadyOf(
  graph: BackfillGraph,
  progress: BackfillProgress,
  { place, group }: { readonly place: number; readonly group: BackfillGroup },
): Ordinals {
  const { waiting } = progress.nodes[place] as NodeProgress;
  let unready: Ordinals = noOrdinals;
  for (const [number, edge] of (graph.nodes[place] as BackfillNode).edges.entries()) {
    const isSelf = edge.upstream === place;
    // Within a run of several partitions an asset keeps its own order.
    if (isSelf && group.size > 1) continue;
    const upstream = progress.nodes[edge.upstream] as NodeProgress;
    const isInside = !isSelf && graph.nodes[edge.upstream]?.group === graph.nodes[place]?.group;
    // What waits too in the same group goes into the same run.
    const undone = isInside ? uniteOrdinals(upstream.running, upstream.failed) : undoneOf(upstream);
    if (undone.length === 0) continue;
    const touched = edge.isCheap
      ? edge.touches(undone)
      : (progress.unready.get(edgeKey(place, number)) ?? []);
    unready = uniteOrdinals(unready, intersectOrdinals(touched, waiting));
  }
  return unready;
}

/** Whether the earlier partitions that assets of a run need of themselves are done, or in the run. */
function isSelfReady(
  graph: BackfillGraph,
  progress: BackfillProgress,
  { nodes, partitions }: BackfillPart,
): boolean {
  return nodes.every((place) => {
    const outside = subtractOrdinals(undoneOf(progress.nodes[place] as NodeProgress), partitions);
    return (graph.nodes[place] as BackfillNode).edges.every(
      (edge) => edge.upstream !== place || intersectOrdinals(edge.needs(partitions), outside).length === 0,
    );
  });
}

/** Everything that was asked of a group's assets: it decides where runs begin, so that they stay what they were. */
function targetsOf({ nodes, isUnbroken }: BackfillGroup, progress: BackfillProgress): Ordinals {
  const targets = nodes
    .map((place) => {
      const node = progress.nodes[place] as NodeProgress;
      return uniteOrdinals(undoneOf(node), node.done);
    })
    .reduce(uniteOrdinals, noOrdinals);
  const [first, last] = [targets[0], targets.at(-1)];
  if (isUnbroken || first === undefined || last === undefined) return targets;
  return [[first[0], last[1]]];
}

/** Stretches of at most the group's size that hold something ready. */
function* chunksOf(
  { size }: BackfillGroup,
  {
    ready,
    targets,
    order,
  }: { readonly ready: Ordinals; readonly targets: Ordinals; readonly order: BackfillOrder },
): Generator<readonly [number, number]> {
  const isNewest = order === "newest";
  let last: readonly [number, number] | undefined;
  for (const [from, to] of isNewest ? ready.toReversed() : ready) {
    for (let at = isNewest ? to - 1 : from; at >= from && at < to; ) {
      const [start, end] = stretchWith(targets, at) as readonly [number, number];
      const begin = Number.isFinite(size) ? start + Math.floor((at - start) / size) * size : start;
      const chunk = [begin, Math.min(end, begin + size)] as const;
      if (last?.[0] !== chunk[0]) yield chunk;
      last = chunk;
      at = isNewest ? chunk[0] - 1 : chunk[1];
    }
  }
}

interface Segment {
  readonly from: number;
  readonly to: number;
  readonly nodes: readonly number[];
  readonly pattern: string;
  readonly partitions: Ordinals;
}

/** Stretches without a gap in which the same lists have partitions; `nodes` are places in `lists`. */
function segmentsOf(lists: readonly Ordinals[], within: readonly [number, number]): Segment[] {
  const cut = lists.map((list) => intersectOrdinals(list, [within]));
  const bounds = [...new Set(cut.flatMap((list) => list.flat()))].toSorted((a, b) => a - b);
  return bounds.slice(0, -1).flatMap((from, place): Segment[] => {
    const to = bounds[place + 1] as number;
    const nodes = [...cut.keys()].filter((at) => stretchWith(cut[at] as Ordinals, from) !== undefined);
    if (nodes.length === 0) return [];
    return [{ from, to, nodes, pattern: nodes.join(), partitions: [[from, to]] }];
  });
}

/** One for each pattern, whatever lies between. */
function joined(segments: readonly Segment[]): Segment[] {
  return [...Map.groupBy(segments, ({ pattern }) => pattern).values()].map((some) => ({
    ...(some[0] as Segment),
    to: (some.at(-1) as Segment).to,
    partitions: ordinalsOfIntervals(some.flatMap(({ partitions }) => partitions)),
  }));
}

/** The stretch that holds a number. */
function stretchWith(ordinals: Ordinals, wanted: number): readonly [number, number] | undefined {
  let low = 0;
  let high = ordinals.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = ordinals[middle] as readonly [number, number];
    if (wanted < from) high = middle - 1;
    else if (wanted >= to) low = middle + 1;
    else return [from, to];
  }
  return undefined;
}
