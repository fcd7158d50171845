import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../core/definitions-snapshot.ts";

type StepOfSnapshot = SnapshotDefinitions["steps"][number];

/** Definitions by key. */
export interface DefinitionsIndex {
  readonly definitions: SnapshotDefinitions;
  readonly assets: ReadonlyMap<AssetKey, Asset>;
  readonly checks: ReadonlyMap<CheckKey, AssetCheck>;
  readonly steps: ReadonlyMap<string, StepOfSnapshot>;
}

export function indexDefinitions(definitions: SnapshotDefinitions): DefinitionsIndex {
  return {
    definitions,
    assets: new Map(definitions.assets.map((asset) => [asset.key, asset])),
    checks: new Map(definitions.checks.map((check) => [check.key, check])),
    steps: new Map(definitions.steps.map((step) => [step.name, step])),
  };
}
