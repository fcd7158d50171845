import { expect, test } from "vitest";
import { closingLine, type EndedTest, repeatedTitles, skippedLines } from "../closing-line.ts";

const tests: readonly EndedTest[] = [
  { file: "a.test.ts", title: "one", state: "passed" },
  { file: "a.test.ts", title: "two", state: "failed" },
  { file: "a.test.ts", title: "three", state: "skipped", note: "dbt is not installed" },
  { file: "b.test.ts", title: "one", state: "passed" },
];

test("the closing line counts tests by how they ended", () => {
  expect(closingLine(tests, 0)).toBe("2 passed, 1 failed, 1 skipped");
});

test("what failed outside a test counts as failed", () => {
  expect(closingLine(tests, 2)).toBe("2 passed, 3 failed, 1 skipped");
});

test("one title in two files is no repetition", () => {
  expect(repeatedTitles(tests)).toEqual([]);
});

test("one title twice in a file is found", () => {
  const again: EndedTest = { file: "b.test.ts", title: "one", state: "passed" };
  expect(repeatedTitles([...tests, again, again])).toEqual(['b.test.ts has two tests named "one"']);
});

test("skipped tests are told with their reason", () => {
  expect(skippedLines(tests)).toEqual(["SKIPPED 1: dbt is not installed: a.test.ts"]);
});
