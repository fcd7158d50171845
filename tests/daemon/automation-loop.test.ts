import { expect, test } from "vitest";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import { createInstigatorRecords } from "../../platform/instance/instigator-records.ts";
import { writeSwitch } from "../../platform/instance/instigator-switches.ts";
import { shopOf, tickingShop } from "./ticking-shop.ts";

const orders = (key = "raw/orders") => key as never;
const daily: PartitionsDefinition = {
  type: "time",
  cron: "0 0 * * *",
  start: "2026-02-25",
  timeZone: "UTC",
  format: "%Y-%m-%d",
  endOffset: 0,
};
const shop = () =>
  shopOf({
    "raw/orders": {},
    "mart/sales": { deps: [orders()], eager: true },
    "mart/top": { deps: [orders("mart/sales")], eager: true },
  });

test("what is eager runs once after what it depends on, and in one run with what depends on it", async () => {
  const { after, run, settle } = await tickingShop(shop());
  expect(await after("PT1S")).toEqual([]);
  await run(["raw/orders"]);
  expect(await after("PT1S")).toEqual([["mart/sales", "mart/top"]]);
  expect(await after("PT1S")).toEqual([]);
  await settle();
  expect(await after("PT1S")).toEqual([]);
  expect(await after("PT1M")).toEqual([]);
});

test("what is asked for is tagged with its group, and the tick is recorded with its runs", async () => {
  const { after, run, storage } = await tickingShop(shop());
  await after("PT1S");
  await run(["raw/orders"]);
  await after("PT1S");
  const [made] = await storage.listRuns({ limit: 1, tags: { "dop/automation": "automation" } });
  const [tick] = await storage.listTicks("sensor/automation", { limit: 1 });
  expect(tick).toMatchObject({
    status: "success",
    runIds: [made?.id],
    body: { requested: [{ key: "mart/sales" }, { key: "mart/top" }] },
  });
});

test("what happened while no daemon ran is seen to by the next one, once", async () => {
  const { after, run, restart, settle } = await tickingShop(shop());
  await after("PT1S");
  restart();
  await run(["raw/orders"]);
  expect(await after("PT1H")).toEqual([["mart/sales", "mart/top"]]);
  restart();
  expect(await after("PT1H")).toEqual([]);
  await settle();
  restart();
  expect(await after("PT1H")).toEqual([]);
});

test("a failed run of an upstream asset asks for nothing", async () => {
  const { after, run } = await tickingShop(shop());
  await after("PT1S");
  await run(["raw/orders"], { fails: true });
  expect(await after("PT1S")).toEqual([]);
});

test("while the group is off nothing runs, and then once", async () => {
  const { after, run, storage } = await tickingShop(shop());
  await after("PT1S");
  await writeSwitch(storage, "automation", { status: "stopped", at: 0 });
  await run(["raw/orders"]);
  expect(await after("PT1S")).toEqual([]);
  await run(["raw/orders"]);
  await writeSwitch(storage, "automation", { status: "running", at: 0 });
  expect(await after("PT1S")).toEqual([["mart/sales", "mart/top"]]);
});

test("a named group ticks at its own interval with its own tags, and the default one leaves its assets alone", async () => {
  const snapshot = shop();
  const { after, run, settle, storage } = await tickingShop({
    ...snapshot,
    definitions: {
      ...snapshot.definitions,
      sensors: [
        {
          name: "marts",
          kind: "automation",
          target: { selection: "key:mart/top" },
          minimumIntervalSeconds: 60,
          defaultStatus: "running",
          tags: { team: "data" },
        },
      ],
    },
  });
  await after("PT1S");
  await run(["raw/orders"]);
  expect(await after("PT1S")).toEqual([["mart/sales"]]);
  await settle();
  expect(await after("PT30S")).toEqual([]);
  expect(await after("PT30S")).toEqual([["mart/top"]]);
  const [made] = await storage.listRuns({ limit: 1, tags: { "dop/automation": "marts" } });
  expect(made?.request.tags).toMatchObject({ team: "data" });
});

test("several partitions become runs by the backfill policy", async () => {
  const { after, storage } = await tickingShop(
    shopOf({
      days: {
        partitions: daily,
        backfillPolicy: { type: "multi_run", maxPartitionsPerRun: 3 },
        automationCondition: { type: "missing" },
      },
    }),
  );
  expect(await after("PT1S")).toEqual([["days"], ["days"]]);
  const runs = await storage.listRuns({ limit: 9 });
  expect(
    runs
      .map(({ request }) => request.partitions)
      .toSorted((a, b) => (a?.kind === "ranges" ? -1 : b?.kind === "ranges" ? 1 : 0)),
  ).toEqual([
    { kind: "ranges", ranges: [["2026-02-25", "2026-02-27"]], count: 3 },
    { kind: "keys", keys: ["2026-02-28"] },
  ]);
});

test("a new window is asked for when it opens, and the daemon knows when that is", async () => {
  const shop = await tickingShop(shopOf({ days: { partitions: daily, eager: true } }));
  const { after, storage } = shop;
  await after("PT1S");
  await after("PT2S");
  expect(await after("PT23H59M50S")).toEqual([]);
  await after("PT3S");
  expect(shop.next()).toBe(Temporal.Instant.from("2026-03-02T00:00:00Z").epochMilliseconds);
  expect(await after("PT10S")).toEqual([["days"]]);
  const [run] = await storage.listRuns({ limit: 1 });
  expect(run?.request.partitions).toEqual({ kind: "keys", keys: ["2026-03-01"] });
});

test("what cannot be planned is told as the reason of a failed tick", async () => {
  const snapshot = shopOf({ odd: { automationCondition: { type: "missing" } } });
  const { storage, after } = await tickingShop({
    ...snapshot,
    definitions: { ...snapshot.definitions, steps: [] },
  });
  await after("PT1S");
  expect(await storage.listTicks("sensor/automation", { limit: 1 })).toMatchObject([
    { status: "failure", reason: expect.stringContaining("odd") },
  ]);
});

test("an asset whose freshness turns is asked for once per breach", async () => {
  const { after, run } = await tickingShop(
    shopOf({
      orders: {
        freshnessPolicy: { type: "time_window", failSeconds: 3600 },
        automationCondition: {
          type: "since",
          trigger: { type: "newly_true", operand: { type: "freshness_failed" } },
          reset: { type: "newly_requested" },
        } as never,
      },
    }),
  );
  await run(["orders"]);
  expect(await after("PT1S")).toEqual([]);
  expect(await after("PT59M58S")).toEqual([]);
  expect(await after("PT1S")).toEqual([["orders"]]);
  expect(await after("PT1M")).toEqual([]);
});

test("a group that is reset while it runs begins anew, and goes on", async () => {
  const { after, run, settle, storage, snapshot, now } = await tickingShop(shop());
  await after("PT1S");
  await run(["raw/orders"]);
  await after("PT1S");
  await settle();
  await after("PT1S");
  const records = createInstigatorRecords({ storage, snapshot: async () => snapshot, now });
  await records.reset("automation");
  for (let round = 0; round < 4; round++) await after("PT30S");
  await run(["raw/orders"]);
  expect(await after("PT1S")).toEqual([["mart/sales", "mart/top"]]);
});
