import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { backfillTag } from "../../platform/core/backfill.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunId, RunRecord } from "../../platform/core/run.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { type AskedBackfill, createBackfillRecords } from "../../platform/instance/backfill-records.ts";
import { shopOf, type TickingShop, tickingShop } from "./ticking-shop.ts";

const daily = cadencePartitions("daily", { start: "2026-02-01" });
const raw = "raw/orders" as AssetKey;
const days = "2026-02-01..2026-02-04";

const orders = shopOf({
  [raw]: { partitions: daily },
  "clean/orders": { partitions: daily, deps: [raw], backfillPolicy: { type: "single_run" } },
  "mart/sales": { deps: ["clean/orders" as AssetKey] },
});

function recordsOf(shop: TickingShop) {
  return createBackfillRecords({
    storage: shop.storage,
    snapshot: async () => shop.snapshot,
    runsAtOnce: 4,
    now: shop.now,
  });
}

async function begun(snapshot = orders, asked: Partial<AskedBackfill> = {}) {
  const shop = await tickingShop(snapshot);
  const backfills = recordsOf(shop);
  const { id } = await backfills.create({ selection: "*", partition: days, ...asked });
  const shown = async () => {
    const found = await backfills.find(id);
    if (found === undefined) throw new Error("the backfill is gone");
    return found;
  };
  return { shop, backfills, id, shown };
}

const waiting = (shop: TickingShop): Promise<RunRecord[]> =>
  shop.storage.listRuns({ limit: 500, status: ["queued"] });
const keysOf = (runs: readonly RunRecord[]) =>
  runs.map(({ request }) => request.tags["dop/partition"]).toSorted();

/** Ends a run badly, after it made some of what it was to make. */
async function fail(shop: TickingShop, id: RunId, made: readonly string[] = []): Promise<void> {
  const epoch = await shop.storage.startAttempt(id, shop.now().epochMilliseconds);
  const bodies = [
    { type: "run.started" },
    ...made.map((partition) => ({
      type: "asset.materialized",
      step: "clean/orders",
      asset: "clean/orders",
      partition,
      metadata: {},
    })),
    { type: "run.failed", error: { name: "Error", message: "no" } },
  ] as RunEventBody[];
  await shop.storage.appendEvents(
    bodies.map((body, seq) => ({
      ...{ runId: id, epoch, seq: seq + 1, at: shop.now().epochMilliseconds },
      ...body,
    })),
  );
}

test("partitions go through the graph, each asset's when all that they need is done", async () => {
  const { shop, id, shown } = await begun();
  await shop.after("PT1S");
  const first = await waiting(shop);
  expect(keysOf(first)).toEqual(["2026-02-01", "2026-02-02", "2026-02-03", "2026-02-04"]);
  expect(first[0]?.request).toMatchObject({ assets: [raw], tags: { [backfillTag]: id } });
  await shop.settle();
  await shop.after("PT1S");
  expect((await waiting(shop)).map(({ request }) => request)).toMatchObject([
    {
      assets: ["clean/orders"],
      tags: { "dop/partition_range_start": "2026-02-01", "dop/partition_range_end": "2026-02-04" },
    },
  ]);
  await shop.settle();
  await shop.after("PT1S");
  await shop.settle();
  await shop.after("PT1S");
  expect(await shown()).toMatchObject({
    status: "success",
    partitions: { total: 9, done: 9 },
    runs: { planned: 6, launched: 6, running: 0 },
  });
});

test("no more runs wait or go on at once than were asked for, and the newest go first", async () => {
  const { shop } = await begun(orders, { maxRuns: 3, order: "newest" });
  await shop.after("PT1S");
  await shop.after("PT1S");
  expect(keysOf(await waiting(shop))).toEqual(["2026-02-02", "2026-02-03", "2026-02-04"]);
});

