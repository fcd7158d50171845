import type { AssetKey } from "../core/asset-key.ts";
import type { RunId } from "../core/run.ts";
import type { PartitionFacts } from "../storage/partition-facts.ts";
import type { Storage, StorageChange } from "../storage/storage.ts";

/** Facts of partitions, in memory. */
export interface KeptFacts {
  /** Those of now; the same number means the same facts as before. */
  read(): Promise<{ readonly facts: ReadonlyMap<AssetKey, PartitionFacts>; readonly version: number }>;
}

/** Where more runs than these changed unseen, everything is read again. */
const mostRuns = 100;

/** Reads everything once, and afterwards only what concerns assets that changed; after a failure everything. */
export function createKeptFacts(
  storage: Pick<Storage, "partitionFacts" | "getRun" | "subscribe">,
): KeptFacts {
  let facts: Map<AssetKey, PartitionFacts> | undefined;
  let version = 0;
  let changed = createChanges();
  let reading: Promise<unknown> = Promise.resolve();
  storage.subscribe((change) => changed.add(change));

  const refresh = async () => {
    const { runs, assets } = changed;
    changed = createChanges();
    if (facts === undefined || runs.size > mostRuns) {
      facts = new Map(await storage.partitionFacts());
      version += 1;
      return { facts, version };
    }
    for (const id of runs)
      for (const key of (await storage.getRun(id))?.request.assets ?? []) assets.add(key);
    if (assets.size === 0) return { facts, version };
    const keys = [...assets];
    const read = await storage.partitionFacts(keys);
    for (const key of keys) {
      const found = read.get(key);
      if (found === undefined) facts.delete(key);
      else facts.set(key, found);
    }
    version += 1;
    return { facts, version };
  };

  return {
    read() {
      // One after the other, so that the facts are read once for all who ask meanwhile.
      const next = reading.then(refresh);
      reading = next.catch(() => {
        facts = undefined;
      });
      return next;
    },
  };
}

/** Whose facts may have changed: assets by their events; of runs that were changed elsewhere all that they make. */
function createChanges() {
  const assets = new Set<AssetKey>();
  const runs = new Set<RunId>();
  return {
    assets,
    runs,
    add({ events, runs: touched }: StorageChange): void {
      for (const { event } of events)
        if (event.type === "asset.materialized" || event.type === "asset.observed") assets.add(event.asset);
      const told = new Set(events.map(({ event }) => event.runId));
      for (const id of touched) if (!told.has(id)) runs.add(id);
    },
  };
}
