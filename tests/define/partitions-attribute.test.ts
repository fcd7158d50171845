import { expect, test } from "vitest";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import {
  daily,
  dynamicPartitions,
  hourly,
  monthly,
  multiPartitions,
  staticPartitions,
  timeWindows,
  weekly,
} from "../../platform/define/partitions.ts";
import { partitionsType } from "../../platform/define/partitions-attribute.ts";
import { hintsOf, readWith } from "./told.ts";

const start = "2026-01-01";

test.for<[object, PartitionsDefinition]>([
  [{ type: "hourly", start_date: start, minute_offset: 5 }, hourly({ start, minuteOffset: 5 })],
  [{ type: "daily", start_date: start }, daily({ start })],
  [
    {
      type: "daily",
      start_date: start,
      end_date: "2027-01-01",
      timezone: "Asia/Seoul",
      fmt: "%Y%m%d",
      end_offset: -1,
      hour_offset: 4,
      minute_offset: 30,
      exclusions: ["20260214", 20_260_215],
    },
    daily({
      start,
      end: "2027-01-01",
      timeZone: "Asia/Seoul",
      format: "%Y%m%d",
      endOffset: -1,
      hourOffset: 4,
      minuteOffset: 30,
      exclusions: ["20260214", "20260215"],
    }),
  ],
  [{ type: "daily", start_date: start, end_date: null, timezone: null }, daily({ start })],
  [{ type: "weekly", start_date: start, day_offset: 6 }, weekly({ start, dayOffset: 6 })],
  [{ type: "monthly", start_date: start, day_offset: 31 }, monthly({ start, dayOffset: 31 })],
  [
    { type: "time_window", start_date: start, cron_schedule: "0 */6 * * *", fmt: "%Y-%m-%d-%H" },
    timeWindows({ start, cron: "0 */6 * * *", format: "%Y-%m-%d-%H" }),
  ],
  [{ type: "static", partition_keys: ["eu", 7, true] }, staticPartitions(["eu", "7", "true"])],
  [{ type: "dynamic", name: "files" }, dynamicPartitions("files")],
  [
    {
      type: "multi",
      dimensions: {
        region: { type: "static", partition_keys: ["eu"] },
        day: { type: "daily", start_date: start },
      },
    },
    multiPartitions({ region: staticPartitions(["eu"]), day: daily({ start }) }),
  ],
  [
    { type: "multi", dimensions: { region: staticPartitions(["eu"]), day: daily({ start }) } },
    multiPartitions({ region: staticPartitions(["eu"]), day: daily({ start }) }),
  ],
])("the partitions %j are read", ([written, value]) => {
  expect(readWith(partitionsType, written)).toEqual({ value, told: [] });
});

test("dimensions come in the order of their names", () => {
  const region = { type: "static", partition_keys: ["eu"] };
  const { value } = readWith(partitionsType, {
    type: "multi",
    dimensions: { region, day: { type: "daily", start_date: start } },
  });
  expect(Object.keys((value as { dimensions: object }).dimensions)).toEqual(["day", "region"]);
});

test.for<[unknown, string[]]>([
  ["daily", [": invalid-attribute-type"]],
  [[], [": invalid-attribute-type"]],
  [{ start_date: start }, [": missing-attribute"]],
  [{ type: "dayly", start_date: start }, ["type: invalid-attribute-value"]],
  [{ type: "constructor" }, ["type: invalid-attribute-value"]],
  [{ type: null }, ["type: invalid-attribute-value"]],
  [{ type: "daily" }, [": missing-attribute"]],
  [{ type: "daily", start_date: null }, [": missing-attribute"]],
  [{ type: "time_window", start_date: start }, [": missing-attribute", ": missing-attribute"]],
  [{ type: "daily", start_date: 2026 }, ["start_date: invalid-attribute-type"]],
  [{ type: "daily", start_date: start, day_offset: 1 }, ["day_offset: unknown-attribute"]],
  [{ type: "hourly", start_date: start, hour_offset: 1 }, ["hour_offset: unknown-attribute"]],
  [{ type: "daily", start_date: start, hour_offset: 24 }, ["hour_offset: invalid-attribute-type"]],
  [{ type: "daily", start_date: start, hour_offset: -1 }, ["hour_offset: invalid-attribute-type"]],
  [{ type: "hourly", start_date: start, minute_offset: 1.5 }, ["minute_offset: invalid-attribute-type"]],
  [{ type: "monthly", start_date: start, day_offset: 0 }, ["day_offset: invalid-attribute-type"]],
  [{ type: "weekly", start_date: start, day_offset: 7 }, ["day_offset: invalid-attribute-type"]],
  [{ type: "static", partition_keys: "eu" }, ["partition_keys: invalid-attribute-type"]],
  [{ type: "static", partition_keys: ["eu", ["us"]] }, ["partition_keys: invalid-attribute-type"]],
  [
    { type: "daily", strat_date: start, end_offset: "1" },
    ["strat_date: unknown-attribute", ": missing-attribute", "end_offset: invalid-attribute-type"],
  ],
  [{ type: "multi", dimensions: ["day"] }, ["dimensions: invalid-attribute-type"]],
  [
    { type: "multi", dimensions: { day: { type: "daily" }, region: { type: "static", partition_keys: [] } } },
    ["dimensions.day: missing-attribute"],
  ],
  [
    { type: "multi", dimensions: { day: { type: "daily", start_date: 1 } } },
    ["dimensions.day.start_date: invalid-attribute-type"],
  ],
  [
    {
      type: "multi",
      dimensions: { a: { type: "multi", dimensions: { b: { type: "dynamic", name: "c" } } } },
    },
    ["dimensions.a: invalid-attribute-value"],
  ],
])("%j are no partitions, told at the right place", ([written, told]) => {
  expect(readWith(partitionsType, written)).toEqual({ value: undefined, told });
});

test("a type or field that is nearly right is suggested, else the known ones are listed", () => {
  expect(hintsOf(partitionsType, { type: "dayly" })).toEqual(["did you mean `daily`?"]);
  expect(hintsOf(partitionsType, { type: "yearly" })).toEqual([expect.stringContaining("hourly, daily")]);
  expect(hintsOf(partitionsType, { type: "dynamic", name: "a", nmae: "b" })).toEqual([
    "did you mean `name`?",
  ]);
});

test("every form that is written differs from the data that a template gives", () => {
  expect(partitionsType.isReady({ type: "static", partition_keys: ["eu"] })).toBe(false);
  expect(partitionsType.isReady(staticPartitions(["eu"]))).toBe(true);
});
