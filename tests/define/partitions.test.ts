import { expect, test } from "vitest";
import { isPartitionsDefinition } from "../../platform/core/partitions.ts";
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

const start = "2026-01-01";

test("each cadence has its cron text", () => {
  const crons = [hourly({ start }), daily({ start }), weekly({ start }), monthly({ start })].map(
    ({ cadence, cron }) => [cadence, cron],
  );
  expect(crons).toEqual([
    ["hourly", "0 * * * *"],
    ["daily", "0 0 * * *"],
    ["weekly", "0 0 * * 0"],
    ["monthly", "0 0 1 * *"],
  ]);
});

test("windows of any cron text have no cadence", () => {
  const windows = timeWindows({ start, cron: "0 */6 * * *", format: "%Y-%m-%d-%H" });
  expect(windows).toMatchObject({ type: "time", cron: "0 */6 * * *", start, timeZone: "UTC" });
  expect(windows).not.toHaveProperty("cadence");
});

test("static keys keep their order, and none may stand twice", () => {
  expect(staticPartitions(["b", "a"])).toEqual({ type: "static", keys: ["b", "a"] });
  expect(() => staticPartitions(["a", "b", "a"])).toThrow(
    new RangeError("the partition key a is given twice"),
  );
});

test("a multi partition has at least two dimensions, sorted by name", () => {
  const multi = multiPartitions({ region: staticPartitions(["eu"]), day: daily({ start }) });
  expect(Object.keys(multi.dimensions)).toEqual(["day", "region"]);
  expect(() => multiPartitions({ day: daily({ start }) })).toThrow(RangeError);
});

test("whatever they make is known as a partitions definition", () => {
  const made = [
    hourly({ start }),
    timeWindows({ start, cron: "0 0 * * *" }),
    staticPartitions(["a"]),
    dynamicPartitions("files"),
    multiPartitions({ a: staticPartitions(["a"]), b: dynamicPartitions("b") }),
  ];
  expect(made.every(isPartitionsDefinition)).toBe(true);
});
