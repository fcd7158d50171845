import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../core/definitions-snapshot.ts";

export type StepOfSnapshot = SnapshotDefinitions["steps"][number];
export type JobOfSnapshot = SnapshotDefinitions["jobs"][number];

/** Definitions by key. */
export interface DefinitionsIndex {
  readonly definitions: SnapshotDefinitions;
  readonly assets: ReadonlyMap<AssetKey, Asset>;
  readonly checks: ReadonlyMap<CheckKey, AssetCheck>;
  readonly steps: ReadonlyMap<string, StepOfSnapshot>;
  /** Steps that run together, by the name of their graph. */
  readonly graphs: ReadonlyMap<string, readonly StepOfSnapshot[]>;
}

export function indexDefinitions(definitions: SnapshotDefinitions): DefinitionsIndex {
  return {
    definitions,
    assets: new Map(definitions.assets.map((asset) => [asset.key, asset])),
    checks: new Map(definitions.checks.map((check) => [check.key, check])),
    steps: new Map(definitions.steps.map((step) => [step.name, step])),
    graphs: Map.groupBy(
      definitions.steps.filter(({ graph }) => graph !== undefined),
      ({ graph }) => graph as string,
    ),
  };
}

/** The job of a request, where the definitions still have it. */
export function jobOf(index: DefinitionsIndex, name: string | undefined): JobOfSnapshot | undefined {
  return name === undefined ? undefined : index.definitions.jobs.find((job) => job.name === name);
}
