// `plan` turns a request and the definitions into the steps of a run, as data.

import type {
  Asset,
  ComponentId,
  DefinitionsSnapshot,
  SnapshotDefinitions,
} from "../core/definitions-snapshot.ts";
import { duckDbIoPool, isDuckDbPool } from "../core/duckdb-pool.ts";
import type { RunRequest } from "../core/run.ts";
import type { PlannedInput, PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { StepSpec } from "../core/step.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { chooseSteps } from "./choose-steps.ts";
import { type DefinitionsIndex, indexDefinitions } from "./definitions-index.ts";
import { orderSteps } from "./order-steps.ts";
import { PlanError } from "./plan-error.ts";
import { planInputs } from "./plan-inputs.ts";
import { KnownPartitions, type Slice, sliceSteps } from "./slice-steps.ts";
import { waitsOf } from "./step-waits.ts";

/**
 * The steps that a request needs, in an order in which each comes after those it waits for; the same plan for the
 * same arguments. Throws PlanError where the request cannot be met.
 */
export function planRun(
  snapshot: Pick<DefinitionsSnapshot, "id" | "definitions">,
  request: RunRequest,
  moment: PartitionMoment,
): RunPlan {
  const index = indexDefinitions(snapshot.definitions);
  const known = new KnownPartitions(moment);
  const slices = sliceSteps(index, { steps: chooseSteps(index, request), request, known });
  const flat = slices.flat();
  const waits = waitsOf(index, slices, known);
  const resources = new Map(snapshot.definitions.resources.map((resource) => [resource.key, resource]));
  const order = orderSteps(waits, (place) => (flat[place] as Slice).key);
  const steps = order.map((place) =>
    plannedStep(index, flat[place] as Slice, {
      after: (waits[place] as readonly number[]).map((before) => (flat[before] as Slice).key),
      inputs: planInputs(index, flat[place] as Slice, known),
      resources,
    }),
  );
  const { keyPrefix } = snapshot.definitions;
  return {
    snapshotId: snapshot.id,
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    request,
    steps,
    pools: limitsOfPools(index, steps),
    resources: placesOfResources(resources, steps),
    ioManagers: placesOfIoManagers(index, steps),
  };
}

function plannedStep(
  index: DefinitionsIndex,
  slice: Slice,
  {
    after,
    inputs,
    resources: known,
  }: { after: readonly string[]; inputs: readonly PlannedInput[]; resources: KnownResources },
): PlannedStep {
  const { spec, assets, checks } = slice.step;
  const retryPolicy = spec.retryPolicy ?? firstOf(assets, (asset) => asset.retryPolicy);
  const pool = spec.pool ?? firstOf(assets, (asset) => asset.pool);
  const resources = [spec, ...assets, ...checks].flatMap((part) => part.resources ?? []);
  const io = byAsset(assets, (asset) => asset.io ?? index.definitions.io);
  const pools = furtherPools({ spec, resources, io, inputs }, { index, known }).filter((one) => one !== pool);
  return {
    key: slice.key,
    step: spec.name,
    component: componentOf(spec.component, `step \`${spec.name}\``),
    execution: spec.execution,
    assets: assets.map((asset) => asset.key),
    checks: checks.map((check) => check.key),
    blockingChecks: checks.filter((check) => check.blocking).map((check) => check.key),
    ...(slice.partitions === undefined ? {} : { partitions: slice.partitions }),
    ...(slice.definition === undefined ? {} : { partitionsDefinition: slice.definition }),
    after,
    inputs,
    io,
    codeVersions: byAsset(assets, (asset) => asset.codeVersion),
    skippable: assets.filter((asset) => asset.skippable === true).map((asset) => asset.key),
    resources: [...new Set(resources)],
    ...(pool === undefined ? {} : { pool }),
    ...(pools.length === 0 ? {} : { pools }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...(spec.timeoutSeconds === undefined ? {} : { timeoutSeconds: spec.timeoutSeconds }),
    tags: spec.tags ?? {},
  };
}

type KnownResources = ReadonlyMap<string, SnapshotDefinitions["resources"][number]>;

/** What a step takes besides its pool: what it says itself, and what its resources and IO managers hold open. */
function furtherPools(
  step: Pick<PlannedStep, "resources" | "io" | "inputs"> & { readonly spec: StepSpec },
  { index, known }: { readonly index: DefinitionsIndex; readonly known: KnownResources },
): string[] {
  const managers = new Set([...Object.values(step.io), ...step.inputs.map((input) => input.io)]);
  // One that the project defines under the same name hides the built-in.
  const isBuiltIn = !index.definitions.ioManagers.some(({ name }) => name === "duckdb");
  const pools = new Set([
    ...(step.spec.pools ?? []),
    ...usedResources(step.resources, known).flatMap((key) => known.get(key)?.pools ?? []),
    ...(managers.has("duckdb") && isBuiltIn ? [duckDbIoPool] : []),
  ]);
  return [...pools].toSorted();
}

/** Keys of resources with those that they use themselves, each once. */
function usedResources(keys: readonly string[], known: KnownResources): string[] {
  const found = new Set<string>();
  const left = [...keys];
  for (let key = left.pop(); key !== undefined; key = left.pop()) {
    if (found.has(key)) continue;
    found.add(key);
    left.push(...(known.get(key)?.uses ?? []));
  }
  return [...found];
}

/** A database file of DuckDB can be open once at a time, so its pool has room for one step unless somebody says more. */
function limitsOfPools(index: DefinitionsIndex, steps: readonly PlannedStep[]): RunPlan["pools"] {
  const limits = new Map(index.definitions.pools.map(({ name, limit }) => [name, limit]));
  const names = new Set(
    steps.flatMap((step) => [...(step.pool === undefined ? [] : [step.pool]), ...(step.pools ?? [])]),
  );
  const used = [...names].toSorted().map((name) => {
    return [name, limits.get(name) ?? (isDuckDbPool(name) ? 1 : undefined)] as const;
  });
  return Object.fromEntries(
    used.filter((entry): entry is readonly [string, number] => entry[1] !== undefined),
  );
}

/** The steps' resources and those that they use themselves. */
function placesOfResources(specs: KnownResources, steps: readonly PlannedStep[]): RunPlan["resources"] {
  const places = new Map<string, ComponentId>();
  const wanted = steps.flatMap((step) => step.resources.map((key) => ({ key, by: `step \`${step.step}\`` })));
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const { key, by } = next;
    if (places.has(key)) continue;
    const spec = specs.get(key);
    if (spec === undefined)
      throw new PlanError("unknown-resource", `${by} uses the resource \`${key}\`, which nobody defines`);
    places.set(key, componentOf(spec.component, `resource \`${key}\``));
    wanted.push(...(spec.uses ?? []).map((used) => ({ key: used, by: `resource \`${key}\`` })));
  }
  return Object.fromEntries([...places].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function placesOfIoManagers(index: DefinitionsIndex, steps: readonly PlannedStep[]): RunPlan["ioManagers"] {
  const used = new Set(
    steps.flatMap((step) => [...Object.values(step.io), ...step.inputs.map((input) => input.io)]),
  );
  return Object.fromEntries(
    index.definitions.ioManagers
      .filter(({ name }) => used.has(name))
      .map(({ name, component }) => [name, componentOf(component, `IO manager \`${name}\``)]),
  );
}

function componentOf(component: ComponentId | undefined, what: string): ComponentId {
  if (component === undefined) throw new Error(`the definitions do not say where ${what} is defined`);
  return component;
}

function byAsset(
  assets: readonly Asset[],
  read: (asset: Asset) => string | undefined,
): { readonly [asset: string]: string } {
  return Object.fromEntries(
    assets.map((asset) => [asset.key, read(asset)]).filter(([, value]) => value !== undefined),
  ) as { readonly [asset: string]: string };
}

function firstOf<V>(assets: readonly Asset[], read: (asset: Asset) => V | undefined): V | undefined {
  return assets.map(read).find((value) => value !== undefined);
}
