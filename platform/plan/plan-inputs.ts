import type { AssetKey } from "../core/asset-key.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { PlannedInput } from "../core/run-plan.ts";
import { readersOf } from "./chosen-graph.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import type { KnownPartitions, Slice } from "./slice-steps.ts";
import { upstreamPartitions } from "./upstream-partitions.ts";

/**
 * What a slice may read: the deps of its assets that it does not make itself, what the assets of its graph need of
 * others, and the assets of its checks.
 */
export function planInputs(index: DefinitionsIndex, slice: Slice, known: KnownPartitions): PlannedInput[] {
  const { assets, checks } = slice.step;
  const made = new Set(assets.map((asset) => asset.key));
  const inputs = new Map<AssetKey, PlannedInput>();
  const add = (upstreamKey: AssetKey, reader: Asset | undefined) => {
    const upstream = index.assets.get(upstreamKey);
    const io = upstream?.io ?? index.definitions.io;
    const partitions = upstream && upstreamPartitions({ asset: reader, upstream }, slice, known);
    const input = { asset: upstreamKey, io, ...partitionColumn(upstream) };
    inputs.set(upstreamKey, united(inputs.get(upstreamKey), input, partitions));
  };
  for (const { asset, deps } of readersOf(slice.step)) {
    for (const dep of deps) if (!made.has(dep) || dep === asset.key) add(dep, asset);
  }
  for (const check of checks) {
    const asset = index.assets.get(check.asset);
    if (!made.has(check.asset)) add(check.asset, asset);
    for (const dep of check.additionalDeps) if (!made.has(dep)) add(dep, asset);
  }
  return [...inputs.values()];
}

/** What the asset's metadata `partition_column` names. */
function partitionColumn(upstream: Asset | undefined): Pick<PlannedInput, "partitionColumn"> {
  const named = upstream?.metadata?.["partition_column"];
  return named?.type === "text" && named.value !== "" ? { partitionColumn: named.value } : {};
}

/** Two assets of one step may read different slices of the same upstream. */
function united(
  before: PlannedInput | undefined,
  input: Pick<PlannedInput, "asset" | "io" | "partitionColumn">,
  partitions: readonly string[] | "every" | undefined,
): PlannedInput {
  if (partitions === "every" || before?.everyPartition === true) return { ...input, everyPartition: true };
  if (partitions === undefined) return input;
  return { ...input, partitions: [...new Set([...(before?.partitions ?? []), ...partitions])] };
}
