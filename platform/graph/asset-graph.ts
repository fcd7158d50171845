// `graph` merges definitions into one checked graph of assets, and selects, compares and shows them.

import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import { type Adjacency, buildAdjacency, type Neighbours, spread, topologicalNumbers } from "./adjacency.ts";
import type { SelectionSource } from "./selection-source.ts";

/** The merged assets with their edges. Assets are numbered in the order of their keys. */
export class AssetGraph implements SelectionSource {
  readonly definitions: SnapshotDefinitions;
  readonly keyPrefix: string | undefined;
  readonly #numbers: ReadonlyMap<string, number>;
  #adjacency: Adjacency | undefined;
  #checks: ReadonlyMap<string, AssetCheck> | undefined;
  #order: readonly AssetKey[] | undefined;

  constructor(definitions: SnapshotDefinitions) {
    this.definitions = definitions;
    this.keyPrefix = definitions.keyPrefix;
    this.#numbers = new Map(definitions.assets.map(({ key }, index) => [key, index]));
  }

  get assets(): readonly Asset[] {
    return this.definitions.assets;
  }

  get adjacency(): Adjacency {
    this.#adjacency ??= buildAdjacency(this.assets.length, (node) =>
      (this.assets[node] as Asset).deps.flatMap((dep) => this.#numbers.get(dep) ?? []),
    );
    return this.#adjacency;
  }

  has(key: AssetKey): boolean {
    return this.#numbers.has(key);
  }

  findAsset(key: AssetKey): Asset | undefined {
    const number = this.#numbers.get(key);
    return number === undefined ? undefined : this.assets[number];
  }

  /** Throws RangeError for an unknown key. */
  getAsset(key: AssetKey): Asset {
    const asset = this.findAsset(key);
    if (asset === undefined) throw new RangeError(`there is no asset ${key}`);
    return asset;
  }

  findCheck(key: CheckKey): AssetCheck | undefined {
    this.#checks ??= new Map(this.definitions.checks.map((check) => [check.key, check]));
    return this.#checks.get(key);
  }

  /** Keys that `keys` depend on within `depth` steps (all the way unless given), without `keys`, sorted. */
  upstream(keys: AssetKey | readonly AssetKey[], depth = Number.POSITIVE_INFINITY): AssetKey[] {
    return this.#reach(this.adjacency.upstream, keys, depth);
  }

  /** Keys that depend on `keys` within `depth` steps (all the way unless given), without `keys`, sorted. */
  downstream(keys: AssetKey | readonly AssetKey[], depth = Number.POSITIVE_INFINITY): AssetKey[] {
    return this.#reach(this.adjacency.downstream, keys, depth);
  }

  /** All keys, each after those it depends on; among equals in order of keys. */
  topologicalOrder(): readonly AssetKey[] {
    this.#order ??= topologicalNumbers(this.adjacency).map((number) => (this.assets[number] as Asset).key);
    return this.#order;
  }

  #reach(neighbours: Neighbours, keys: AssetKey | readonly AssetKey[], depth: number): AssetKey[] {
    const start = new Uint8Array(this.assets.length);
    for (const key of typeof keys === "string" ? [keys] : keys) {
      const number = this.#numbers.get(key);
      if (number !== undefined) start[number] = 1;
    }
    const reached = spread(neighbours, start, depth);
    const found: AssetKey[] = [];
    for (const [index, { key }] of this.assets.entries())
      if (reached[index] === 1 && start[index] === 0) found.push(key);
    return found;
  }
}

export function assetGraphOf(definitions: SnapshotDefinitions): AssetGraph {
  return new AssetGraph(definitions);
}
