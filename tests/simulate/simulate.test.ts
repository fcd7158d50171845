import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { eager } from "../../platform/core/condition-builders.ts";
import type { ScheduleSpec } from "../../platform/core/job.ts";
import { createSimulatedProject } from "../../platform/instance/simulated-project.ts";
import { type SimulationInput, simulate } from "../../platform/simulate/simulate.ts";
import { noHistory } from "../../platform/simulate/simulation-history.ts";
import { shopOf } from "../daemon/ticking-shop.ts";
import { randomWeek } from "./random-week.ts";

const from = "2026-11-21T00:00Z";
const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const orders = "raw/orders" as AssetKey;
const nightly: ScheduleSpec = {
  name: "nightly",
  cron: "0 3 * * *",
  timeZone: "UTC",
  target: { selection: "key:raw/orders" },
  defaultStatus: "running",
};
const shop = (more: Partial<ScheduleSpec> = {}) =>
  shopOf(
    {
      "raw/orders": { freshnessPolicy: { type: "time_window", failSeconds: 26 * 3600 } },
      "mart/sales": { deps: [orders], automationCondition: eager() },
    },
    { schedules: [{ ...nightly, ...more }] },
  );

function week(
  snapshot = shop(),
  {
    limits = {},
    ...more
  }: Partial<Omit<SimulationInput, "limits">> & { limits?: Partial<SimulationInput["limits"]> } = {},
) {
  return simulate({
    project: createSimulatedProject(snapshot),
    history: noHistory,
    fromMs: at(from),
    forMs: 7 * 86_400_000,
    durations: "p50",
    failures: [],
    limits: { tagLimits: [], ...limits },
    ...more,
  });
}

test("a schedule asks for its target at each tick, and what is eager follows", () => {
  const { requests, totals } = week();
  expect(totals).toMatchObject({
    runs: 14,
    succeeded: 14,
    materializations: 14,
    most_waiting: 0,
    breaches: 0,
  });
  expect(requests.slice(0, 2)).toMatchObject([
    { at_ms: at("2026-11-21T03:00Z"), cause: "schedule", by: "nightly", assets: ["raw/orders"] },
    { at_ms: at("2026-11-21T03:01:00.3Z"), cause: "automation", by: "automation", assets: ["mart/sales"] },
  ]);
  expect(requests[1]?.why).toContain("raw/orders");
});

test("a failure that is asked for fails one run, keeps what depends on it waiting and breaches freshness", () => {
  const { totals, failures, breaches, requests } = week(shop(), {
    failures: [{ asset: "raw/orders", atMs: at("2026-11-23T00:00Z") }],
  });
  expect(totals).toMatchObject({ runs: 13, failed: 1 });
  expect(failures).toEqual([{ asset: "raw/orders", at_ms: at("2026-11-23T00:00Z"), run: "sim-0000005" }]);
  expect(requests.find(({ run }) => run === "sim-0000005")).toMatchObject({ status: "failure" });
  expect(breaches).toEqual([
    {
      asset: "raw/orders",
      state: "fail",
      from_ms: at("2026-11-23T05:01Z"),
      until_ms: at("2026-11-24T03:01:00.3Z"),
    },
  ]);
});

test("a run that fails is started again by the project's policy", () => {
  const { requests } = week(shop(), {
    failures: [{ asset: "raw/orders", atMs: at("2026-11-23T00:00Z") }],
    limits: {
      retryPolicy: { maxRetries: 1, strategy: "from_failure", onStepFailure: true, delaySeconds: 120 },
    },
  });
  const retry = requests.find(({ cause }) => cause === "retry");
  expect(retry).toMatchObject({ at_ms: at("2026-11-23T03:03Z"), by: "sim-0000005", status: "success" });
});

test("what lacks a place waits, and the peak is told with its moment", () => {
  const many = shopOf(Object.fromEntries(["a", "b", "c"].map((key) => [key, {}])), {
    schedules: ["a", "b", "c"].map((key) => ({ ...nightly, name: key, target: { selection: `key:${key}` } })),
  });
  const { queue_peaks: peaks, totals } = week(many, { limits: { maxConcurrentRuns: 1 }, forMs: 86_400_000 });
  expect(totals).toMatchObject({ runs: 3, succeeded: 3, most_waiting: 2, most_running: 1 });
  expect(peaks).toEqual([
    {
      from_ms: at("2026-11-21T03:00Z"),
      until_ms: at("2026-11-21T03:02Z"),
      most_waiting: 2,
      at_ms: at("2026-11-21T03:00Z"),
    },
  ]);
});

