import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { onBreach } from "../../platform/core/condition-builders.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { BreachState, FreshnessPolicy } from "../../platform/core/freshness.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { shopOf, start, tickingShop } from "./ticking-shop.ts";

const hour = 3_600_000;
const begin = start.epochMilliseconds;
const policy: FreshnessPolicy = { type: "time_window", failSeconds: 7200, warnSeconds: 3600 };
const shop = (freshnessPolicy: FreshnessPolicy | undefined = policy): DefinitionsSnapshot => ({
  ...shopOf({ "raw/orders": freshnessPolicy === undefined ? {} : { freshnessPolicy } }),
  id: JSON.stringify(freshnessPolicy ?? null),
});

/** Oldest first, without who and where. */
async function told(storage: Storage): Promise<object[]> {
  const { freshness } = await storage.changesSince(0, 1000);
  return freshness.map(({ cursor: _cursor, asset: _asset, ...change }) => change);
}

test("each state that an asset comes to is told in the log once, with when and why", async () => {
  const { after, run, storage } = await tickingShop(shop());
  await run(["raw/orders"]);
  await after("PT0S");
  for (let minutes = 0; minutes < 180; minutes += 30) await after("PT30M");
  expect(await told(storage)).toEqual([
    { at: begin, from: "unknown", to: "pass", reason: "materialized", since: begin, due: begin + 2 * hour },
    {
      at: begin + hour,
      from: "pass",
      to: "warn",
      reason: "time",
      since: begin + hour,
      due: begin + 2 * hour,
    },
    {
      at: begin + 2 * hour,
      from: "warn",
      to: "fail",
      reason: "time",
      since: begin + 2 * hour,
      due: begin + 2 * hour,
    },
  ]);
});

test("the daemon wakes for the moment at which an asset stops being fresh", async () => {
  const { after, run, next } = await tickingShop(shop());
  await run(["raw/orders"]);
  await after("PT1S");
  expect(next()).toBeLessThanOrEqual(begin + hour);
  await after("PT10M");
  expect(next()).toBeLessThanOrEqual(begin + hour);
});

test("the history of an asset's freshness is read by its key, newest first", async () => {
  const { after, run, storage } = await tickingShop(shop());
  await run(["raw/orders"]);
  await after("PT1S");
  await after("PT3H");
  const history = await storage.freshnessHistory("raw/orders" as AssetKey, { limit: 10 });
  expect(history.map(({ event }) => event)).toMatchObject([
    { type: "freshness.changed", from: "pass", to: "fail", seq: 2 },
    { type: "freshness.changed", from: "unknown", to: "pass", seq: 1 },
  ]);
  expect(await storage.freshnessHistory("raw/orders" as AssetKey, { limit: 1 })).toHaveLength(1);
  expect(await storage.freshnessHistory("raw/other" as AssetKey, { limit: 1 })).toEqual([]);
});

test("a daemon that starts anew tells only what changed while none ran", async () => {
  const { after, run, restart, storage } = await tickingShop(shop());
  await run(["raw/orders"]);
  await after("PT1S");
  restart();
  await after("PT1S");
  restart();
  await after("PT1H");
  expect(await told(storage)).toMatchObject([{ to: "pass" }, { to: "warn", since: begin + hour }]);
});

test("of two daemons over the same records one tells", async () => {
  const storage = await openSqliteStorage(":memory:");
  const first = await tickingShop(shop(), { given: storage });
  const second = await tickingShop(shop(), { given: storage });
  await first.run(["raw/orders"]);
  await first.after("PT1S");
  await second.after("PT2S");
  await first.after("PT1H");
  await second.after("PT1H");
  await second.after("PT2H");
  await first.after("PT3H");
  await first.run(["raw/orders"]);
  await second.after("PT90M");
  await first.after("PT1S");
  expect(await told(storage)).toMatchObject([
    { to: "pass" },
    { to: "warn" },
    { to: "fail" },
    { to: "pass", reason: "materialized" },
  ]);
  await storage.close();
});

test("a clock that is set back makes nothing fresher, and nothing is told twice", async () => {
  const { after, run, restart, storage } = await tickingShop(shop());
  await run(["raw/orders"]);
  await after("PT1S");
  await after("PT2H");
  await after("-PT90M");
  restart();
  await after("PT1S");
  await after("PT2H");
  expect(await told(storage)).toMatchObject([{ to: "pass" }, { to: "fail" }]);
});