test("what needs a failed partition is not tried, and a retry asks for all that is not done", async () => {
  const { shop, backfills, id, shown } = await begun();
  await shop.after("PT1S");
  const one = (await waiting(shop)).find(({ request }) => request.tags["dop/partition"] === "2026-02-02");
  await fail(shop, one?.id as RunId);
  await shop.settle();
  await shop.after("PT1S");
  await shop.settle();
  await shop.after("PT1S");
  expect(await shown()).toMatchObject({
    status: "failure",
    partitions: { done: 6, failed: 1, blocked: 2 },
    reasons: [expect.stringContaining(one?.id ?? "")],
  });
  await backfills.change(id, "retry");
  for (let round = 0; round < 4; round++) {
    await shop.after("PT1S");
    await shop.settle();
  }
  expect(await shown()).toMatchObject({ status: "success", partitions: { done: 9 }, runs: { launched: 9 } });
});

test("of a run that failed, what it made is done", async () => {
  const { shop, shown } = await begun();
  await shop.after("PT1S");
  await shop.settle();
  await shop.after("PT1S");
  const [run] = await waiting(shop);
  await fail(shop, run?.id as RunId, ["2026-02-01", "2026-02-03"]);
  await shop.after("PT1S");
  expect((await shown()).assets.find(({ key }) => key === "clean/orders")).toMatchObject({
    done: 2,
    failed_partitions: "2026-02-02, 2026-02-04",
  });
});

test("a run that is started again by itself is waited for", async () => {
  const { shop, shown } = await begun(orders, { tags: { "dop/max_retries": "1" } });
  await shop.after("PT1S");
  const [run] = await waiting(shop);
  if (run === undefined) throw new Error("no run waits");
  await fail(shop, run.id);
  await shop.after("PT1S");
  expect(await shown()).toMatchObject({ partitions: { running: 4, failed: 0 } });
  const reexecution = { parent: run.id, root: run.id, number: 1, automatic: true };
  const again = "01a00000-0000-7000-8000-000000000000" as RunId;
  const plan = await shop.storage.getPlan(run.id);
  await shop.storage.createRun({
    ...{ id: again, status: "queued", snapshotId: run.snapshotId, createdAtMs: 9 },
    request: { assets: run.request.assets, tags: {}, reexecution },
    ...(plan === undefined ? {} : { plan }),
  });
  await shop.settle();
  await shop.after("PT1S");
  await shop.after("PT1S");
  expect(await shown()).toMatchObject({ partitions: { done: 4, failed: 0 } });
});

test("a paused backfill asks for nothing, and goes on where it was", async () => {
  const { shop, backfills, id } = await begun(orders, { maxRuns: 2 });
  await shop.after("PT1S");
  await backfills.change(id, "pause");
  await shop.settle();
  await shop.after("PT1S");
  expect(await waiting(shop)).toEqual([]);
  await backfills.change(id, "resume");
  await shop.after("PT1S");
  expect(keysOf(await waiting(shop))).toEqual(["2026-02-03", "2026-02-04"]);
});

test("a canceled backfill cancels its runs and leaves the rest", async () => {
  const { shop, backfills, id, shown } = await begun(orders, { maxRuns: 2 });
  await shop.after("PT1S");
  const runs = await waiting(shop);
  await backfills.change(id, "cancel");
  await shop.after("PT1S");
  expect(shop.cancelled.toSorted()).toEqual(runs.map((run) => run.id).toSorted());
  for (const run of runs)
    await shop.storage.setRunStatus(run.id, "canceled", { at: shop.now().epochMilliseconds });
  await shop.after("PT1S");
  expect(await shown()).toMatchObject({ status: "canceled", partitions: { waiting: 9, failed: 0 } });
  expect(await shop.storage.activeBackfills()).toEqual(new Map());
});

