import { expect, test } from "vitest";
import { createPartitionRecords } from "../../platform/instance/partition-records.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { shopOf } from "../daemon/ticking-shop.ts";

const regions = { type: "dynamic", name: "regions" } as const;
const day = {
  type: "time",
  cron: "0 0 * * *",
  start: "2026-01-01",
  timeZone: "UTC",
  format: "%Y-%m-%d",
  endOffset: 0,
} as const;
const snapshot = shopOf({
  "raw/orders": { partitions: regions },
  "mart/orders": { partitions: { type: "multi", dimensions: { day, region: regions } } },
  "mart/whole": {},
});

async function opened() {
  const storage = await openSqliteStorage(":memory:");
  let changes = 0;
  const records = createPartitionRecords({
    storage,
    snapshot: async () => snapshot,
    now: () => Temporal.Instant.from("2026-03-01T00:00Z"),
    onChange: () => changes++,
  });
  return { records, changes: () => changes, [Symbol.asyncDispose]: () => storage.close() };
}

test("keys stand in the order in which they were added, with who has them", async () => {
  await using shop = await opened();
  expect(await shop.records.list()).toEqual([
    { name: "regions", used_by: ["mart/orders", "raw/orders"].toReversed(), count: 0, keys: [] },
  ]);
  await shop.records.add("regions", ["kr", "fi"]);
  expect(await shop.records.add("regions", ["se", "kr"])).toMatchObject({
    keys: ["kr", "fi", "se"],
    count: 3,
  });
  expect(await shop.records.remove("regions", ["fi", "nowhere"])).toMatchObject({ keys: ["kr", "se"] });
  expect(shop.changes()).toBe(3);
});

test.for([
  { why: "nobody defines them", name: "region", keys: ["kr"], reason: "unknown-partitions" },
  { why: "a key is empty", name: "regions", keys: ["kr", ""], reason: "invalid-partition" },
  { why: "a key ends with a blank", name: "regions", keys: ["kr "], reason: "invalid-partition" },
])("partitions are not added where $why", async ({ name, keys, reason }) => {
  await using shop = await opened();
  await expect(shop.records.add(name, keys)).rejects.toMatchObject({ reason });
  expect(shop.changes()).toBe(0);
});