test("a schedule that is off never ticks, whoever switched it", () => {
  const stopped = { nightly: { status: "stopped" as const, at: 0 } };
  const { schedules, totals } = week(shop(), { history: { ...noHistory, switches: stopped } });
  expect(schedules).toMatchObject([{ schedule: "nightly", status: "stopped", ticks: 0 }]);
  expect(totals.runs).toBe(0);
});

test("a schedule that was watched last some time ago makes up for its ticks by its rule", () => {
  const cron = "0 3 * * * UTC";
  const history = { ...noHistory, schedules: { nightly: { after: at("2026-11-17T12:00Z"), cron } } };
  const { requests } = week(shop({ catchUp: { type: "all", max: 2 } }), { history, forMs: 3_600_000 });
  const ticks = requests.filter(({ cause }) => cause === "schedule").map(({ why }) => why.slice(-20));
  expect(ticks).toEqual(["2026-11-19T03:00:00Z", "2026-11-20T03:00:00Z"]);
});

test.for([
  { model: "p50", first: 20_000, second: 20_000 },
  { model: "p95", first: 90_000, second: 90_000 },
  { model: "history", first: 90_000, second: 10_000 },
] as const)("steps take what $model says", ({ model, first, second }) => {
  // The newest first.
  const history = { ...noHistory, stepDurations: { "raw/orders": [20_000, 10_000, 90_000] } };
  const { requests } = week(shop(), { history, durations: model });
  const lengths = requests
    .filter(({ cause }) => cause === "schedule")
    .map(({ started_at_ms: start, ended_at_ms: end }) => (end ?? 0) - (start ?? 0));
  expect(lengths.slice(0, 2)).toEqual([first, second]);
});

test("what a run in progress has not done yet is done first", () => {
  const request = { assets: [orders, "mart/sales" as AssetKey], tags: {} };
  const step = (key: string, after: readonly string[]) => ({
    key,
    step: key,
    assets: [key],
    checks: [],
    after,
  });
  const plan = { steps: [step("raw/orders", []), step("mart/sales", ["raw/orders"])], pools: {} } as never;
  const moment = { cursor: 1, at: at("2026-11-20T23:59Z") };
  const runId = "0199-run" as never;
  const { assets } = week(shop({ defaultStatus: "stopped" }), {
    history: {
      ...noHistory,
      cursor: 2,
      updates: [
        {
          type: "materialized",
          asset: orders,
          partition: "",
          runId,
          ...moment,
          started: moment,
          changed: moment,
        },
      ],
      unfinished: [{ run: { id: runId, status: "started", request, createdAtMs: moment.at }, plan }],
    },
  });
  expect(assets).toMatchObject([{ asset: "mart/sales", runs: 0, materializations: 1 }]);
});

test("sensors and custom conditions are named as not known", () => {
  const snapshot = shopOf(
    { "raw/orders": { automationCondition: { type: "custom", name: "isOpen" } } },
    {
      sensors: [{ name: "drops", kind: "file", minimumIntervalSeconds: 30, defaultStatus: "running" }],
    },
  );
  const { not_known: unknown } = week(snapshot);
  expect(unknown.join("; ")).toMatch(/drops.*raw\/orders/);
});

test("each hour of the time is there once, in order", () => {
  const { hours } = week();
  expect(hours.length).toBe(7 * 24);
  expect(hours.map(({ start_ms: start }) => start)).toEqual(
    Array.from({ length: 7 * 24 }, (_, hour) => at(from) + hour * 3_600_000),
  );
});

test.for([3, 7, 11])("the same input gives the same bytes (seed %i)", (seed) => {
  const { snapshot, fromMs, forMs, failures, settings } = randomWeek(seed);
  const answer = () =>
    JSON.stringify(week(structuredClone(snapshot), { fromMs, forMs, failures, limits: settings }));
  expect(answer()).toBe(answer());
});
