import type { AssetKey } from "../core/asset-key.ts";
import type { BackfillId } from "../core/backfill.ts";
import type { PartitionSet } from "../core/partitions.ts";
import type { Storage } from "../storage/storage.ts";

type LeftByAsset = ReadonlyMap<AssetKey, readonly PartitionSet[]>;

/** What backfills that have not ended have still to do, read again only where one of them has changed. */
export class BackfillsLeft {
  readonly #storage: Pick<Storage, "activeBackfills" | "getBackfill">;
  #known = new Map<BackfillId, { readonly version: number; readonly left: LeftByAsset }>();

  constructor(storage: Pick<Storage, "activeBackfills" | "getBackfill">) {
    this.#storage = storage;
  }

  /** Of all together; `undefined` where nothing has changed. */
  async refresh(): Promise<LeftByAsset | undefined> {
    const active = await this.#storage.activeBackfills();
    const before = this.#known;
    const isSame =
      active.size === before.size &&
      active.entries().every(([id, version]) => before.get(id)?.version === version);
    if (isSame) return undefined;
    this.#known = new Map();
    for (const [id, version] of active) {
      const known = before.get(id);
      this.#known.set(id, known?.version === version ? known : await this.#read(id));
    }
    const all = [...this.#known.values()].flatMap(({ left }) => [...left]);
    return new Map(
      Array.from(
        Map.groupBy(all, ([key]) => key),
        ([key, sets]) => [key, sets.flatMap(([, some]) => some)] as const,
      ),
    );
  }

  async #read(id: BackfillId): Promise<{ readonly version: number; readonly left: LeftByAsset }> {
    const backfill = await this.#storage.getBackfill(id);
    if (backfill === undefined || backfill.endedAtMs !== undefined)
      return { version: backfill?.version ?? 0, left: new Map() };
    const left = Object.entries(backfill.state.assets).flatMap(([key, { left: set }]) =>
      set === null ? [] : [[key as AssetKey, [set]] as const],
    );
    return { version: backfill.version, left: new Map(left) };
  }
}
