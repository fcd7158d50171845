import type { StepSpec } from "../core/step.ts";
import { ChosenGraph, type Read } from "./chosen-graph.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";
import type { KnownPartitions, Slice } from "./slice-steps.ts";
import { upstreamPartitions } from "./upstream-partitions.ts";

/**
 * For each slice, by its place in the flat list, the places that it waits for, ascending.
 *
 * A slice waits for the steps of its graph that hand it values, for those that make the slices it reads, and where
 * these have blocking checks for their answers.
 * External assets are looked through; what else was not chosen counts as up to date.
 */
export function waitsOf(
  index: DefinitionsIndex,
  slices: readonly (readonly Slice[])[],
  known: KnownPartitions,
): number[][] {
  const flat = slices.flat();
  const graph = new ChosenGraph(index, flat);
  const valueGivers = givers(slices);
  const mappedPartitions = ({ asset, upstream }: Read, slice: Slice): readonly string[] | undefined => {
    const upstreamAsset = index.assets.get(upstream);
    if (upstreamAsset === undefined || asset === "any") return undefined;
    const read = upstreamPartitions({ asset, upstream: upstreamAsset }, slice, known);
    return read === "every" ? undefined : read;
  };
  return flat.map((slice, place) => {
    const before = new Set<number>(valueGivers(slice, place));
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

/** The places of the slices that hand values to one: those of the same partitions. */
function givers(slices: readonly (readonly Slice[])[]): (slice: Slice, place: number) => readonly number[] {
  const firsts = new Map<string, number>();
  let place = 0;
  for (const ofStep of slices) {
    const [slice] = ofStep;
    if (slice?.step.spec.graph !== undefined) firsts.set(slice.step.spec.name, place);
    place += ofStep.length;
  }
  return ({ step: { spec } }, at) => {
    const names = valueSteps(spec);
    if (names.length === 0) return [];
    const offset = at - (firsts.get(spec.name) as number);
    return names.map((name) => {
      const first = firsts.get(name);
      if (first !== undefined) return first + offset;
      throw new PlanError(
        "invalid-wiring",
        `\`${spec.name}\` takes a value from \`${name}\`, which its graph has not`,
      );
    });
  };
}

/** Names of the steps that hand values to one. */
function valueSteps({ inputs = [], mapOver }: StepSpec): string[] {
  const names = inputs.flatMap(({ from }) => from.map(({ step }) => step));
  return mapOver === undefined ? names : [...names, mapOver.step];
}
