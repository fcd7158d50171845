import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import type { RunRequest } from "../core/run.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";

/** A step with what it is to do in this run, in the order of its declaration. */
export interface ChosenStep {
  readonly spec: SnapshotDefinitions["steps"][number];
  readonly assets: readonly Asset[];
  readonly checks: readonly AssetCheck[];
}

/**
 * The asked steps and those that bring the asked assets up to date and answer the asked checks, sorted by name.
 *
 * A step that cannot be split runs whole; external assets are left out. Throws PlanError.
 */
export function chooseSteps(index: DefinitionsIndex, request: RunRequest): ChosenStep[] {
  const further = request.steps ?? [];
  if (request.assets.length === 0 && (request.checks ?? []).length === 0 && further.length === 0) {
    throw new PlanError("nothing-selected", "the request names no asset, no check and no step");
  }
  const assets = withWholeSteps(index, request.assets);
  const checks = request.checks === undefined ? checksOf(index, assets) : named(index, request.checks);
  const names = new Set(further);
  for (const name of further) {
    if (!index.steps.has(name)) throw new PlanError("unknown-step", `there is no step \`${name}\``);
  }
  for (const asset of assets) names.add(index.assets.get(asset)?.step as string);
  for (const check of checks) names.add(index.checks.get(check)?.step as string);
  if (names.size === 0) {
    throw new PlanError("external-only", "nothing that was asked for can be materialized: no step makes it");
  }
  return [...names].toSorted().map((name) => {
    const spec = index.steps.get(name);
    if (spec === undefined) throw new Error(`no step has the name ${name}`);
    const whole = !spec.canSubset;
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
    };
  });
}

/** The asked assets that a step makes, and those that such a step makes with them. */
function withWholeSteps(index: DefinitionsIndex, asked: readonly AssetKey[]): Set<AssetKey> {
  const chosen = new Set<AssetKey>();
  for (const key of asked) {
    const asset = index.assets.get(key);
    if (asset === undefined) throw new PlanError("unknown-asset", `there is no asset \`${key}\``);
    const step = asset.step === undefined ? undefined : index.steps.get(asset.step);
    if (step === undefined) continue;
    for (const made of step.canSubset ? [key] : step.assets) chosen.add(made);
  }
  return chosen;
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
