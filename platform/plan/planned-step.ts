import type { Asset, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import { duckDbIoPool } from "../core/duckdb-pool.ts";
import type { PlannedInput, PlannedStep } from "../core/run-plan.ts";
import type { StepSpec } from "../core/step.ts";
import type { DefinitionsIndex, JobOfSnapshot } from "./definitions-index.ts";
import { componentOf, type KnownResources } from "./plan-places.ts";
import { planValues } from "./plan-values.ts";
import type { SettledConfig } from "./settle-config.ts";
import type { Slice } from "./slice-steps.ts";

/** What the steps of one plan share. */
export interface PlanSetting {
  readonly index: DefinitionsIndex;
  readonly resources: KnownResources;
  readonly config: SettledConfig;
  readonly job: JobOfSnapshot | undefined;
  /** Custom IO managers. */
  readonly customIo: ReadonlyMap<string, SnapshotDefinitions["ioManagers"][number]>;
}

export function plannedStep(
  slice: Slice,
  { after, inputs }: { readonly after: readonly string[]; readonly inputs: readonly PlannedInput[] },
  setting: PlanSetting,
): PlannedStep {
  const { index, job } = setting;
  const { spec, assets, checks } = slice.step;
  const retryPolicy = spec.retryPolicy ?? firstOf(assets, (asset) => asset.retryPolicy);
  const pool = spec.pool ?? firstOf(assets, (asset) => asset.pool);
  const resources = [spec, ...assets, ...checks].flatMap((part) => part.resources ?? []);
  const io = byAsset(assets, (asset) => asset.io ?? index.definitions.io);
  const hooks = [...new Set([...(spec.hooks ?? []), ...(job?.hooks ?? [])])];
  const pools = furtherPools({ spec, resources, io, inputs, hooks }, setting).filter((one) => one !== pool);
  const keyOf = (step: string) => `${step}${slice.key.slice(spec.name.length)}`;
  return {
    key: slice.key,
    step: spec.name,
    component: componentOf(spec.component, `step \`${spec.name}\``),
    execution: spec.execution,
    assets: assets.map((asset) => asset.key),
    checks: checks.map((check) => check.key),
    ...(spec.canSubset ? { canSubset: true } : {}),
    blockingChecks: checks.filter((check) => check.blocking).map((check) => check.key),
    ...(slice.partitions === undefined ? {} : { partitions: slice.partitions }),
    ...(slice.definition === undefined ? {} : { partitionsDefinition: slice.definition }),
    after,
    inputs,
    ...planValues(index, spec, keyOf),
    ...(spec.outputs === undefined ? {} : { outputs: spec.outputs }),
    config: setting.config.ofStep(spec.name),
    io,
    codeVersions: byAsset(assets, (asset) => asset.codeVersion),
    skippable: assets.filter((asset) => asset.skippable === true).map((asset) => asset.key),
    resources: [...new Set(resources)],
    ...(pool === undefined ? {} : { pool }),
    ...(pool === undefined || spec.poolSlots === undefined ? {} : { poolSlots: spec.poolSlots }),
    ...(pools.length === 0 ? {} : { pools }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...(spec.timeoutSeconds === undefined ? {} : { timeoutSeconds: spec.timeoutSeconds }),
    ...(spec.priority === undefined ? {} : { priority: spec.priority }),
    ...(spec.isolation === undefined ? {} : { isolation: spec.isolation }),
    ...(hooks.length === 0 ? {} : { hooks }),
    tags: spec.tags ?? {},
  };
}

/** What a step takes besides its pool: what it says itself, and what its resources and IO managers hold open. */
function furtherPools(
  step: Pick<PlannedStep, "resources" | "io" | "inputs"> & {
    readonly spec: StepSpec;
    readonly hooks: readonly string[];
  },
  { index, resources: known, job, customIo }: PlanSetting,
): string[] {
  const managers = new Set([...Object.values(step.io), ...step.inputs.map((input) => input.io)]);
  const ofHooks = step.hooks.length === 0 ? [] : resourcesOfHooks(index, step.hooks);
  const bound = [...step.resources, ...ofHooks].map((key) => job?.resources?.[key] ?? key);
  const pools = new Set([
    ...(step.spec.pools ?? []),
    ...usedResources(bound, known).flatMap((key) => known.get(key)?.pools ?? []),
    // One that the project defines under the same name hides the built-in.
    ...[...managers].flatMap((name) => customIo.get(name)?.pools ?? []),
    ...(managers.has("duckdb") && !customIo.has("duckdb") ? [duckDbIoPool] : []),
  ]);
  return [...pools].toSorted();
}

function resourcesOfHooks(index: DefinitionsIndex, names: readonly string[]): readonly string[] {
  const hooks = index.definitions.hooks ?? [];
  return names.flatMap((name) => hooks.find((hook) => hook.name === name)?.resources ?? []);
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
