import { expect, test } from "vitest";
import type { PartitionsDefinition, StaticPartitions } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import {
  keysInRange,
  partitionKeys,
  timeDimension,
  windowOfKey,
} from "../../platform/partition/partition-keys.ts";

const moment = { now: Temporal.Instant.from("2026-01-10T05:30Z"), dynamicKeys: { tenants: ["t1", "t2"] } };
const daily = cadencePartitions("daily", { start: "2026-01-01" });
const regions: StaticPartitions = { type: "static", keys: ["eu", "us"] };
const multi: PartitionsDefinition = { type: "multi", dimensions: { day: daily, region: regions } };

test("keys are counted, numbered and found without listing them", () => {
  const keys = partitionKeys(daily, moment);
  expect(keys.count).toBe(9);
  expect(keys.at(0)).toBe("2026-01-01");
  expect(keys.latest()).toBe("2026-01-09");
  expect(keys.indexOf("2026-01-05")).toBe(4);
});

test.for(["2026-01-10", "2025-12-31", "2026-1-5", "2026-13-01", "2026-02-30", "x", ""])(
  "'%s' is no key now",
  (text) => {
    expect(partitionKeys(daily, moment).has(text)).toBe(false);
  },
);

test("beyond the keys there is none", () => {
  expect(() => partitionKeys(daily, moment).at(9)).toThrow(RangeError);
  expect(() => partitionKeys(daily, moment).at(-1)).toThrow(RangeError);
  expect(() => partitionKeys(regions, moment).at(2)).toThrow(RangeError);
});

test("a window exists at the instant at which it ends", () => {
  const countAt = (now: string) => partitionKeys(daily, { now: Temporal.Instant.from(now) }).count;
  expect(countAt("2026-01-02T00:00Z")).toBe(1);
  expect(countAt("2026-01-01T23:59:59.999Z")).toBe(0);
});

test.for([
  { end: "2026-01-04", endOffset: 0, last: "2026-01-03" },
  { end: "2026-01-04", endOffset: 5, last: "2026-01-03" },
  { end: "2026-01-04", endOffset: -1, last: "2026-01-02" },
  { end: undefined, endOffset: 2, last: "2026-01-11" },
])("with end $end and end offset $endOffset the latest key is $last", ({ end, endOffset, last }) => {
  const definition = cadencePartitions("daily", {
    start: "2026-01-01",
    endOffset,
    ...(end === undefined ? {} : { end }),
  });
  expect(partitionKeys(definition, moment).latest()).toBe(last);
});

test("exclusions are keys or cron texts, and neighbours are not merged", () => {
  const definition = cadencePartitions("daily", {
    start: "2026-01-01",
    exclusions: ["2026-01-02", "0 0 * * 6,0"],
  });
  expect([...partitionKeys(definition, moment)]).toEqual([
    "2026-01-01",
    "2026-01-05",
    "2026-01-06",
    "2026-01-07",
    "2026-01-08",
    "2026-01-09",
  ]);
  expect(String(windowOfKey(definition, "2026-01-01")?.end)).toBe("2026-01-02T00:00:00+00:00[UTC]");
});

test.for([
  { format: "%Y-%m", cadence: "monthly", key: "2025-12" },
  { format: "%d/%m/%Y", cadence: "daily", key: "31/12/2025" },
  { format: "%G-W%V", cadence: "weekly", key: "2026-W01" },
  { format: "%b %e, %Y", cadence: "daily", key: "Dec 31, 2025" },
  { format: "%Y%j", cadence: "daily", key: "2025365" },
  { format: "%y-%m-%d %I %p", cadence: "hourly", key: "25-12-31 11 PM" },
  { format: "%A %F", cadence: "daily", key: "Wednesday 2025-12-31" },
  { format: "100%% %F", cadence: "daily", key: "100% 2025-12-31" },
] as const)("a key in the format $format is found again", ({ format, cadence, key }) => {
  const definition = cadencePartitions(cadence, {
    start: "2025-12-01",
    format,
    ...(cadence === "weekly" ? { dayOffset: 1 } : {}),
  });
  const keys = partitionKeys(definition, moment);
  const index = keys.indexOf(key);
  expect(index).toBeGreaterThanOrEqual(0);
  expect(keys.at(index)).toBe(key);
});

