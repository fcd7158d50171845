import { ChosenGraph, type Read } from "./chosen-graph.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import type { KnownPartitions, Slice } from "./slice-steps.ts";
import { upstreamPartitions } from "./upstream-partitions.ts";

/**
 * For each slice, by its place in the flat list, the places that it waits for, ascending.
 *
 * A slice waits for those that make the slices it reads, and where these have blocking checks for their answers.
 * External assets are looked through; what else was not chosen counts as up to date.
 */
export function waitsOf(
  index: DefinitionsIndex,
  slices: readonly (readonly Slice[])[],
  known: KnownPartitions,
): number[][] {
  const flat = slices.flat();
  const graph = new ChosenGraph(index, flat);
  const mappedPartitions = ({ asset, upstream }: Read, slice: Slice): readonly string[] | undefined => {
    const upstreamAsset = index.assets.get(upstream);
    if (upstreamAsset === undefined || asset === "any") return undefined;
    const read = upstreamPartitions({ asset, upstream: upstreamAsset }, slice, known);
    return read === "every" ? undefined : read;
  };
  return flat.map((slice, place) => {
    const before = new Set<number>();
    for (const read of graph.readsOf(slice)) {
      const mapped = mappedPartitions(read, slice);
      for (const maker of graph.makersOf(read.upstream, mapped)) {
        // Slices of one step wait for each other only where an asset reads earlier partitions of its own step.
        if (mapped !== undefined || flat[maker]?.step !== slice.step) before.add(maker);
      }
      // A check is asked even where another one did not pass.
      if (slice.step.spec.execution === "check") continue;
      for (const blocker of graph.blockersOf(read.upstream)) before.add(blocker);
    }
    before.delete(place);
    return [...before].toSorted((a, b) => a - b);
  });
}
