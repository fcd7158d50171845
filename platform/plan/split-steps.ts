import type { AssetKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck } from "../core/definitions-snapshot.ts";
import type { ChosenStep } from "./choose-steps.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";

/**
 * The steps with those in parts that have others between their assets: steps that can be split and would otherwise wait
 * for a step that waits for them. A part comes as late as it can, so that there are few; all other steps stay whole.
 *
 * Where no order exists at all the steps come back as they are.
 */
export function splitSteps(index: DefinitionsIndex, steps: readonly ChosenStep[]): readonly ChosenStep[] {
  const left = new Map(steps.map((step) => [step, new Set(step.assets)]));
  const makerOf = new Map(steps.flatMap((step) => step.assets.map(({ key }) => [key, step] as const)));
  const done = new Set<AssetKey>();
  const parts = new Map<ChosenStep, Asset[][]>();
  const finish = (step: ChosenStep, assets: readonly Asset[]): void => {
    const open = left.get(step) as Set<Asset>;
    for (const asset of assets) {
      open.delete(asset);
      done.add(asset.key);
    }
    parts.set(step, [...(parts.get(step) ?? []), [...assets]]);
    if (open.size === 0) left.delete(step);
  };
  while (left.size > 0) {
    const ready = [...left].map(([step, open]) => ({
      step,
      open,
      now: readyAssets(index, open, { done, makerOf }),
    }));
    const whole = ready.filter(({ open, now }) => now.length === open.size);
    if (whole.length > 0) for (const { step, now } of whole) finish(step, now);
    else {
      const [part] = ready
        .filter(({ step, now }) => now.length > 0 && isSplittable(step))
        .toSorted((a, b) => b.now.length - a.now.length);
      if (part === undefined) return steps;
      finish(part.step, part.now);
    }
  }
  return steps.flatMap((step) => partsOf(step, parts.get(step) ?? []));
}

function isSplittable({ spec }: ChosenStep): boolean {
  return spec.canSubset && spec.graph === undefined;
}

/** Those of `open` that wait only for what is done or for each other. */
function readyAssets(
  index: DefinitionsIndex,
  open: ReadonlySet<Asset>,
  {
    done,
    makerOf,
  }: { readonly done: ReadonlySet<AssetKey>; readonly makerOf: ReadonlyMap<AssetKey, ChosenStep> },
): Asset[] {
  const own = new Map([...open].map((asset) => [asset.key, asset]));
  const known = new Map<AssetKey, boolean>();
  const isReady = (key: AssetKey): boolean => {
    if (done.has(key)) return true;
    const found = known.get(key);
    if (found !== undefined) return found;
    // An asset may read its own earlier partitions.
    known.set(key, true);
    const asset = index.assets.get(key);
    const isMadeByOthers = makerOf.has(key) && !own.has(key);
    const answer = !isMadeByOthers && (asset?.deps ?? []).every((dep) => dep === key || isReady(dep));
    known.set(key, answer);
    return answer;
  };
  return [...open].filter(({ key }) => isReady(key));
}

/** Checks go with the part that makes the last of what they read. */
function partsOf(step: ChosenStep, parts: readonly Asset[][]): ChosenStep[] {
  if (parts.length < 2) return [step];
  const partOf = new Map(parts.flatMap((assets, part) => assets.map(({ key }) => [key, part] as const)));
  const partOfCheck = ({ asset, additionalDeps }: AssetCheck): number =>
    Math.max(0, ...[asset, ...additionalDeps].map((key) => partOf.get(key) ?? 0));
  return parts.map((assets, part) => ({
    ...step,
    part: part + 1,
    assets: step.assets.filter((asset) => assets.includes(asset)),
    checks: step.checks.filter((check) => partOfCheck(check) === part),
  }));
}
