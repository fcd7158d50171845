import { expect, test } from "vitest";
import { nextBackfillRuns } from "../../platform/automation/advance-backfill.ts";
import {
  type BackfillPlan,
  type BackfillQuestion,
  estimateBackfill,
  median,
  planBackfill,
} from "../../platform/automation/plan-backfill.ts";
import { keysOfOrdinals } from "../../platform/automation/universe.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { countOrdinals } from "../../platform/partition/ordinals.ts";
import { graphOf, type WrittenAsset } from "./backfilled-graph.ts";

const moment = { now: Temporal.Instant.from("2026-01-20T05:30Z") };
const daily = cadencePartitions("daily", { start: "2026-01-01" });
const later = cadencePartitions("daily", { start: "2026-01-10" });
const weekly = cadencePartitions("weekly", { start: "2026-01-04" });
const regions = { type: "static", keys: ["eu", "us"] } as const;
const before = (offset: number) =>
  ({ type: "time_window", startOffset: offset, endOffset: offset, allowNonexistent: false }) as const;

type Assets = { readonly [key: string]: WrittenAsset };

function asked(assets: Assets, partition: string, more: Partial<BackfillQuestion> = {}) {
  return planBackfill(graphOf(assets), {
    assets: Object.keys(assets) as AssetKey[],
    partition,
    moment,
    states: () => ({ materialized: [], failed: [] }),
    ...more,
  });
}

function plan(...question: Parameters<typeof asked>): BackfillPlan {
  const planned = asked(...question);
  if ("fault" in planned) throw new Error(JSON.stringify(planned.fault));
  return planned;
}

function targets({ graph, progress }: BackfillPlan): { readonly [key: string]: readonly string[] } {
  return Object.fromEntries(
    graph.nodes.map(({ key, universe }, place) => [
      key,
      keysOfOrdinals(universe, progress.nodes[place]?.waiting ?? []),
    ]),
  );
}

const runsOf = ({ groups }: BackfillPlan) => groups.map(({ assets, runs }) => [assets.join(" "), runs]);

test("the first assets read the text, and others follow by key or by mapping", () => {
  const planned = plan(
    {
      raw: { partitions: daily },
      same: { partitions: daily, deps: ["raw"] },
      week: { partitions: weekly, deps: ["same"] },
      whole: { deps: ["week"] },
    },
    "2026-01-05..2026-01-12",
  );
  expect(targets(planned)).toMatchObject({
    raw: { length: 8 },
    same: { length: 8 },
    week: ["2026-01-04", "2026-01-11"],
    whole: [""],
  });
  expect(runsOf(planned)).toEqual([
    ["raw same", 8],
    ["week", 2],
    ["whole", 1],
  ]);
});

test("partitions that an asset has not are told and left out", () => {
  const planned = plan(
    { raw: { partitions: daily }, young: { partitions: later, deps: ["raw"] } },
    "2026-01-08..2026-01-11",
  );
  expect(targets(planned)["young"]).toEqual(["2026-01-10", "2026-01-11"]);
  expect(planned.leftOut).toMatchObject([{ asset: "young", partitions: "2026-01-08, 2026-01-09", count: 2 }]);
});

test("what needs upstream partitions that do not exist is left out with all that needs it", () => {
  const planned = plan(
    {
      raw: { partitions: later },
      week: { partitions: weekly, deps: ["raw"] },
      report: { partitions: weekly, deps: ["week"] },
    },
    "all",
  );
  expect(targets(planned)["report"]).toEqual(["2026-01-11"]);
  expect(planned.leftOut.map(({ asset, partitions }) => [asset, partitions])).toEqual([
    ["week", "2026-01-04"],
    ["report", "2026-01-04"],
  ]);
});

test.for([
  { policy: undefined, runs: 6 },
  { policy: { type: "single_run" }, runs: 1 },
  { policy: { type: "multi_run", maxPartitionsPerRun: 4 }, runs: 2 },
] as const)("six days with the policy $policy are $runs runs", ({ policy, runs }) => {
  const assets = { raw: { partitions: daily, ...(policy === undefined ? {} : { backfillPolicy: policy }) } };
  expect(plan(assets, "2026-01-01..2026-01-06").runs).toBe(runs);
  expect(plan({ raw: { partitions: daily } }, "2026-01-01..2026-01-06", { policy }).runs).toBe(runs);
});

test("a single run has no gap, but where partitions have no neighbours", () => {
  const policy = { type: "single_run" } as const;
  expect(plan({ raw: { partitions: daily } }, "2026-01-01, 2026-01-03", { policy }).runs).toBe(2);
  const multi = { type: "multi", dimensions: { day: daily, region: regions } } as const;
  expect(plan({ raw: { partitions: multi } }, "day=2026-01-01..2026-01-09,region=eu", { policy }).runs).toBe(
    1,
  );
});

test("assets with something between them that waits for the whole do not share runs", () => {
  const planned = plan(
    {
      raw: { partitions: daily },
      model: { deps: ["raw"] },
      scored: { partitions: daily, deps: ["raw", "model"] },
    },
    "2026-01-01..2026-01-03",
  );
  expect(runsOf(planned)).toEqual([
    ["raw", 3],
    ["model", 1],
    ["scored", 3],
  ]);
});

