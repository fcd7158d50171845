import type { AssetSpec } from "../../platform/core/asset.ts";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type { LoadedComponent, LoadedProject, LoadedSpecs } from "../../platform/core/loaded-project.ts";
import type { DeferredPatch } from "../../platform/core/patch.ts";
import type { StepSpec } from "../../platform/core/step.ts";
import {
  type MergedProject,
  type MergeOptions,
  mergeProject,
} from "../../platform/graph/merge-definitions.ts";

/** A component written for a test: keys are plain text, and every asset has a step unless it is `external`. */
export interface WrittenComponent extends Partial<Omit<LoadedSpecs, "assets">> {
  /** Folder below `defs`; its file is `component.yaml` in it. */
  readonly folder?: string;
  readonly document?: number;
  readonly type?: string;
  readonly enabled?: boolean;
  readonly assets?: readonly WrittenAsset[];
  readonly patches?: readonly WrittenPatch[];
}

export interface WrittenAsset extends Omit<AssetSpec, "key" | "deps"> {
  readonly key: string;
  readonly deps?: readonly (string | NonNullable<AssetSpec["deps"]>[number])[];
  readonly external?: boolean;
}

export interface WrittenPatch extends Partial<DeferredPatch> {
  readonly fields: DeferredPatch["fields"];
  /** Whether it is the post-processing of its own document and not of its folder. */
  readonly own?: boolean;
}

export function loadedProject(
  components: readonly WrittenComponent[],
  settings: Partial<LoadedProject> = {},
): LoadedProject {
  return {
    environment: "local",
    io: "parquet",
    pools: [],
    rules: {},
    sources: [],
    problems: [],
    ...settings,
    components: components.map(loadedComponent),
  };
}

export function merge(
  components: readonly WrittenComponent[],
  settings: Partial<LoadedProject> = {},
  options: MergeOptions = {},
): MergedProject {
  return mergeProject(loadedProject(components, settings), options);
}

/** The merged asset, or undefined. */
export function assetOf({ graph }: MergedProject, key: string) {
  return graph.findAsset(key as AssetKey);
}

export function keys(...texts: readonly string[]): AssetKey[] {
  return texts as readonly string[] as AssetKey[];
}

export function step(name: string, assets: readonly string[], fields: Partial<StepSpec> = {}): StepSpec {
  return {
    name,
    assets: keys(...assets),
    checks: [],
    canSubset: false,
    execution: "materialize",
    resources: [],
    ...fields,
  };
}

export function checkKeys(...texts: readonly string[]): CheckKey[] {
  return texts as readonly string[] as CheckKey[];
}

function loadedComponent(written: WrittenComponent, index: number): LoadedComponent {
  const {
    folder = `c${index}`,
    document = 1,
    type = "lib.Thing",
    enabled = true,
    assets = [],
    patches = [],
    ...specs
  } = written;
  const path = folder === "" ? "defs" : `defs/${folder}`;
  const file = `${path}/component.yaml`;
  const assetSpecs = assets.map(
    ({ external: _external, ...spec }, line): AssetSpec =>
      ({ codeReferences: [{ file, line: line + 3 }], ...spec }) as AssetSpec,
  );
  const steps = assets.filter(({ external }) => external !== true).map(({ key }) => step(key, [key]));
  return {
    file,
    document,
    type,
    name: document === 1 ? folder : `${folder}#${document}`,
    folder: path,
    line: 1,
    enabled,
    status: "ready",
    needs: [],
    tools: [],
    variables: [],
    hash: "",
    specs: {
      assets: assetSpecs,
      checks: [],
      steps,
      resources: [],
      ioManagers: [],
      hooks: [],
      jobs: [],
      schedules: [],
      sensors: [],
      pools: [],
      ...specs,
    },
    patches: patches.map((patch, line) =>
      loadedPatch(patch, { file, folder: path, document, line: line + 20 }),
    ),
  };
}

function loadedPatch(
  { own = false, ...patch }: WrittenPatch,
  { file, folder, document, line }: { file: string; folder: string; document: number; line: number },
): DeferredPatch {
  return {
    selection: "*",
    operation: "merge",
    span: { file, start: { line, column: 5 }, end: { line, column: 5 } },
    fieldPlaces: Object.fromEntries(
      Object.keys(patch.fields).map((field, index) => [field, { file, line: line + 100 + index }]),
    ),
    folder,
    file,
    ...(own ? { document } : {}),
    ...patch,
  };
}
