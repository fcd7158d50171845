import { expect, test } from "vitest";
import type { ScheduleSpec } from "../../platform/core/job.ts";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import { writeSwitch } from "../../platform/instance/instigator-switches.ts";
import { shopOf, type TickingShop, tickingShop } from "./ticking-shop.ts";

const daily: PartitionsDefinition = {
  type: "time",
  cron: "0 0 * * *",
  start: "2026-02-25",
  timeZone: "UTC",
  format: "%Y-%m-%d",
  endOffset: 0,
};

function scheduled(more: Partial<ScheduleSpec> = {}, assets: Parameters<typeof shopOf>[0] = { orders: {} }) {
  return shopOf(assets, {
    schedules: [
      {
        name: "hourly",
        cron: "0 * * * *",
        timeZone: "UTC",
        target: { selection: "key:orders" },
        defaultStatus: "running",
        tags: { team: "data" },
        ...more,
      },
    ],
  });
}

const ticksOf = async ({ storage }: TickingShop) =>
  (await storage.listTicks("schedule/hourly", { limit: 20 })).map(({ status, scheduledAtMs, reason }) =>
    [
      Temporal.Instant.fromEpochMilliseconds(scheduledAtMs).toString().slice(11, 16),
      status,
      ...(reason === undefined ? [] : [reason]),
    ].join(" "),
  );

test("a tick asks for its target once, and tells when the next one is", async () => {
  const shop = await tickingShop(scheduled());
  expect(await shop.after("PT30M")).toEqual([]);
  expect(shop.next()).toBeLessThanOrEqual(Temporal.Instant.from("2026-03-01T01:00Z").epochMilliseconds);
  expect(await shop.after("PT30M")).toEqual([["orders"]]);
  expect(await shop.after("PT1S")).toEqual([]);
  const [run] = await shop.storage.listRuns({ limit: 1 });
  expect(run?.request.tags).toEqual({
    team: "data",
    "dop/schedule": "hourly",
    "dop/tick": "2026-03-01T01:00:00Z",
  });
});

test("ticks from before it was first on never run", async () => {
  const shop = await tickingShop(scheduled({ catchUp: { type: "all", max: 9 } }));
  expect(await shop.after("PT5H")).toEqual([]);
});

test.for([
  { catchUp: undefined, ticks: ["05:00 success"] },
  { catchUp: { type: "latest" }, ticks: ["05:00 success"] },
  { catchUp: { type: "none" }, ticks: [] },
  { catchUp: { type: "all", max: 2 }, ticks: ["05:00 success", "04:00 success"] },
  {
    catchUp: { type: "window", seconds: 3 * 3600 },
    ticks: ["05:00 success", "04:00 success", "03:00 success"],
  },
] as const)(
  "ticks that passed unwatched are made up for by the rule $catchUp",
  async ({ catchUp, ticks }) => {
    const shop = await tickingShop(scheduled(catchUp === undefined ? {} : { catchUp }));
    await shop.after("PT1M");
    shop.restart();
    await shop.after("PT5H4M");
    expect(await ticksOf(shop)).toEqual(ticks);
  },
);

test.for([
  { overlap: "skip", ticks: 2, runs: 1, cancelled: 0 },
  { overlap: "allow", ticks: 2, runs: 2, cancelled: 0 },
  { overlap: "queue", ticks: 1, runs: 1, cancelled: 0 },
  { overlap: "cancel_previous", ticks: 2, runs: 2, cancelled: 1 },
] as const)(
  "with the overlap rule $overlap a second tick makes $runs runs in all",
  async ({ overlap, ticks, runs, cancelled }) => {
    const shop = await tickingShop(scheduled({ overlap }));
    await shop.after("PT1M");
    await shop.after("PT59M");
    await shop.after("PT1H");
    expect(await ticksOf(shop)).toHaveLength(ticks);
    expect(await shop.storage.listRuns({ limit: 9 })).toHaveLength(runs);
    expect(shop.cancelled).toHaveLength(cancelled);
  },
);

test("a queued tick runs when the earlier one has ended", async () => {
  const shop = await tickingShop(scheduled({ overlap: "queue" }));
  await shop.after("PT1M");
  await shop.after("PT59M");
  expect(await shop.after("PT1H")).toEqual([]);
  await shop.settle();
  expect(await shop.after("PT1S")).toEqual([["orders"]]);
  expect(await ticksOf(shop)).toEqual(["02:00 success", "01:00 success"]);
});

test("a partitioned target asks for the newest complete partition of the tick's time", async () => {
  const shop = await tickingShop(
    scheduled({ catchUp: { type: "all", max: 9 }, cron: "0 6 * * *" }, { orders: { partitions: daily } }),
  );
  await shop.after("PT1M");
  await shop.after("PT54H");
  const runs = await shop.storage.listRuns({ limit: 9 });
  expect(runs.map(({ request }) => request.partitions)).toEqual(
    [
      { kind: "keys", keys: ["2026-03-02"] },
      { kind: "keys", keys: ["2026-03-01"] },
      { kind: "keys", keys: ["2026-02-28"] },
    ].slice(0, runs.length),
  );
  expect(runs).toHaveLength(3);
});