test("an asset that needs its own past goes in the order of time, also newest first", () => {
  const planned = plan(
    { sum: { partitions: daily, deps: ["sum"], partitionMappings: { sum: before(-1) } } },
    "2026-01-03..2026-01-05",
  );
  const next = nextBackfillRuns(planned.graph, planned.progress, { room: 9, order: "newest" });
  expect(next.map(({ partitions }) => partitions)).toEqual([[[2, 3]]]);
  expect(planned.groups).toMatchObject([{ isInOrder: true }]);
});

test("the newest partitions go first where that is asked for", () => {
  const planned = plan({ raw: { partitions: daily } }, "2026-01-01..2026-01-05");
  const next = nextBackfillRuns(planned.graph, planned.progress, { room: 2, order: "newest" });
  expect(next.map(({ partitions }) => partitions)).toEqual([[[4, 5]], [[3, 4]]]);
});

test.for([
  { only: "missing", left: ["2026-01-02", "2026-01-03"] },
  { only: "failed", left: ["2026-01-03"] },
] as const)("only what is $only is asked for", ({ only, left }) => {
  const states = () => ({ materialized: ["2026-01-01"], failed: ["2026-01-03", "2026-01-09"] });
  const planned = plan({ raw: { partitions: daily } }, "2026-01-01..2026-01-03", { only, states });
  expect(targets(planned)["raw"]).toEqual(left);
});

test("external assets are left out, and those behind them wait for the whole", () => {
  const planned = plan(
    {
      raw: { partitions: daily },
      view: { deps: ["raw"], materializable: false },
      report: { partitions: daily, deps: ["view"] },
    },
    "2026-01-01..2026-01-02",
  );
  expect(planned.leftOut).toMatchObject([{ asset: "view" }]);
  expect(runsOf(planned)).toEqual([
    ["raw", 2],
    ["report", 2],
  ]);
  const next = nextBackfillRuns(planned.graph, planned.progress, { room: 9, order: "oldest" });
  expect(next.map(({ nodes }) => nodes)).toEqual([[0], [0]]);
});

test("assets of one step go together, also where one alone is chosen", () => {
  const assets = {
    orders: { partitions: daily, step: "both" },
    lines: { partitions: daily, step: "both" },
  };
  const planned = plan(assets, "2026-01-01", { assets: ["orders" as AssetKey] });
  expect(Object.keys(targets(planned)).toSorted()).toEqual(["lines", "orders"]);
});

test("a text that is wrong for the first asset is a fault at its place", () => {
  expect(asked({ raw: { partitions: daily } }, "2030-01-01")).toMatchObject({
    fault: { asset: "raw", offset: 0 },
  });
});

test("a text that only some of the first assets can read leaves the others out", () => {
  const planned = plan({ raw: { partitions: daily }, shops: { partitions: regions } }, "eu");
  expect(targets(planned)).toEqual({ shops: ["eu"] });
  expect(planned.leftOut).toMatchObject([{ asset: "raw" }]);
});

test("a selection without partitions is told", () => {
  expect(asked({ model: {} }, "all")).toEqual({ fault: "unpartitioned" });
});

test("a hundred thousand partitions are planned, launched and counted in stretches", () => {
  const hourly = cadencePartitions("hourly", { start: "2014-08-01-00:00" });
  const planned = plan(
    {
      raw: { partitions: hourly },
      sum: { partitions: hourly, deps: ["raw", "sum"], partitionMappings: { sum: before(-1) } },
    },
    "all",
  );
  expect(planned.runs).toBeGreaterThan(200_000);
  const [node] = planned.progress.nodes;
  expect(node?.waiting).toHaveLength(1);
  expect(countOrdinals(node?.waiting ?? [])).toBeGreaterThan(100_000);
  expect(nextBackfillRuns(planned.graph, planned.progress, { room: 20, order: "oldest" })).toHaveLength(20);
});

const group = (runs: number, isInOrder = false) => ({ assets: [], partitions: runs, runs, isInOrder });

test.for([
  { groups: [group(10)], atOnce: 2, estimate: 5000 },
  { groups: [group(10)], atOnce: 100, estimate: 1000 },
  { groups: [group(10, true)], atOnce: 100, estimate: 10_000 },
  { groups: [group(1), group(1), group(1)], atOnce: 100, estimate: 3000 },
])("runs of a second each take $estimate ms, $atOnce at once", ({ groups, atOnce, estimate }) => {
  expect(estimateBackfill(groups, { msOf: () => 1000, atOnce })).toBe(estimate);
});

test("without history of one group nobody knows how long", () => {
  const groups = [group(1), group(2)];
  const msOf = (one: unknown) => (one === groups[0] ? 10 : undefined);
  expect(estimateBackfill(groups, { msOf, atOnce: 1 })).toBeUndefined();
});

test.for([
  { values: [], middle: undefined },
  { values: [3], middle: 3 },
  { values: [9, 1, 2], middle: 2 },
  { values: [4, 1, 2, 9], middle: 3 },
])("the middle of $values is $middle", ({ values, middle }) => {
  expect(median(values)).toBe(middle);
});
