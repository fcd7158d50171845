import { expect, test } from "vitest";
import { type Cadence, type CadenceOptions, cadencePartitions } from "../../platform/core/time-partitions.ts";

const start = "2026-01-01";

test.for<[Cadence, Omit<CadenceOptions, "start">, string]>([
  ["hourly", {}, "0 * * * *"],
  ["hourly", { minuteOffset: 15 }, "15 * * * *"],
  ["daily", {}, "0 0 * * *"],
  ["daily", { minuteOffset: 30, hourOffset: 4 }, "30 4 * * *"],
  ["weekly", {}, "0 0 * * 0"],
  ["weekly", { dayOffset: 3, hourOffset: 6 }, "0 6 * * 3"],
  ["monthly", {}, "0 0 1 * *"],
  ["monthly", { dayOffset: 15, minuteOffset: 5 }, "5 0 15 * *"],
])("%s partitions with %j start at the ticks of `%s`", ([cadence, options, cron]) => {
  expect(cadencePartitions(cadence, { start, ...options })).toMatchObject({ type: "time", cadence, cron });
});

test("without options the zone is UTC, there is no end and no further window", () => {
  expect(cadencePartitions("daily", { start })).toEqual({
    type: "time",
    cadence: "daily",
    cron: "0 0 * * *",
    start,
    timeZone: "UTC",
    format: "%Y-%m-%d",
    endOffset: 0,
  });
});

test("keys of hours hold hours and minutes", () => {
  expect(cadencePartitions("hourly", { start }).format).toBe("%Y-%m-%d-%H:%M");
});

test("what is written is kept", () => {
  const written = {
    start,
    end: "2027-01-01",
    timeZone: "Asia/Seoul",
    format: "%Y%m%d",
    endOffset: -1,
    exclusions: ["20260214"],
  };
  expect(cadencePartitions("daily", written)).toMatchObject(written);
});
