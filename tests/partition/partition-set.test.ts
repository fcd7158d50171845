import { expect, test } from "vitest";
import type { PartitionSet, PartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import {
  eachOrdinal,
  intersectOrdinals,
  ordinalsOfNumbers,
  subtractOrdinals,
  uniteOrdinals,
} from "../../platform/partition/ordinals.ts";
import { parsePartitionSet } from "../../platform/partition/parse-partition-set.ts";
import { partitionKeys } from "../../platform/partition/partition-keys.ts";
import {
  expandPartitionSet,
  partitionSetOf,
  resolvePartitionSet,
} from "../../platform/partition/partition-set.ts";

const moment = { now: Temporal.Instant.from("2026-01-10T05:30Z") };
const daily = cadencePartitions("daily", { start: "2026-01-01" });
const days = partitionKeys(daily, moment);
const letters = partitionKeys({ type: "static", keys: ["a", "b", "c,d", "e..f", "all"] }, moment);
const multi = partitionKeys(
  { type: "multi", dimensions: { day: daily, region: { type: "static", keys: ["eu", "us", "asia"] } } },
  moment,
);

test.for([
  { text: "2026-01-02", set: { kind: "keys", keys: ["2026-01-02"] } },
  { text: " 2026-01-02 , 2026-01-04,2026-01-02 ", set: { kind: "keys", keys: ["2026-01-02", "2026-01-04"] } },
  { text: "2026-01-02..2026-01-04", set: { kind: "ranges", ranges: [["2026-01-02", "2026-01-04"]] } },
  { text: "..2026-01-04", set: { kind: "ranges", ranges: [["2026-01-01", "2026-01-04"]] } },
  { text: "2026-01-08..", set: { kind: "ranges", ranges: [["2026-01-08", "2026-01-09"]] } },
  { text: "all", set: { kind: "all" } },
  { text: "latest", set: { kind: "keys", keys: ["2026-01-09"] } },
])("'$text' is read", ({ text, set }) => {
  expect(parsePartitionSet(text, days)).toEqual({ set });
});

test.for([
  { text: '"c,d",a', keys: ["a", "c,d"] },
  { text: '"e..f"', keys: ["e..f"] },
  { text: '"all"', keys: ["all"] },
  { text: 'a.."c,d"', keys: ["a", "b", "c,d"] },
])("keys with marks in them stand in quotes: $text", ({ text, keys }) => {
  expect(expandPartitionSet(readSet(text, letters), letters)).toEqual(keys);
});

test.for([
  { text: "{region: eu, day: 2026-01-01..2026-01-03}", count: 3 },
  { text: "{day: all, region: [eu, us]}", count: 18 },
  { text: "{day: latest, region: all}", count: 3 },
  { text: "latest", count: 3 },
  { text: "all", count: 27 },
  { text: "2026-01-01|eu, 2026-01-02|us", count: 2 },
  { text: '{"day": "2026-01-01", "region": "eu"}', count: 1 },
  { text: "day=2026-01-01..2026-01-03,region=eu", count: 3 },
  { text: "region=eu,us, day = latest", count: 2 },
  { text: "day=2026-01-01,2026-01-05..2026-01-06,region=all", count: 9 },
  { text: "{region: eu, day: 2026-01-01}, {region: us, day: 2026-01-02..2026-01-03}", count: 3 },
])("of multi partitions, '$text' names $count", ({ text, count }) => {
  expect(expandPartitionSet(readSet(text, multi), multi)).toHaveLength(count);
});

test.for([
  { text: "", offset: 0 },
  { text: "2026-02-01", offset: 0 },
  { text: "2026-01-01,2026-02-01", offset: 11 },
  { text: "2026-01-05..2026-01-02", offset: 0 },
  { text: "2026-01-05..2026-03-02", offset: 12 },
  { text: "2026-01-01,,2026-01-02", offset: 11 },
])("'$text' is wrong at offset $offset", ({ text, offset }) => {
  expect(parsePartitionSet(text, days)).toMatchObject({ reason: expect.any(String), offset });
});

test.for([
  { text: "{region: eu}", hint: "day: all" },
  { text: "{planet: mars, day: all}", hint: "dimensions are day, region" },
  { text: "{region: au, day: all}", hint: "eu" },
  { text: "region=eu", hint: "`day=all`" },
  { text: "regoin=eu,day=all", hint: "did you mean `region`?" },
  { text: "planet=mars,day=all", hint: "dimensions are day, region" },
  { text: "day=all,region=au", hint: "eu" },
  { text: "day=2026-01-05..2026-01-02,region=eu", hint: "2026-01-02..2026-01-05" },
  { text: "eu,day=all", hint: "`day=eu`" },
  { text: "day=all,region=eu,day=latest", hint: "dimensions are day, region" },
])("of multi partitions, '$text' is told with what helps", ({ text, hint }) => {
  expect(parsePartitionSet(text, multi)).toMatchObject({ hint: expect.stringContaining(hint) });
});

test("a dimension is not named where there is only one", () => {
  expect(parsePartitionSet("day=2026-01-02", days)).toMatchObject({
    hint: expect.stringContaining("leave `day=` out"),
    offset: 0,
  });
});

test.for([
  { text: "day=2026-01-01,region=mars", offset: 22 },
  { text: "region=eu, planet=mars", offset: 11 },
])("of multi partitions, '$text' is wrong at offset $offset", ({ text, offset }) => {
  expect(parsePartitionSet(text, multi)).toMatchObject({ offset });
});

test("a key with an equals sign is no dimension", () => {
  const settings = partitionKeys({ type: "static", keys: ["a=b", "c"] }, moment);
  expect(readSet("a=b,c", settings)).toEqual({ kind: "keys", keys: ["a=b", "c"] });
});

test("the latest partition needs time", () => {
  expect(parsePartitionSet("latest", letters)).toHaveProperty("reason");
});

test("an unknown key is told with the range of those that exist, or the near one", () => {
  expect(parsePartitionSet("2030-01-01", days)).toMatchObject({
    hint: expect.stringContaining("2026-01-01 to 2026-01-09"),
  });
  expect(
    parsePartitionSet("uss", partitionKeys({ type: "static", keys: ["eu", "us"] }, moment)),
  ).toMatchObject({ hint: "did you mean `us`?" });
});

test("keys that are gone are told and left out", () => {
  const set: PartitionSet = {
    kind: "ranges",
    ranges: [
      ["2025-12-30", "2026-01-02"],
      ["2026-01-03", "2026-01-04"],
    ],
  };
  expect(resolvePartitionSet(set, days).unknown).toEqual(["2025-12-30"]);
  expect(expandPartitionSet(set, days)).toEqual(["2026-01-03", "2026-01-04"]);
});

test("numbers become the shorter form of a set", () => {
  expect(partitionSetOf([[0, 3]], days)).toEqual({
    kind: "ranges",
    ranges: [["2026-01-01", "2026-01-03"]],
    count: 3,
  });
  expect(partitionSetOf(ordinalsOfNumbers([0, 2, 4]), days)).toEqual({
    kind: "keys",
    keys: ["2026-01-01", "2026-01-03", "2026-01-05"],
  });
  expect(partitionSetOf([], days)).toEqual({ kind: "keys", keys: [] });
});

test("numbers of multi partitions become boxes with equal rows together", () => {
  expect(
    partitionSetOf(
      [
        [0, 6],
        [6, 7],
        [9, 10],
      ],
      multi,
    ),
  ).toEqual({
    kind: "product",
    boxes: [
      {
        day: { kind: "ranges", ranges: [["2026-01-01", "2026-01-02"]], count: 2 },
        region: { kind: "ranges", ranges: [["eu", "asia"]], count: 3 },
      },
      {
        day: { kind: "ranges", ranges: [["2026-01-03", "2026-01-04"]], count: 2 },
        region: { kind: "keys", keys: ["eu"] },
      },
    ],
  });
});

test("any numbers come back from the set that is made of them", () => {
  const definitions: PartitionsDefinition[] = [
    daily,
    {
      type: "multi",
      dimensions: {
        a: { type: "static", keys: ["x", "y", "z"] },
        b: daily,
        c: { type: "static", keys: ["p", "q"] },
      },
    },
  ];
  let state = 5;
  for (const definition of definitions) {
    const keys = partitionKeys(definition, moment);
    for (let round = 0; round < 100; round++) {
      const numbers = Array.from({ length: keys.count }, (_, index) => index).filter(() => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return state / 2 ** 32 < (round % 10) / 9;
      });
      const set = partitionSetOf(ordinalsOfNumbers(numbers), keys);
      expect([...eachOrdinal(resolvePartitionSet(set, keys).ordinals)]).toEqual(numbers);
    }
  }
});

test("interval sets agree with sets of numbers", () => {
  let state = 3;
  const some = (): number[] =>
    Array.from({ length: 40 }, (_, index) => index).filter(() => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state % 3 === 0;
    });
  for (let round = 0; round < 200; round++) {
    const [a, b] = [some(), some()];
    const [left, right] = [ordinalsOfNumbers(a), ordinalsOfNumbers(b)];
    expect([...eachOrdinal(uniteOrdinals(left, right))]).toEqual(
      [...new Set([...a, ...b])].sort((x, y) => x - y),
    );
    expect([...eachOrdinal(intersectOrdinals(left, right))]).toEqual(a.filter((one) => b.includes(one)));
    expect([...eachOrdinal(subtractOrdinals(left, right))]).toEqual(a.filter((one) => !b.includes(one)));
  }
});

function readSet(text: string, keys: Parameters<typeof parsePartitionSet>[1]): PartitionSet {
  const parsed = parsePartitionSet(text, keys);
  if ("reason" in parsed) throw new Error(parsed.reason);
  return parsed.set;
}
