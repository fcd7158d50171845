import type { RunId } from "../core/run.ts";
import {
  eachOrdinal,
  intersectOrdinals,
  noOrdinals,
  type Ordinals,
  subtractOrdinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import type { BackfillGraph, BackfillNode } from "./backfill-graph.ts";

/** Partitions of one asset, each in one of the sets. */
export interface NodeProgress {
  readonly waiting: Ordinals;
  readonly running: Ordinals;
  readonly done: Ordinals;
  readonly failed: Ordinals;
  readonly blocked: Ordinals;
}

/** A run that has not ended; its partitions are the same of all its assets. */
export interface RunningPart {
  readonly id: RunId;
  readonly nodes: readonly number[];
  readonly partitions: Ordinals;
}

/** Where a backfill stands, in numbers of partitions; lists go by the places of `BackfillGraph.nodes`. */
export interface BackfillProgress {
  readonly nodes: readonly NodeProgress[];
  readonly runs: readonly RunningPart[];
  /**
   * For each edge that is not cheap (by node and place in its list): partitions that wait for some upstream one. Kept
   * from one step to the next, so that each costs what has changed.
   */
  readonly unready: ReadonlyMap<string, Ordinals>;
}

/** A run that ended. */
export interface EndedPart {
  readonly id: RunId;
  /** What it brought up to date, by node; `all` for one that succeeded. */
  readonly made: ReadonlyMap<number, Ordinals> | "all";
  /** What becomes of what it did not: it failed, or waits as if it had never been asked for. */
  readonly rest?: "waits";
}

export function startProgress(
  graph: BackfillGraph,
  nodes: readonly NodeProgress[],
  runs: readonly RunningPart[] = [],
): BackfillProgress {
  const unready = new Map<string, Ordinals>();
  for (const [place, { edges }] of graph.nodes.entries()) {
    for (const [number, edge] of edges.entries()) {
      if (edge.isCheap) continue;
      const undone = undoneOf(nodes[edge.upstream] as NodeProgress);
      unready.set(
        edgeKey(place, number),
        intersectOrdinals(edge.touches(undone), (nodes[place] as NodeProgress).waiting),
      );
    }
  }
  return { nodes, runs, unready };
}

/** What is asked for and not done, whatever became of it. */
export function undoneOf({ waiting, running, failed, blocked }: NodeProgress): Ordinals {
  return [running, failed, blocked].reduce(uniteOrdinals, waiting);
}

/** What ended runs did, and what their failures block. A run that is not known changes nothing. */
export function settleBackfill(
  graph: BackfillGraph,
  progress: BackfillProgress,
  ended: readonly EndedPart[],
): BackfillProgress {
  const nodes = [...progress.nodes];
  const unready = new Map(progress.unready);
  const byId = new Map(ended.map((one) => [one.id, one]));
  const runs = progress.runs.filter(({ id }) => !byId.has(id));
  const bad: Change[] = [];
  for (const run of progress.runs) {
    const { made, rest } = byId.get(run.id) ?? {};
    if (made === undefined) continue;
    for (const node of run.nodes) {
      const before = nodes[node] as NodeProgress;
      const running = subtractOrdinals(before.running, run.partitions);
      const done = made === "all" ? run.partitions : intersectOrdinals(made.get(node) ?? [], run.partitions);
      const failed = subtractOrdinals(run.partitions, done);
      const settled = { ...before, running, done: uniteOrdinals(before.done, done) };
      if (rest === "waits") {
        nodes[node] = { ...settled, waiting: uniteOrdinals(before.waiting, failed) };
        continue;
      }
      nodes[node] = { ...settled, failed: uniteOrdinals(before.failed, failed) };
      if (failed.length > 0) bad.push({ node, partitions: failed });
    }
  }
  for (const run of progress.runs) {
    if (!byId.has(run.id)) continue;
    for (const node of run.nodes) release(graph, { nodes, unready }, { node, partitions: run.partitions });
  }
  block(graph, nodes, bad);
  return { nodes, runs, unready };
}

/** Everything that is not done waits again, with all that it blocked. */
export function askAgain(graph: BackfillGraph, progress: BackfillProgress): BackfillProgress {
  return startProgress(
    graph,
    progress.nodes.map((node) => ({
      ...node,
      waiting: [node.failed, node.blocked].reduce(uniteOrdinals, node.waiting),
      failed: noOrdinals,
      blocked: noOrdinals,
    })),
    progress.runs,
  );
}

interface Change {
  readonly node: number;
  readonly partitions: Ordinals;
}

/** Of what waited for these partitions, looks which wait for nothing more. */
function release(
  graph: BackfillGraph,
  { nodes, unready }: { readonly nodes: readonly NodeProgress[]; readonly unready: Map<string, Ordinals> },
  { node: upstream, partitions }: Change,
): void {
  for (const { node, edge: number } of graph.downstream[upstream] ?? []) {
    const edge = (graph.nodes[node] as BackfillNode).edges[number];
    const key = edgeKey(node, number);
    const before = unready.get(key);
    if (edge === undefined || before === undefined) continue;
    const undone = undoneOf(nodes[upstream] as NodeProgress);
    let after = before;
    for (const ordinal of eachOrdinal(intersectOrdinals(edge.touches(partitions), before))) {
      const one: Ordinals = [[ordinal, ordinal + 1]];
      if (intersectOrdinals(edge.needs(one), undone).length === 0) after = subtractOrdinals(after, one);
    }
    unready.set(key, after);
  }
}

/** What needs these partitions is not tried any more, and so on downstream. */
function block(graph: BackfillGraph, nodes: NodeProgress[], bad: Change[]): void {
  for (let change = bad.pop(); change !== undefined; change = bad.pop()) {
    const { node: upstream, partitions } = change;
    for (const { node, edge: number } of graph.downstream[upstream] ?? []) {
      const edge = (graph.nodes[node] as BackfillNode).edges[number];
      if (edge === undefined) continue;
      for (const place of [node, ...(graph.nodes[node] as BackfillNode).together]) {
        const before = nodes[place] as NodeProgress;
        const blocked = intersectOrdinals(edge.touches(partitions), before.waiting);
        if (blocked.length === 0) continue;
        nodes[place] = {
          ...before,
          waiting: subtractOrdinals(before.waiting, blocked),
          blocked: uniteOrdinals(before.blocked, blocked),
        };
        bad.push({ node: place, partitions: blocked });
      }
    }
  }
}

export function edgeKey(node: number, edge: number): string {
  return `${node}/${edge}`;
}
