import { expect, test } from "vitest";
import { type Problem, problemCodes, sortProblems } from "../../platform/core/problem.ts";

function problemAt(file: string, [line, column]: readonly [number, number], message = ""): Problem {
  const span = { file, start: { line, column }, end: { line, column } };
  return { code: "invalid-yaml", severity: "error", message, span, related: [] };
}

test("problems are sorted by file, then line, then column, as numbers", () => {
  const sorted = [
    problemAt("a", [2, 10]),
    problemAt("a", [10, 1]),
    problemAt("b", [1, 1]),
    problemAt("b", [1, 2]),
  ];
  const [first, second, third, fourth] = sorted as [Problem, Problem, Problem, Problem];
  expect(sortProblems([fourth, second, third, first])).toEqual(sorted);
});

test("problems of one place keep the order in which they were told", () => {
  const told = [problemAt("a", [1, 1], "z"), problemAt("a", [1, 1], "a"), problemAt("a", [1, 1], "m")];
  expect(sortProblems(told)).toEqual(told);
});

test("sorting leaves the given list as it is", () => {
  const told = [problemAt("b", [1, 1]), problemAt("a", [1, 1])];
  sortProblems(told);
  expect(told.map(({ span }) => span.file)).toEqual(["b", "a"]);
});

test("no code of a problem stands twice, and each is made of words", () => {
  expect(new Set(problemCodes).size).toBe(problemCodes.length);
  expect(problemCodes.filter((code) => !/^[a-z]+(-[a-z0-9]+)*$/.test(code))).toEqual([]);
});