test("static partitions have a run each", async () => {
  const shop = await tickingShop(
    scheduled({}, { orders: { partitions: { type: "static", keys: ["eu", "us"] } } }),
  );
  await shop.after("PT1M");
  expect(await shop.after("PT1H")).toHaveLength(2);
});

test("what is switched off has no ticks, and what is switched on has none of the time before", async () => {
  const shop = await tickingShop(scheduled({ defaultStatus: "stopped" }));
  await shop.after("PT1M");
  expect(await shop.after("PT2H")).toEqual([]);
  await writeSwitch(shop.storage, "hourly", { status: "running", at: shop.now().epochMilliseconds });
  expect(await shop.after("PT1M")).toEqual([]);
  expect(await shop.after("PT1H")).toEqual([["orders"]]);
  await writeSwitch(shop.storage, "hourly", { status: "stopped", at: shop.now().epochMilliseconds });
  expect(await shop.after("PT5H")).toEqual([]);
  await writeSwitch(shop.storage, "hourly", { status: "running", at: shop.now().epochMilliseconds });
  expect(await shop.after("PT1M")).toEqual([]);
});

test("a tick that came after a schedule was switched on and before anybody looked runs", async () => {
  const shop = await tickingShop(scheduled({ defaultStatus: "stopped" }));
  await shop.after("PT1M");
  await writeSwitch(shop.storage, "hourly", { status: "running", at: shop.now().epochMilliseconds });
  shop.restart();
  expect(await shop.after("PT1H")).toEqual([["orders"]]);
  expect(await ticksOf(shop)).toEqual(["01:00 success"]);
});

test("a schedule that the definitions switch off and on again has no ticks of the time between", async () => {
  const shop = await tickingShop(scheduled());
  await shop.after("PT1M");
  expect(await shop.after("PT1H")).toHaveLength(1);
  shop.snapshot = scheduled({ defaultStatus: "stopped" });
  expect(await shop.after("PT3H")).toEqual([]);
  shop.snapshot = scheduled();
  expect(await shop.after("PT1M")).toEqual([]);
  expect(await shop.after("PT1H")).toHaveLength(1);
});

test("an edited cron text runs no tick of the past", async () => {
  const shop = await tickingShop(scheduled({ cron: "0 3 * * *" }));
  await shop.after("PT1M");
  await shop.after("PT2H");
  shop.snapshot = scheduled({ cron: "30 1 * * *", catchUp: { type: "all", max: 9 } });
  expect(await shop.after("PT1S")).toEqual([]);
  shop.restart();
  expect(await shop.after("PT1S")).toEqual([]);
});

test("jitter moves a tick by less than its bound and keeps its time", async () => {
  const shop = await tickingShop(scheduled({ jitterSeconds: 600 }));
  await shop.after("PT1M");
  await shop.after("PT58M");
  expect(await ticksOf(shop)).toEqual([]);
  await shop.after("PT11M");
  expect(await ticksOf(shop)).toEqual(["01:00 success"]);
});

test("a target that makes no sense fails the tick with the reason, and the next schedule goes on", async () => {
  const shop = await tickingShop(scheduled({ target: { selection: "key:nothing" } }));
  await shop.after("PT1M");
  await shop.after("PT1H");
  expect(await ticksOf(shop)).toEqual([expect.stringContaining("01:00 failure `key:nothing`")]);
});

test("of two daemons over the same records one makes the run of a tick", async () => {
  const first = await tickingShop(scheduled());
  const second = await tickingShop(scheduled(), { given: first.storage });
  await Promise.all([first.after("PT1M"), second.after("PT1M")]);
  await Promise.all([first.after("PT1H"), second.after("PT1H")]);
  expect(await first.storage.listRuns({ limit: 9 })).toHaveLength(1);
});

test("a tick that waits for an earlier one's runs is not lost with its daemon", async () => {
  const shop = await tickingShop(scheduled({ overlap: "queue" }));
  await shop.after("PT1M");
  await shop.after("PT59M");
  await shop.after("PT1H");
  await shop.after("PT1H");
  shop.restart();
  await shop.after("PT1S");
  await shop.settle();
  await shop.after("PT1S");
  await shop.settle();
  await shop.after("PT1S");
  expect(await ticksOf(shop)).toEqual(["03:00 success", "02:00 success", "01:00 success"]);
});

test("a daemon that slept repeats no tick that another recorded, also where its record is removed", async () => {
  const rules = { catchUp: { type: "all", max: 9 } } as const;
  const first = await tickingShop(scheduled(rules));
  const second = await tickingShop(scheduled(rules), { given: first.storage });
  await Promise.all([first.after("PT1M"), second.after("PT1M")]);
  await first.after("PT2H");
  await first.storage.purge({ beforeMs: first.now().epochMilliseconds + 1 });
  await second.after("PT3H");
  const runs = await first.storage.listRuns({ limit: 9 });
  expect(runs.map(({ request }) => request.tags["dop/tick"]).toSorted()).toEqual([
    "2026-03-01T01:00:00Z",
    "2026-03-01T02:00:00Z",
    "2026-03-01T03:00:00Z",
  ]);
});
