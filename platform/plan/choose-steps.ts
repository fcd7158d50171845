import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck } from "../core/definitions-snapshot.ts";
import type { RunRequest } from "../core/run.ts";
import { didYouMean } from "../core/suggest.ts";
import type { DefinitionsIndex, StepOfSnapshot } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";

/** A step with what it is to do in this run, in the order of its declaration. */
export interface ChosenStep {
  readonly spec: StepOfSnapshot;
  readonly assets: readonly Asset[];
  readonly checks: readonly AssetCheck[];
  /** Assets of all steps of its graph: what one of them needs, any of them may read. Absent outside graphs. */
  readonly graphAssets?: readonly Asset[];
  /** Counted from 1, of a step that runs in parts because another step comes between its assets. */
  readonly part?: number;
}

/** What of a request says which steps it needs. */
export type ChosenTargets = Pick<RunRequest, "assets" | "checks" | "steps">;

/**
 * The asked steps and those that bring the asked assets up to date and answer the asked checks, sorted by name.
 *
 * A step that cannot be split runs whole, and a graph with all its steps; external assets are left out. Throws
 * PlanError.
 */
export function chooseSteps(index: DefinitionsIndex, request: ChosenTargets): ChosenStep[] {
  const further = request.steps ?? [];
  if (request.assets.length === 0 && (request.checks ?? []).length === 0 && further.length === 0) {
    throw new PlanError("nothing-selected", "the request names no asset, no check and no step");
  }
  const assets = withWholeSteps(index, request.assets);
  for (const made of further.flatMap((name) => assetsOfAsked(index, name))) assets.add(made);
  const checks = request.checks === undefined ? checksOf(index, assets) : named(index, request.checks);
  const names = new Set(further);
  for (const asset of assets) names.add(index.assets.get(asset)?.step as string);
  for (const check of checks) names.add(index.checks.get(check)?.step as string);
  for (const step of wholeGraphs(index, names)) {
    names.add(step.name);
    for (const key of step.assets) assets.add(key);
  }
  if (names.size === 0) {
    throw new PlanError("external-only", "nothing that was asked for can be materialized: no step makes it");
  }
  return [...names].toSorted().map((name) => chosenStep(index, name, { assets, checks }));
}

function chosenStep(
  index: DefinitionsIndex,
  name: string,
  { assets, checks }: { readonly assets: ReadonlySet<AssetKey>; readonly checks: ReadonlySet<CheckKey> },
): ChosenStep {
  const spec = index.steps.get(name);
  if (spec === undefined) throw new Error(`no step has the name ${name}`);
  const whole = !spec.canSubset;
  const together = spec.graph === undefined ? undefined : index.graphs.get(spec.graph);
  return {
    spec,
    assets: found(
      index.assets,
      spec.assets.filter((key) => whole || assets.has(key)),
    ),
    checks: found(
      index.checks,
      spec.checks.filter((key) => whole || checks.has(key)),
    ),
    ...(together === undefined
      ? {}
      : {
          graphAssets: found(
            index.assets,
            together.flatMap((step) => step.assets),
          ),
        }),
  };
}

/** What a step that is asked for by its name, or its graph, makes; throws PlanError for one that nobody defines. */
function assetsOfAsked(index: DefinitionsIndex, name: string): readonly AssetKey[] {
  const step = index.steps.get(name);
  if (step !== undefined) return madeTogether(index, step);
  const hint = didYouMean(name, index.steps.keys());
  throw new PlanError("unknown-step", `there is no step \`${name}\`${hint === undefined ? "" : `; ${hint}`}`);
}

function wholeGraphs(index: DefinitionsIndex, names: ReadonlySet<string>): StepOfSnapshot[] {
  if (index.graphs.size === 0) return [];
  const graphs = new Set([...names].map((name) => index.steps.get(name)?.graph));
  return [...graphs].flatMap((graph) => (graph === undefined ? [] : (index.graphs.get(graph) ?? [])));
}

/** The asked assets that a step makes, and those that such a step, or its graph, makes with them. */
function withWholeSteps(index: DefinitionsIndex, asked: readonly AssetKey[]): Set<AssetKey> {
  const chosen = new Set<AssetKey>();
  for (const key of asked) {
    const asset = index.assets.get(key);
    if (asset === undefined) throw new PlanError("unknown-asset", `there is no asset \`${key}\``);
    const step = asset.step === undefined ? undefined : index.steps.get(asset.step);
    if (step === undefined) continue;
    const isApart = step.canSubset && step.graph === undefined;
    for (const made of isApart ? [key] : madeTogether(index, step)) chosen.add(made);
  }
  return chosen;
}

function madeTogether(index: DefinitionsIndex, step: StepOfSnapshot): readonly AssetKey[] {
  const together = step.graph === undefined ? undefined : index.graphs.get(step.graph);
  return together === undefined ? step.assets : together.flatMap(({ assets }) => assets);
}

/** All checks of the assets that somebody answers without materializing anything further. */
function checksOf(index: DefinitionsIndex, assets: ReadonlySet<AssetKey>): Set<CheckKey> {
  const chosen = new Set<CheckKey>();
  for (const key of assets) {
    for (const check of index.assets.get(key)?.checks ?? []) {
      const step = index.steps.get(index.checks.get(check)?.step ?? "");
      if (step === undefined) continue;
      if (step.execution === "check" || step.assets.some((asset) => assets.has(asset))) chosen.add(check);
    }
  }
  return chosen;
}

function named(index: DefinitionsIndex, asked: readonly CheckKey[]): Set<CheckKey> {
  for (const key of asked) {
    if (!index.checks.has(key)) throw new PlanError("unknown-check", `there is no check \`${key}\``);
  }
  return new Set(asked.filter((key) => index.steps.has(index.checks.get(key)?.step ?? "")));
}

function found<K, V>(all: ReadonlyMap<K, V>, keys: readonly K[]): V[] {
  return keys.map((key) => all.get(key)).filter((value) => value !== undefined);
}