test("every key is found at its own number, also where clocks change", () => {
  for (const timeZone of ["America/New_York", "Australia/Lord_Howe", "America/Santiago"]) {
    const keys = partitionKeys(
      cadencePartitions("hourly", { start: "2025-01-01-00:00", end: "2025-12-31-00:00", timeZone }),
      moment,
    );
    const wrong = Array.from({ length: keys.count }, (_, index) => index).filter(
      (index) => keys.indexOf(keys.at(index)) !== index,
    );
    expect(wrong, timeZone).toEqual([]);
  }
});

test("the key of a repeated hour carries the offset of its second time", () => {
  const definition = cadencePartitions("hourly", { start: "2025-11-02-00:00", timeZone: "America/New_York" });
  expect(String(windowOfKey(definition, "2025-11-02-01:00")?.start.toInstant())).toBe("2025-11-02T05:00:00Z");
  expect(String(windowOfKey(definition, "2025-11-02-01:00-0500")?.start.toInstant())).toBe(
    "2025-11-02T06:00:00Z",
  );
  expect(windowOfKey(definition, "2025-11-02-02:00-0500")).toBeUndefined();
});

test("a window is known before it exists", () => {
  expect(windowOfKey(daily, "2027-01-01")).toBeDefined();
  expect(windowOfKey(daily, "2025-12-31")).toBeUndefined();
});

test("dynamic keys come from the moment, in their order", () => {
  expect([...partitionKeys({ type: "dynamic", name: "tenants" }, moment)]).toEqual(["t1", "t2"]);
  expect(partitionKeys({ type: "dynamic", name: "others" }, moment).count).toBe(0);
  expect(partitionKeys({ type: "dynamic", name: "others" }, moment).latest()).toBeUndefined();
});

test("a multi key is JSON with sorted names and may be written with bars", () => {
  const keys = partitionKeys(multi, moment);
  expect(keys.count).toBe(18);
  expect(keys.at(3)).toBe('{"day":"2026-01-02","region":"us"}');
  expect(keys.indexOf("2026-01-02|us")).toBe(3);
  expect(keys.indexOf('{"region": "us", "day": "2026-01-02"}')).toBe(3);
  expect(keys.indexOf('{"region": "us"}')).toBe(-1);
  expect(keys.indexOf("2026-01-02|mars")).toBe(-1);
});

test("three dimensions count like digits", () => {
  const keys = partitionKeys(
    { type: "multi", dimensions: { a: regions, b: { type: "static", keys: ["x"] }, c: regions } },
    moment,
  );
  expect([...keys].map((key) => Object.values(JSON.parse(key) as object).join(""))).toEqual([
    "euxeu",
    "euxus",
    "usxeu",
    "usxus",
  ]);
  expect(Array.from(keys, (key) => keys.indexOf(key))).toEqual([0, 1, 2, 3]);
});

test("a range has both of its ends", () => {
  const keys = partitionKeys(daily, moment);
  expect(keysInRange(keys, "2026-01-03", "2026-01-05")).toEqual(["2026-01-03", "2026-01-04", "2026-01-05"]);
  expect(() => keysInRange(keys, "2026-01-05", "2026-01-03")).toThrow(RangeError);
  expect(() => keysInRange(keys, "2026-01-05", "2026-01-10")).toThrow(RangeError);
});

test("the time dimension of multi partitions is known by name", () => {
  expect(timeDimension(multi)).toBe("day");
  expect(timeDimension({ type: "multi", dimensions: { a: regions, b: regions } })).toBeUndefined();
});

test("a hundred thousand windows are numbered like the few", () => {
  const keys = partitionKeys(
    cadencePartitions("hourly", { start: "2010-01-01-00:00", timeZone: "Europe/Berlin" }),
    moment,
  );
  expect(keys.count).toBe(140_478);
  expect(keys.indexOf(keys.latest() as string)).toBe(keys.count - 1);
});
