import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { Asset, SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";

export type WrittenAsset = Partial<Omit<Asset, "key" | "deps">> & { readonly deps?: readonly string[] };

/** Assets that each have a step of their own, but those that name the same one. */
export function definitionsOf(assets: { readonly [key: string]: WrittenAsset }): SnapshotDefinitions {
  const settled = Object.entries(assets).map(([key, written]) => ({
    groupName: "default",
    owners: [],
    tags: {},
    kinds: [],
    checks: [],
    materializable: true,
    step: written.materializable === false ? undefined : key,
    ...written,
    key: key as AssetKey,
    deps: (written.deps ?? []) as AssetKey[],
  })) as unknown as Asset[];
  const steps = Map.groupBy(
    settled.filter(({ step }) => step !== undefined),
    ({ step }) => step as string,
  );
  return {
    assets: settled,
    checks: [],
    steps: Array.from(steps, ([name, made]) => ({
      name,
      assets: made.map(({ key }) => key),
      checks: [],
      canSubset: false,
      execution: "materialize" as const,
      resources: [],
    })),
    jobs: [],
    schedules: [],
    sensors: [],
    resources: [],
    pools: [],
    ioManagers: [],
    io: "parquet",
  };
}

export function graphOf(assets: { readonly [key: string]: WrittenAsset }): EntityGraph {
  return new EntityGraph(definitionsOf(assets));
}