test("one that has no run is canceled at once, and can be asked for again", async () => {
  const { backfills, id } = await begun();
  expect(await backfills.change(id, "cancel")).toMatchObject({
    status: "canceled",
    ended_at_ms: expect.any(Number),
  });
  expect(await backfills.change(id, "retry")).toMatchObject({ status: "running", ended_at_ms: null });
});

test.for([
  { verb: "resume", status: "running" },
  { verb: "retry", status: "running" },
] as const)("a $status backfill refuses to $verb", async ({ verb }) => {
  const { backfills, id } = await begun();
  await expect(backfills.change(id, verb)).rejects.toMatchObject({ reason: "refused-transition" });
});

test("a restart between any two steps neither loses nor doubles a run", async () => {
  const { shop, shown } = await begun(orders, { maxRuns: 2 });
  for (let round = 0; round < 12; round++) {
    shop.restart();
    await shop.after("PT1S");
    const [run] = await waiting(shop);
    if (run !== undefined && round % 3 === 0) await shop.settle();
  }
  await shop.settle();
  await shop.after("PT1S");
  await shop.settle();
  await shop.after("PT1S");
  expect(await shown()).toMatchObject({ status: "success", runs: { planned: 6, launched: 6 } });
  expect(await shop.storage.listRuns({ limit: 99 })).toHaveLength(6);
});

test("of two daemons that take the same step one does", async () => {
  const { shop } = await begun();
  const other = await tickingShop(orders, { given: shop.storage });
  await Promise.all([shop.after("PT1S"), other.after("PT1S")]);
  await Promise.all([shop.after("PT1S"), other.after("PT1S")]);
  expect(keysOf(await waiting(shop))).toHaveLength(4);
});

test("a run that cannot be planned is a failure that says why", async () => {
  const { shop, shown } = await begun();
  shop.snapshot = {
    ...shopOf({ [raw]: { partitions: { type: "static", keys: ["eu"] } }, "mart/sales": {} }),
    id: "changed",
  };
  await shop.after("PT1S");
  await shop.settle();
  await shop.after("PT1S");
  const { status, reasons } = await shown();
  expect(status).toBe("failure");
  expect(reasons.join()).toContain("`clean/orders` is not defined any more");
});

test("an eager asset waits while a backfill is to bring it or its upstream up to date", async () => {
  const snapshot = shopOf({
    source: {},
    [raw]: { partitions: daily },
    sales: { deps: ["source" as AssetKey], eager: true },
  });
  const { shop, backfills } = await begun(snapshot, { selection: `key:"${raw}" or source`, maxRuns: 1 });
  const [{ id } = { id: "" }] = await backfills.list({ limit: 1 });
  await backfills.change(id, "pause");
  await shop.run(["sales"]);
  await shop.after("PT1S");
  await shop.run(["source"]);
  expect((await shop.after("PT1S")).flat()).not.toContain("sales");
  expect((await shop.after("PT1M")).flat()).not.toContain("sales");
  await backfills.change(id, "cancel");
  const asked = [...(await shop.after("PT1M")), ...(await shop.after("PT1M"))].flat();
  expect(asked).toContain("sales");
});

test("how long it takes is told from earlier runs of the same assets", async () => {
  const { shop, backfills } = await begun(orders, { selection: `key:"${raw}"` });
  const asked = { selection: `key:"${raw}"`, partition: "2026-02-10..2026-02-12" };
  expect(await backfills.plan(asked)).toMatchObject({ runs: 3, estimate_ms: null });
  await shop.after("PT1S");
  await shop.settle();
  expect(await backfills.plan(asked)).toMatchObject({ runs: 3, estimate_ms: 0 });
});

test("nothing is asked for where nothing is missing", async () => {
  const { shop, backfills } = await begun(orders, { selection: `key:"${raw}"` });
  await shop.after("PT1S");
  await shop.settle();
  await expect(
    backfills.create({ selection: `key:"${raw}"`, partition: days, only: "missing" }),
  ).rejects.toMatchObject({ reason: "nothing-selected" });
});
