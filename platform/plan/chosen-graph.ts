import type { AssetKey } from "../core/asset-key.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { ChosenStep } from "./choose-steps.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import type { Slice } from "./slice-steps.ts";

/** One upstream asset of a slice; `any` reads it through external assets, so that no mapping is known. */
export interface Read {
  readonly asset: Asset | undefined | "any";
  readonly upstream: AssetKey;
}

/** Assets in whose name a step reads, with what they need of others: its own, and those that its graph makes. */
export function readersOf({
  assets,
  graphAssets,
}: ChosenStep): readonly { readonly asset: Asset; readonly deps: readonly AssetKey[] }[] {
  if (graphAssets === undefined) return assets.map((asset) => ({ asset, deps: asset.deps }));
  const made = new Set(graphAssets.map(({ key }) => key));
  return graphAssets.map((asset) => ({
    asset,
    deps: assets.includes(asset) ? asset.deps : asset.deps.filter((dep) => !made.has(dep)),
  }));
}

/** Who of the chosen slices makes what, and who answers blocking checks; slices go by their place in the list. */
export class ChosenGraph {
  readonly #index: DefinitionsIndex;
  readonly #makers = new Map<AssetKey, number[]>();
  readonly #blockers = new Map<AssetKey, number[]>();
  readonly #makerOfPartition = new Map<AssetKey, Map<string, number>>();

  constructor(index: DefinitionsIndex, slices: readonly Slice[]) {
    this.#index = index;
    for (const [place, slice] of slices.entries()) {
      for (const { key } of slice.step.assets) this.#addMaker(key, place, slice.partitions);
      if (slice.step.spec.execution === "check") this.#addBlockers(slice, place);
    }
  }

  #addMaker(asset: AssetKey, place: number, partitions: Slice["partitions"]): void {
    push(this.#makers, asset, place);
    if (partitions === undefined) return;
    const byPartition = this.#makerOfPartition.get(asset) ?? new Map<string, number>();
    this.#makerOfPartition.set(asset, byPartition);
    for (const partition of partitions) byPartition.set(partition, place);
  }

  #addBlockers({ step }: Slice, place: number): void {
    for (const check of step.checks) if (check.blocking) push(this.#blockers, check.asset, place);
  }

  /** Upstream assets that are made in this run, also those behind external assets. */
  *readsOf({ step }: Slice): Generator<Read> {
    for (const { asset, deps } of readersOf(step)) yield* this.#reads(deps, asset);
    for (const check of step.checks) {
      yield* this.#reads([check.asset, ...check.additionalDeps], this.#index.assets.get(check.asset));
    }
  }

  *#reads(upstreams: readonly AssetKey[], asset: Asset | undefined): Generator<Read> {
    const external: AssetKey[] = [];
    for (const upstream of upstreams) {
      if (this.#makers.has(upstream)) yield { asset, upstream };
      else if (this.#isExternal(upstream)) external.push(upstream);
    }
    if (external.length > 0) yield* this.#behind(external);
  }

  *#behind(external: AssetKey[]): Generator<Read> {
    const seen = new Set<AssetKey>();
    for (let next = external.pop(); next !== undefined; next = external.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      for (const upstream of this.#index.assets.get(next)?.deps ?? []) {
        if (this.#makers.has(upstream)) yield { asset: "any", upstream };
        else if (this.#isExternal(upstream)) external.push(upstream);
      }
    }
  }

  #isExternal(asset: AssetKey): boolean {
    return this.#index.assets.get(asset)?.step === undefined;
  }

  /** The slices that make these partitions of the asset; all its slices when none are named. */
  makersOf(asset: AssetKey, partitions: readonly string[] | undefined): readonly number[] {
    const byPartition = this.#makerOfPartition.get(asset);
    if (partitions === undefined || byPartition === undefined) return this.#makers.get(asset) ?? [];
    return partitions.map((key) => byPartition.get(key)).filter((place) => place !== undefined);
  }

  /** The slices that answer blocking checks of the asset in steps of their own. */
  blockersOf(asset: AssetKey): readonly number[] {
    return this.#blockers.get(asset) ?? [];
  }
}

function push<K>(lists: Map<K, number[]>, key: K, place: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [place]);
  else if (list.at(-1) !== place) list.push(place);
}