test("what is materialized counts at once, also while the clock stands before the last change", async () => {
  const { after, run, storage } = await tickingShop(shop());
  await run(["raw/orders"]);
  await after("PT1S");
  await after("PT2H");
  await after("-PT90M");
  await run(["raw/orders"]);
  await after("PT1S");
  expect(await told(storage)).toMatchObject([{ to: "pass" }, { to: "fail" }, { from: "fail", to: "pass" }]);
});

test("another policy settles the state, and so does none", async () => {
  const opened = await tickingShop(shop());
  const { after, run, storage } = opened;
  await run(["raw/orders"]);
  await after("PT3H");
  opened.snapshot = shop({ type: "time_window", failSeconds: 86_400 });
  await after("PT1S");
  opened.snapshot = shop({ type: "time_window", failSeconds: 3600 });
  await after("PT1S");
  const none = shopOf({ "raw/orders": {} });
  opened.snapshot = none;
  await after("PT1S");
  await after("PT1S");
  expect(await told(storage)).toMatchObject([
    { from: "unknown", to: "fail" },
    { from: "fail", to: "pass", reason: "policy" },
    { from: "pass", to: "fail", reason: "policy" },
    { from: "fail", to: "unknown", reason: "policy" },
  ]);
  expect(await storage.listCursors("freshness/")).toEqual(new Map());
});

test("an asset that is not defined for a while keeps its state", async () => {
  const opened = await tickingShop(shop());
  const { after, run, storage } = opened;
  await run(["raw/orders"]);
  await after("PT3H");
  opened.snapshot = shopOf({});
  await after("PT1S");
  opened.snapshot = shop();
  await after("PT1S");
  expect(await told(storage)).toHaveLength(1);
});

test("a state that an earlier release kept is gone on from", async () => {
  const { after, run, storage } = await tickingShop(shop());
  await storage.setCursor("freshness/raw/orders", "fail");
  await run(["raw/orders"]);
  await after("PT1S");
  expect(await told(storage)).toMatchObject([{ from: "fail", to: "pass" }]);
});

test.for([
  { scope: "latest_partition", state: "fail" },
  { scope: "all_partitions", state: "fail" },
  { scope: "asset", state: "pass" },
] as const)(
  "with the scope $scope an old partition made again leaves the asset at $state",
  async ({ scope, state }) => {
    const { after, run, storage } = await tickingShop(
      shopOf({
        "raw/orders": {
          freshnessPolicy: { type: "time_window", failSeconds: 7200, scope },
          partitions: {
            type: "time",
            cron: "0 0 * * *",
            start: "2026-02-26",
            timeZone: "UTC",
            format: "%Y-%m-%d",
            endOffset: 0,
          },
        },
      }),
    );
    await after("PT6H");
    await run(["raw/orders"], { partition: "2026-02-26" });
    await after("PT1M");
    expect((await told(storage)).at(-1)).toMatchObject({ to: state });
  },
);

const breaching = (on: BreachState) =>
  shopOf({ "raw/orders": { freshnessPolicy: policy, automationCondition: onBreach(on) } });

test.for([
  { on: "warn", after: "PT1H1S" },
  { on: "fail", after: "PT2H1S" },
] as const)(
  "an asset to be materialized on $on is asked for once per breach",
  async ({ on, after: late }) => {
    const { after, run, settle, restart } = await tickingShop(breaching(on));
    await run(["raw/orders"]);
    expect(await after("PT1S")).toEqual([]);
    expect(await after("PT59M")).toEqual([]);
    expect(await after(late)).toEqual([["raw/orders"]]);
    expect(await after("PT1M")).toEqual([]);
    restart();
    expect(await after("PT3H")).toEqual([]);
    await settle();
    expect(await after("PT1S")).toEqual([]);
    expect(await after(late)).toEqual([["raw/orders"]]);
  },
);

test("what a breach asked for makes the asset pass again", async () => {
  const { after, run, settle, storage } = await tickingShop(breaching("fail"));
  await run(["raw/orders"]);
  await after("PT1S");
  expect(await after("PT2H")).toEqual([["raw/orders"]]);
  await settle();
  await after("PT1S");
  expect((await told(storage)).at(-1)).toMatchObject({ from: "fail", to: "pass" });
});
