import type { BackfillAssetState, BackfillCounts, BackfillState } from "../core/backfill.ts";
import type { PartitionSet } from "../core/partitions.ts";
import {
  countOrdinals,
  intersectOrdinals,
  noOrdinals,
  type Ordinals,
  subtractOrdinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import { resolvePartitionSet } from "../partition/partition-set.ts";
import type { BackfillGraph } from "./backfill-graph.ts";
import {
  type BackfillProgress,
  type NodeProgress,
  type RunningPart,
  startProgress,
  undoneOf,
} from "./backfill-progress.ts";
import type { Universe } from "./universe.ts";

/** The progress as it is stored: by key text, because numbers of partitions shift where definitions change. */
export function encodeBackfill(
  { nodes }: BackfillGraph,
  progress: BackfillProgress,
): Pick<BackfillState, "assets" | "runs"> {
  return {
    assets: Object.fromEntries(
      nodes.map(({ key, universe }, place) => [
        key,
        assetState(universe, progress.nodes[place] as NodeProgress),
      ]),
    ),
    runs: progress.runs.map(({ id, nodes: places, partitions }) => ({
      id,
      assets: places.flatMap((place) => nodes[place]?.key ?? []),
      partitions: nodes[places[0] as number]?.universe.encode(partitions) ?? { kind: "keys", keys: [] },
    })),
  };
}

function assetState({ encode }: Universe, node: NodeProgress): BackfillAssetState {
  return {
    targets: encode(uniteOrdinals(undoneOf(node), node.done)),
    left: encode(uniteOrdinals(node.waiting, node.running)),
    failed: encode(node.failed),
    blocked: encode(node.blocked),
    counts: countsOf(node),
  };
}

export function countsOf(node: NodeProgress): BackfillCounts {
  const { waiting, running, done, failed, blocked } = node;
  const counts = {
    done: countOrdinals(done),
    running: countOrdinals(running),
    waiting: countOrdinals(waiting),
    failed: countOrdinals(failed),
    blocked: countOrdinals(blocked),
  };
  return { total: Object.values(counts).reduce((sum, count) => sum + count, 0), ...counts };
}

/**
 * The stored progress in numbers of the partitions that there are now. What definitions have lost meanwhile is left out
 * and told in words.
 */
export function decodeBackfill(
  graph: BackfillGraph,
  { assets, runs: stored }: Pick<BackfillState, "assets" | "runs">,
): { readonly progress: BackfillProgress; readonly lost: readonly string[] } {
  const places = new Map<string, number>(graph.nodes.map(({ key }, place) => [key, place]));
  const lost = Object.entries(assets).flatMap(([key, { left }]) =>
    places.has(key) || left === null ? [] : [`\`${key}\` is not defined any more`],
  );
  const runs = stored.flatMap(({ id, assets: keys, partitions }): RunningPart[] => {
    const nodes = keys.flatMap((key) => places.get(key) ?? []);
    const [first] = nodes;
    return first === undefined
      ? []
      : [{ id, nodes, partitions: graph.nodes[first]?.universe.decode(partitions) ?? noOrdinals }];
  });
  const nodes = graph.nodes.map(({ key, universe }, place): NodeProgress => {
    const { targets, left, failed, blocked } = assets[key] as BackfillAssetState;
    const gone = unknownOf(targets, universe);
    if (gone !== undefined) lost.push(`\`${key}\` has no partition \`${gone}\` any more`);
    const all = universe.decode(targets);
    const open = intersectOrdinals(universe.decode(left), all);
    const running = intersectOrdinals(
      open,
      runs
        .filter((run) => run.nodes.includes(place))
        .map(({ partitions }) => partitions)
        .reduce(uniteOrdinals, noOrdinals),
    );
    const bad = { failed: universe.decode(failed), blocked: universe.decode(blocked) };
    return {
      waiting: subtractOrdinals(open, running),
      running,
      ...bad,
      done: [open, bad.failed, bad.blocked].reduce<Ordinals>(subtractOrdinals, all),
    };
  });
  return { progress: startProgress(graph, nodes, runs), lost };
}

function unknownOf(set: PartitionSet | null, { keys }: Universe): string | undefined {
  if (set === null || keys === undefined) return undefined;
  return resolvePartitionSet(set, keys).unknown[0];
}
