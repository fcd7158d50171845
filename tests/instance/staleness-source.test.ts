import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { Asset, DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { RunId } from "../../platform/core/run.ts";
import { evaluateStaleness } from "../../platform/graph/staleness.ts";
import { readStaleRequest, staleRequest } from "../../platform/instance/staleness-request.ts";
import { createStalenessSource } from "../../platform/instance/staleness-source.ts";
import type { PartitionFact, PartitionFacts } from "../../platform/storage/partition-facts.ts";
import type { StorageChange } from "../../platform/storage/storage.ts";

const now = Temporal.Instant.from("2026-01-04T00:00Z");
const days = ["2026-01-01", "2026-01-02", "2026-01-03"];
const daily = {
  type: "time",
  cron: "0 0 * * *",
  start: "2026-01-01",
  timeZone: "UTC",
  format: "%Y-%m-%d",
  endOffset: 0,
} as const;

function asset(key: string, more: Partial<Asset> = {}): Asset {
  const plain = { deps: [], owners: [], tags: {}, kinds: [], checks: [], groupName: "default" };
  return { key: key as AssetKey, materializable: true, ...plain, ...more };
}

function snapshotOf(...assets: readonly Asset[]): DefinitionsSnapshot {
  return { definitions: { assets, jobs: [] }, components: [] } as unknown as DefinitionsSnapshot;
}

const shop = snapshotOf(
  asset("clean", { deps: ["raw" as AssetKey], partitions: daily }),
  asset("other", { deps: ["raw" as AssetKey] }),
  asset("raw"),
  asset("shops", { partitions: { type: "dynamic", name: "shops" } }),
);

/** Facts that were made by an attempt from `started` to `changed`. */
function facts(
  key: string,
  started: number,
  changed: number,
  partitions: readonly (string | null)[] = [null],
) {
  const made = partitions.map(
    (partition) =>
      ({
        partition,
        startedCursor: started,
        changedCursor: changed,
        changedAt: changed,
        codeVersion: null,
      }) as unknown as PartitionFact,
  );
  return [key as AssetKey, { asset: key as AssetKey, partitions: made }] as const;
}

/** The part of a storage that staleness asks, with what it was asked. */
function remembered(...given: readonly (readonly [AssetKey, PartitionFacts])[]) {
  const kept = new Map(given);
  const asked: (readonly string[] | undefined)[] = [];
  let listener: (change: StorageChange) => void = () => {};
  return {
    asked,
    kept,
    tell: (change: Partial<StorageChange>) => listener({ events: [], runs: [], ...change }),
    async partitionFacts(keys?: readonly AssetKey[]) {
      asked.push(keys);
      return new Map([...kept].filter(([key]) => keys?.includes(key) !== false));
    },
    listPartitions: async () => ["a", "b"],
    getRun: async (id: RunId) => (id === "r1" ? ({ request: { assets: ["other"] } } as never) : undefined),
    subscribe(given: (change: StorageChange) => void) {
      listener = given;
      return () => {};
    },
  };
}

const stored = () =>
  remembered(
    facts("raw", 10, 11),
    facts("clean", 5, 6, days),
    facts("other", 1, 2),
    facts("shops", 1, 2, ["b"]),
  );

const source = (storage: ReturnType<typeof remembered>) => createStalenessSource(storage, () => now);

test("what is stale of everything is asked for with its partitions", async () => {
  expect(await readStaleRequest(shop, source(stored()))).toEqual({
    assets: ["clean", "other"],
    slices: {
      clean: { kind: "ranges", ranges: [["2026-01-01", "2026-01-03"]], count: 3 },
    },
  });
});

test("of a selection exactly what is stale is asked for, and a fresh upstream is left out", async () => {
  expect(await readStaleRequest(shop, source(stored()), { selection: "key:clean or key:raw" })).toMatchObject(
    {
      assets: ["clean"],
    },
  );
});

test("only the stale partitions of an asset are asked for", () => {
  const old = facts("clean", 5, 6, [days[1] as string]);
  const newer = facts("clean", 12, 13, [days[0] as string]);
  const both = { asset: "clean" as AssetKey, partitions: [...newer[1].partitions, ...old[1].partitions] };
  const known = new Map([facts("raw", 10, 11), ["clean" as AssetKey, both] as const]);
  expect(staleRequest(shop, evaluateStaleness(shop.definitions, known, { now }))).toEqual({
    assets: ["clean"],
    slices: { clean: { kind: "keys", keys: ["2026-01-02"] } },
  });
});

test("where nothing is stale the request is refused as such, also while something is missing", async () => {
  const nothing = remembered(facts("raw", 1, 2));
  await expect(readStaleRequest(shop, source(nothing))).rejects.toMatchObject({ reason: "nothing-stale" });
  await expect(readStaleRequest(shop, source(stored()), { selection: "key:raw" })).rejects.toMatchObject({
    reason: "nothing-stale",
  });
});

test("a selection that does not parse is refused", async () => {
  await expect(readStaleRequest(shop, source(stored()), { selection: "key:" })).rejects.toMatchObject({
    reason: "invalid-selection",
  });
});

test("facts are read once, and afterwards only those of assets that changed", async () => {
  const storage = stored();
  const source = createStalenessSource(storage, () => now);
  expect((await source.read(shop)).of("other")).toMatchObject({ status: "stale" });
  await source.read(shop);
  storage.kept.set(...facts("other", 20, 21));
  storage.tell({
    events: [{ cursor: 21, event: { type: "asset.materialized", asset: "other", runId: "r9" } as never }],
    runs: ["r9" as RunId],
  });
  expect((await source.read(shop)).of("other")).toMatchObject({ status: "fresh" });
  expect(storage.asked).toEqual([undefined, ["other"]]);
});

test("of a run that another process changed all assets are read again", async () => {
  const storage = stored();
  const source = createStalenessSource(storage, () => now);
  await source.read(shop);
  storage.tell({ runs: ["r1" as RunId, "gone" as RunId] });
  await source.read(shop);
  expect(storage.asked).toEqual([undefined, ["other"]]);
});

test("a storage that fails once is asked for everything the next time", async () => {
  const storage = stored();
  const source = createStalenessSource(storage, () => now);
  await source.read(shop);
  const { partitionFacts } = storage;
  storage.tell({ runs: ["r1" as RunId] });
  storage.partitionFacts = async () => {
    throw new Error("the disk is gone");
  };
  await expect(source.read(shop)).rejects.toThrow("the disk is gone");
  storage.partitionFacts = partitionFacts;
  await source.read(shop);
  expect(storage.asked).toEqual([undefined, undefined]);
});

test("dynamic partitions are those that the storage has", async () => {
  const source = createStalenessSource(stored(), () => now);
  expect((await source.read(shop)).of("shops")).toMatchObject({
    status: "missing",
    slices: { missing: [[0, 1]] },
  });
});
