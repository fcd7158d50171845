import type {
  AssetFacts,
  AutomationFacts,
  PartitionFacts,
} from "../../platform/automation/automation-facts.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { AutomationCondition } from "../../platform/core/condition.ts";
import type { Asset, SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";

export function assetOf(
  key: AssetKey,
  more: {
    readonly condition?: AutomationCondition;
    readonly deps?: readonly AssetKey[];
    readonly partitions?: PartitionsDefinition;
  },
): Asset {
  return {
    key,
    deps: more.deps ?? [],
    owners: [],
    tags: {},
    kinds: [],
    groupName: "default",
    materializable: true,
    checks: [],
    ...(more.condition === undefined ? {} : { automationCondition: more.condition }),
    ...(more.partitions === undefined ? {} : { partitions: more.partitions }),
  };
}

export function definitionsOf(assets: readonly Asset[]): SnapshotDefinitions {
  return {
    assets,
    checks: [],
    steps: [],
    jobs: [],
    schedules: [],
    sensors: [],
    resources: [],
    pools: [],
    ioManagers: [],
    io: "memory",
  };
}

export function momentAt(cursor = 1, at = 0) {
  const moment = { cursor, at };
  return { ...moment, runId: undefined, started: moment, changed: moment };
}

export function made(update = momentAt()): PartitionFacts {
  return { materialized: update, failed: false, inRun: false };
}

export function factsOf(facts: ReadonlyMap<AssetKey, AssetFacts>, cursor: number): AutomationFacts {
  return {
    cursor,
    asset: (key) => facts.get(key),
    check: () => undefined,
    run: () => undefined,
    freshness: () => "unknown",
    updatesSince: () => [],
    dynamicKeys: {},
    custom: () => undefined,
  };
}

/** Keys of a graph in layers, each asset with three deps spread over the layer above. */
export function layeredDeps(layers: number, width: number): ReadonlyMap<AssetKey, readonly AssetKey[]> {
  const keyOf = (layer: number, at: number) => `l${layer}/a${at % width}` as AssetKey;
  const deps = new Map<AssetKey, readonly AssetKey[]>();
  for (let layer = 0; layer < layers; layer++) {
    for (let at = 0; at < width; at++) {
      const above = [at, at * 7 + 3, at * 13 + 5].map((place) => keyOf(layer - 1, place));
      deps.set(keyOf(layer, at), layer === 0 ? [] : [...new Set(above)]);
    }
  }
  return deps;
}
