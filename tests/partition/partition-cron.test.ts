import { expect, test } from "vitest";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { partitionCron } from "../../platform/partition/partition-cron.ts";

const daily = cadencePartitions("daily", { start: "2026-01-01", hourOffset: 1, timeZone: "Asia/Seoul" });
const hourly = cadencePartitions("hourly", { start: "2026-01-01-00:00" });
const { cadence: _cadence, ...windows } = daily;

test.for([
  { name: "daily", partitions: daily, offsets: {}, cron: "0 1 * * *" },
  { name: "daily", partitions: daily, offsets: { hourOfDay: 3, minuteOfHour: 30 }, cron: "30 3 * * *" },
  { name: "hourly", partitions: hourly, offsets: { minuteOfHour: 5 }, cron: "5 * * * *" },
  {
    name: "weekly",
    partitions: cadencePartitions("weekly", { start: "2026-01-01" }),
    offsets: { dayOfWeek: 2 },
    cron: "0 0 * * 2",
  },
  {
    name: "monthly",
    partitions: cadencePartitions("monthly", { start: "2026-01-01" }),
    offsets: { dayOfMonth: 3, hourOfDay: 6 },
    cron: "0 6 3 * *",
  },
  { name: "own", partitions: windows, offsets: {}, cron: "0 1 * * *" },
])("$name partitions with $offsets tick at $cron", ({ partitions, offsets, cron }) => {
  expect(partitionCron(partitions, offsets)).toMatchObject({ cron, timeZone: partitions.timeZone });
});

test("of several dimensions that of time counts", () => {
  const region = { type: "static", keys: ["fi"] } as const;
  expect(partitionCron({ type: "multi", dimensions: { day: daily, region } }, {})).toMatchObject({
    cron: "0 1 * * *",
  });
});

test.for([
  { partitions: undefined, offsets: {} },
  { partitions: { type: "static", keys: ["a"] } as const, offsets: {} },
  { partitions: hourly, offsets: { hourOfDay: 3 } },
  { partitions: daily, offsets: { dayOfWeek: 1 } },
  { partitions: windows, offsets: { minuteOfHour: 1 } },
])("there is no cron text for $offsets of $partitions.type", ({ partitions, offsets }) => {
  expect(partitionCron(partitions, offsets)).toHaveProperty("reason");
});
