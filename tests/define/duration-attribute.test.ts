import { expect, test } from "vitest";
import { durationType } from "../../platform/define/duration-attribute.ts";
import { readWith } from "./told.ts";

test.for<[unknown, number]>([
  ["90m", 5400],
  ["PT36H", 129_600],
  [90, 90],
  [0.5, 0.5],
  [{ hours: 36 }, 129_600],
  [{ weeks: 1, days: 1, hours: 1, minutes: 1, seconds: 1 }, 694_861],
])("the length of time %j is %d seconds", ([written, value]) => {
  expect(readWith(durationType, written)).toEqual({ value, told: [] });
});

test.for<[unknown, string]>([
  ["soon", ": invalid-attribute-value"],
  [null, ": invalid-attribute-value"],
  [-1, ": invalid-attribute-value"],
  [Number.POSITIVE_INFINITY, ": invalid-attribute-value"],
  [["1h"], ": invalid-attribute-value"],
  [{}, ": invalid-attribute-value"],
  [{ hour: 1 }, "hour: unknown-attribute"],
  [{ constructor: 1 }, "constructor: unknown-attribute"],
  [{ hours: "1" }, "hours: invalid-attribute-type"],
  [{ hours: 2, minutes: -1 }, "minutes: invalid-attribute-type"],
])("%o is no length of time, told at `%s`", ([written, problem]) => {
  expect(readWith(durationType, written)).toEqual({ value: undefined, told: [problem] });
});

test("a template may give seconds as a number", () => {
  expect([0, 90, -1, Number.NaN, "90s"].map((value) => durationType.isReady(value))).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
