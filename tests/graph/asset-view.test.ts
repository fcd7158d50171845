import { expect, test } from "vitest";
import { onCron } from "../../platform/core/condition-builders.ts";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { assetView, assetViews } from "../../platform/graph/asset-view.ts";
import { partitionsJson } from "../../platform/graph/definition-json.ts";
import { assetOf, merge } from "./loaded-project.ts";

test("a view has every key of the documented shape", () => {
  const merged = merge([
    {
      assets: [
        {
          key: "raw/orders",
          deps: ["shop/orders"],
          groupName: "raw",
          description: "Orders",
          metadata: { rows: { type: "int", value: 5 } },
          automationCondition: onCron("0 3 * * *", "Asia/Seoul"),
          freshnessPolicy: {
            type: "cron",
            deadlineCron: "0 9 * * *",
            lowerBoundSeconds: 7200,
            timeZone: "UTC",
            scope: "asset",
          },
        },
      ],
    },
  ]);
  const asset = assetOf(merged, "raw/orders");
  if (asset === undefined) throw new Error("the asset is not there");
  expect(assetView(asset, merged.snapshot)).toEqual({
    key: "raw/orders",
    deps: ["shop/orders"],
    group: "raw",
    kinds: [],
    owners: [],
    tags: {},
    description: "Orders",
    metadata: { rows: 5 },
    automation_condition: 'on_cron("0 3 * * *", "Asia/Seoul")',
    freshness_policy: {
      cron: { deadline_cron: "0 9 * * *", lower_bound_delta: "2h", timezone: "UTC" },
      scope: "asset",
    },
    partitions: null,
    materializable: true,
    component: { file: "defs/c0/component.yaml", document: 1, type: "lib.Thing" },
    code_references: [{ file: "defs/c0/component.yaml", line: 3 }],
    status: "ready",
    staleness: null,
    health: null,
  });
});

test("an asset of a component with errors shows as quarantined, an outside one as ready", () => {
  const merged = merge([{ assets: [{ key: "a", deps: ["outside"], owners: ["nobody"] }] }]);
  expect(
    assetViews(merged.snapshot).map(({ key, status, component }) => [key, status, component === null]),
  ).toEqual([
    ["a", "quarantined", false],
    ["outside", "ready", true],
  ]);
});

test("with a checkout code references have addresses", () => {
  const { snapshot } = merge([{ assets: [{ key: "a" }] }]);
  const checkout = { remote: "git@github.com:acme/data.git", commit: "abc123", root: "platform" };
  expect(assetViews(snapshot, { checkout })[0]?.code_references[0]?.url).toBe(
    "https://github.com/acme/data/blob/abc123/platform/defs/c0/component.yaml#L3",
  );
});

test.for<{ definition: PartitionsDefinition; json: unknown }>([
  {
    definition: cadencePartitions("hourly", { start: "2026-01-01", minuteOffset: 15 }),
    json: {
      type: "hourly",
      minute_offset: 15,
      start_date: "2026-01-01",
      timezone: "UTC",
      fmt: "%Y-%m-%d-%H:%M",
    },
  },
  {
    definition: cadencePartitions("weekly", { start: "2026-01-01", dayOffset: 1, endOffset: 1 }),
    json: {
      type: "weekly",
      day_offset: 1,
      start_date: "2026-01-01",
      timezone: "UTC",
      fmt: "%Y-%m-%d",
      end_offset: 1,
    },
  },
  {
    definition: cadencePartitions("monthly", {
      start: "2026-01-01",
      end: "2027-01-01",
      exclusions: ["2026-02-01"],
    }),
    json: {
      type: "monthly",
      start_date: "2026-01-01",
      end_date: "2027-01-01",
      timezone: "UTC",
      fmt: "%Y-%m-%d",
      exclusions: ["2026-02-01"],
    },
  },
  {
    definition: {
      type: "time",
      cron: "0 */6 * * *",
      start: "2026-01-01",
      timeZone: "UTC",
      format: "%F %H",
      endOffset: 0,
    },
    json: {
      type: "time_window",
      cron_schedule: "0 */6 * * *",
      start_date: "2026-01-01",
      timezone: "UTC",
      fmt: "%F %H",
    },
  },
  {
    definition: {
      type: "multi",
      dimensions: { a: { type: "static", keys: ["x"] }, b: { type: "dynamic", name: "n" } },
    },
    json: {
      type: "multi",
      dimensions: { a: { type: "static", partition_keys: ["x"] }, b: { type: "dynamic", name: "n" } },
    },
  },
])("partitions of type $json.type show as they are written", ({ definition, json }) => {
  expect(partitionsJson(definition)).toEqual(json);
});
