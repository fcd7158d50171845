import { createHash } from "node:crypto";
import { canonicalJson } from "../core/canonical-json.ts";
import type {
  Asset,
  AssetCheck,
  ComponentRecord,
  DefinitionsSnapshot,
  SnapshotDefinitions,
} from "../core/definitions-snapshot.ts";
import type { LoadedComponent, LoadedProject } from "../core/loaded-project.ts";
import { sortProblems } from "../core/problem.ts";
import type { Collected, CollectedDefinitions } from "./collected.ts";
import { componentIdOf } from "./merge-assets.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { isSharedField, sharedCanonicalJson } from "./shared-values.ts";
import type { Instigators } from "./validate-instigators.ts";

interface SnapshotParts {
  readonly collected: CollectedDefinitions;
  readonly merged: { readonly assets: readonly Asset[]; readonly checks: readonly AssetCheck[] };
  readonly instigators: Instigators;
  readonly problems: MergeProblems;
  /** The last change to the definitions: the environment's key prefix. */
  readonly finish: (definitions: SnapshotDefinitions) => SnapshotDefinitions;
}

/** The snapshot of a merged project: the same for the same definitions, whatever the order of files. */
export function snapshotOf(
  project: LoadedProject,
  { collected, merged, instigators, problems, finish }: SnapshotParts,
): DefinitionsSnapshot {
  const definitions = finish({
    ...merged,
    ...instigators,
    steps: settledSteps(collected, merged),
    resources: sorted(collected.resources, (spec, component) => ({
      ...spec,
      component: componentIdOf(component),
    })),
    pools: [...collected.pools.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
    ioManagers: sorted(collected.ioManagers, (name, component) => {
      const pools = component.specs.ioManagerPools?.find((manager) => manager.name === name)?.pools;
      return { name, ...(pools === undefined ? {} : { pools }), component: componentIdOf(component) };
    }),
    ...(collected.hooks.size === 0
      ? {}
      : {
          hooks: sorted(collected.hooks, (spec, component) => ({
            ...spec,
            component: componentIdOf(component),
          })),
        }),
    ...(collected.conditions.size === 0
      ? {}
      : {
          conditions: sorted(collected.conditions, (spec, component) => ({
            ...spec,
            component: componentIdOf(component),
          })),
        }),
    io: project.io,
  });
  return {
    schema: "dop.snapshot/1",
    id: snapshotId(definitions),
    environment: project.environment,
    definitions,
    components: componentRecords(project, definitions, problems),
    sources: project.sources.toSorted((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0)),
    problems: sortProblems([...project.problems, ...problems.problems]),
  };
}

const placeFields: ReadonlySet<string> = new Set(["codeReferences", "origins", "component"]);

/** SHA-256 of the canonical JSON of definitions without their places. */
export function snapshotId(definitions: SnapshotDefinitions): string {
  const hash = createHash("sha256");
  // Piece by piece, because the whole text of a large project would be held at once; not each by itself, because
  // every update has a price of its own.
  let pending = "";
  const write = (text: string): void => {
    pending += text;
    if (pending.length < hashedAtOnce) return;
    hash.update(pending);
    pending = "";
  };
  let separator = "{";
  for (const key of Object.keys(definitions).sort() as (keyof SnapshotDefinitions)[]) {
    const value: unknown = definitions[key];
    if (value === undefined) continue;
    write(`${separator}${JSON.stringify(key)}:`);
    separator = ",";
    if (!Array.isArray(value)) {
      write(canonicalJson(value));
      continue;
    }
    write("[");
    for (const [index, item] of value.entries())
      write((index === 0 ? "" : ",") + textOf(item as { readonly [field: string]: unknown }));
    write("]");
  }
  return hash.update(`${pending}}`).digest("hex");
}

/** Characters. */
const hashedAtOnce = 65_536;

/** Canonical JSON of one definition without its places. */
function textOf(definition: { readonly [field: string]: unknown }): string {
  let text = "{";
  for (const field of Object.keys(definition).sort()) {
    const value = definition[field];
    if (value === undefined || placeFields.has(field)) continue;
    const valueText = isSharedField(field) ? sharedCanonicalJson(value as object) : canonicalJson(value);
    text += `${text.length > 1 ? "," : ""}${JSON.stringify(field)}:${valueText}`;
  }
  return `${text}}`;
}

/** Steps without assets and checks that another component defined first. */
function settledSteps(
  { steps }: CollectedDefinitions,
  { assets, checks }: SnapshotParts["merged"],
): SnapshotDefinitions["steps"] {
  const stepOfAsset = new Map(assets.map(({ key, step }) => [key, step]));
  const stepOfCheck = new Map(checks.map(({ key, step }) => [key, step]));
  const checksOfStep = new Map<string, AssetCheck["key"][]>();
  for (const [key, step] of stepOfCheck) {
    if (step === undefined) continue;
    const keys = checksOfStep.get(step);
    if (keys === undefined) checksOfStep.set(step, [key]);
    else keys.push(key);
  }
  return sorted(steps, (spec, component) => ({
    ...spec,
    assets: spec.assets.filter((key) => stepOfAsset.get(key) === spec.name),
    checks: checksOfStep.get(spec.name) ?? [],
    component: componentIdOf(component),
  }));
}

function sorted<Spec, Item>(
  specs: ReadonlyMap<string, Collected<Spec>>,
  itemOf: (spec: Spec, component: LoadedComponent) => Item,
): Item[] {
  return [...specs.keys()].sort().map((name) => {
    const { spec, component } = specs.get(name) as Collected<Spec>;
    return itemOf(spec, component);
  });
}

function componentRecords(
  project: LoadedProject,
  { assets, checks }: SnapshotDefinitions,
  problems: MergeProblems,
): ComponentRecord[] {
  const assetsOf = groupByComponent(assets);
  const checksOf = groupByComponent(checks);
  return project.components.map((component) => {
    const { specs: _specs, patches: _patches, folder: _folder, ...record } = component;
    const id = `${component.file}#${component.document}`;
    return {
      ...record,
      status: problems.isQuarantined(component) ? "quarantined" : component.status,
      assets: assetsOf.get(id) ?? [],
      checks: checksOf.get(id) ?? [],
    };
  });
}

function groupByComponent<Key>(
  items: readonly { readonly key: Key; readonly component?: Asset["component"] }[],
): Map<string, Key[]> {
  const groups = new Map<string, Key[]>();
  for (const { key, component } of items) {
    if (component === undefined) continue;
    const id = `${component.file}#${component.document}`;
    const keys = groups.get(id);
    if (keys === undefined) groups.set(id, [key]);
    else keys.push(key);
  }
  return groups;
}
