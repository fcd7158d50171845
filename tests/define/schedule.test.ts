import { expect, test } from "vitest";
import { asset, automationGroup, job, schedule } from "../../platform/index.ts";

const orders = asset({ key: "raw/orders" }, () => 1);
const nightly = job("nightly", { selection: [orders] });

test("a schedule says what it asks for and when, and is off until somebody starts it", () => {
  expect(schedule("early", { target: "group:marts", cron: "0 3 * * *" }).schedules).toEqual([
    {
      name: "early",
      cron: "0 3 * * *",
      timeZone: "UTC",
      target: { selection: "group:marts" },
      defaultStatus: "stopped",
    },
  ]);
  expect(schedule("early", { job: nightly, cron: "@daily" }).spec.target).toEqual({ job: "nightly" });
  expect(schedule("early", { target: [orders], cron: "@daily" }).spec.target).toEqual({
    selection: 'key:"raw/orders"',
  });
});

test("everything that a schedule sets stands in its spec", () => {
  const set = {
    timeZone: "Asia/Seoul",
    partition: "all",
    tags: { team: "data" },
    description: "Early.",
    defaultStatus: "running",
    overlap: "skip",
  } as const;
  const { spec } = schedule("early", {
    job: "nightly",
    cronFromPartitions: { hourOfDay: 2 },
    catchUp: { window: "6h" },
    jitter: "5m",
    ...set,
  });
  expect(spec).toMatchObject({
    ...set,
    cron: [],
    cronFromPartitions: { hourOfDay: 2 },
    catchUp: { type: "window", seconds: 21_600 },
    jitterSeconds: 300,
  });
});

test.for([
  { catchUp: "none", becomes: { type: "none" } },
  { catchUp: { all: 3 }, becomes: { type: "all", max: 3 } },
] as const)("the catch-up $catchUp is $becomes", ({ catchUp, becomes }) => {
  expect(schedule("early", { target: "*", cron: "@daily", catchUp }).spec.catchUp).toEqual(becomes);
});

test.for([
  { why: "neither a cron text nor partitions", options: { target: "*" } },
  { why: "both of them", options: { target: "*", cron: "@daily", cronFromPartitions: {} } },
  { why: "no target", options: { cron: "@daily" } },
  { why: "two targets", options: { cron: "@daily", target: "*", job: "nightly" } },
  { why: "no ticks to catch up with", options: { target: "*", cron: "@daily", catchUp: { all: 0 } } },
  { why: "a jitter that is no time", options: { target: "*", cron: "@daily", jitter: "soon" } },
])("a schedule of $why is refused", ({ options }) => {
  expect(() => schedule("early", options)).toThrow(/`early`/);
});

test("an automation group is a selection with an interval, tags and a switch of its own", () => {
  const group = automationGroup("raw", { target: [orders], every: "5m", tags: { team: "raw" } });
  expect(group.sensors).toEqual([
    {
      name: "raw",
      kind: "automation",
      target: { selection: 'key:"raw/orders"' },
      minimumIntervalSeconds: 300,
      defaultStatus: "stopped",
      tags: { team: "raw" },
    },
  ]);
  expect(() => automationGroup("raw", { target: "*", every: "often" })).toThrow(RangeError);
});
