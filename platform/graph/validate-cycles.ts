import type { AssetSpec } from "../core/asset.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { PartitionMapping } from "../core/partitions.ts";
import { buildAdjacency, type Cycle, findCycles } from "./adjacency.ts";
import type { CollectedAsset } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { placeOf } from "./place.ts";

/** Tells of every group of assets that depend on each other, with the way round, and takes out what closes it. */
export function breakCycles(assets: ReadonlyMap<AssetKey, CollectedAsset>, problems: MergeProblems): void {
  for (const asset of assets.values()) {
    const { spec, component } = asset;
    if (!depsOf(spec).includes(spec.key) || looksBack(spec)) continue;
    problems.report(
      {
        code: "asset-cycle",
        message: `\`${spec.key}\` depends on itself`,
        hint: "an asset with time partitions may depend on its own earlier windows: map them with a time_window whose offsets are both below 0",
        span: placeOf(spec, component, "deps"),
      },
      component,
    );
    asset.spec = { ...spec, deps: depsOf(spec).filter((dep) => dep !== spec.key) };
  }
  const list = [...assets.values()];
  const numbers = new Map(list.map(({ spec }, index) => [spec.key, index]));
  const adjacency = buildAdjacency(list.length, (node) =>
    depsOf((list[node] as CollectedAsset).spec).flatMap((dep) => numbers.get(dep) ?? []),
  );
  for (const cycle of findCycles(adjacency)) reportCycle(cycle, list, problems);
}

function reportCycle(
  { way, group, closing }: Cycle,
  assets: readonly CollectedAsset[],
  problems: MergeProblems,
): void {
  const hops = way.map((node) => assets[node] as CollectedAsset);
  const keys = hops.map(({ spec }) => spec.key);
  const first = hops[0] as CollectedAsset;
  const further = group.length - way.length;
  problems.report(
    {
      code: "asset-cycle",
      message: `assets depend on each other in a circle: ${[...keys, first.spec.key].map((key) => `\`${key}\``).join(" ← ")}`,
      hint: further === 0 ? undefined : `${further} more assets are part of circles with these`,
      span: placeOf(first.spec, first.component, "deps"),
      related: hops.map(({ spec, component }, index) => ({
        span: placeOf(spec, component, "deps"),
        message: `\`${spec.key}\` depends on \`${keys[index + 1] ?? first.spec.key}\``,
      })),
    },
    ...group.map((node) => (assets[node] as CollectedAsset).component),
  );
  for (const [node, upstream] of closing) {
    const asset = assets[node] as CollectedAsset;
    const { key } = (assets[upstream] as CollectedAsset).spec;
    asset.spec = { ...asset.spec, deps: depsOf(asset.spec).filter((dep) => dep !== key) };
  }
}

function depsOf(spec: AssetSpec): readonly AssetKey[] {
  return (spec.deps ?? []) as readonly AssetKey[];
}

/** Whether every slice needs only earlier slices of the asset itself. */
function looksBack({ key, partitions, partitionMappings }: AssetSpec): boolean {
  const mapping = partitionMappings?.[key];
  if (mapping === undefined) return false;
  if (partitions?.type === "time") return isBackward(mapping);
  if (partitions?.type !== "multi" || mapping.type !== "multi") return false;
  return Object.entries(mapping.dimensions).some(
    ([name, side]) =>
      name === side.dimension && partitions.dimensions[name]?.type === "time" && isBackward(side.mapping),
  );
}

function isBackward(mapping: PartitionMapping): boolean {
  return mapping.type === "time_window" && mapping.startOffset < 0 && mapping.endOffset < 0;
}
