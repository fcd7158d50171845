import { expect, test } from "vitest";
import { formatPath, startOf } from "../../platform/core/span.ts";

test("a path is written with dots, list indexes as numbers", () => {
  expect(formatPath(["attributes", "assets", 0, "key"])).toBe("attributes.assets.0.key");
  expect(formatPath([])).toBe("");
});

test("the start of a file is its first character, counted from 1", () => {
  const first = { line: 1, column: 1 };
  expect(startOf("defs/a.yaml")).toEqual({ file: "defs/a.yaml", start: first, end: first });
});
