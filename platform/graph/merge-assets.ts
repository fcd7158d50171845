import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck, ComponentId } from "../core/definitions-snapshot.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { CollectedAsset, CollectedCheck } from "./collected.ts";
import type { KeyHints } from "./key-hints.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { placeOf } from "./place.ts";
import type { ReferenceResolver } from "./resolve-references.ts";

/** The group of assets that name none. */
export const defaultGroup = "default";

/**
 * Settled assets in the order of keys. A dep that nobody defines becomes an external asset; that is usual, and
 * told only when its key is one slip away from a defined one.
 */
export function mergeAssets(
  assets: ReadonlyMap<AssetKey, CollectedAsset>,
  {
    checks,
    hints,
    problems,
  }: { checks: ReadonlyMap<CheckKey, CollectedCheck>; hints: KeyHints; problems: MergeProblems },
): Asset[] {
  const checksOf = new Map<AssetKey, CheckKey[]>();
  for (const { key, asset } of checks.values()) {
    const keys = checksOf.get(asset);
    if (keys === undefined) checksOf.set(asset, [key]);
    else keys.push(key);
  }
  const merged: Asset[] = [];
  const outside = new Map<AssetKey, Asset>();
  for (const collected of assets.values()) {
    const asset = mergedAsset(collected, checksOf.get(collected.spec.key) ?? []);
    merged.push(asset);
    for (const dep of asset.deps) {
      if (assets.has(dep) || outside.has(dep)) continue;
      outside.set(dep, externalAsset(dep));
      tellSlip(dep, collected, { hints, problems });
    }
  }
  return [...merged, ...outside.values()].sort(byKey);
}

function mergedAsset({ spec, component, step }: CollectedAsset, checks: CheckKey[]): Asset {
  const { deps = [], answers: _answers, yields: _yields, ...fields } = spec;
  return {
    ...fields,
    deps: [...new Set(deps as readonly AssetKey[])],
    owners: spec.owners ?? [],
    tags: spec.tags ?? {},
    kinds: spec.kinds ?? [],
    groupName: spec.groupName ?? defaultGroup,
    materializable: step !== undefined && spec.observable !== true,
    ...(step === undefined ? {} : { step }),
    checks: checks.sort(),
    component: componentIdOf(component),
  };
}

function tellSlip(
  dep: AssetKey,
  { spec, component }: CollectedAsset,
  { hints, problems }: { hints: KeyHints; problems: MergeProblems },
): void {
  const hint = hints.nearest(dep);
  if (hint === undefined) return;
  problems.report({
    code: "unknown-asset",
    severity: "warning",
    message: `\`${spec.key}\` depends on \`${dep}\`, which no component defines`,
    hint,
    span: placeOf(spec, component, "deps"),
  });
}

export function mergeChecks(
  checks: ReadonlyMap<CheckKey, CollectedCheck>,
  references: ReferenceResolver,
): AssetCheck[] {
  const merged = Array.from(checks.values(), ({ key, asset, spec, component, step }): AssetCheck => {
    const { additionalDeps = [], ...fields } = spec;
    return {
      ...fields,
      key,
      asset,
      additionalDeps: additionalDeps.flatMap(
        (dep) => references.resolve(dep, { placed: spec, component, field: "additionalDeps" }) ?? [],
      ),
      blocking: spec.blocking ?? false,
      ...(step === undefined ? {} : { step }),
      component: componentIdOf(component),
    };
  });
  return merged.sort(byKey);
}

export function componentIdOf({ file, document, type }: LoadedComponent): ComponentId {
  return { file, document, type };
}

function externalAsset(key: AssetKey): Asset {
  return {
    key,
    deps: [],
    owners: [],
    tags: {},
    kinds: [],
    groupName: defaultGroup,
    materializable: false,
    checks: [],
  };
}

function byKey(a: { readonly key: string }, b: { readonly key: string }): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
