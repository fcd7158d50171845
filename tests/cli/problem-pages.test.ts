import { expect, test } from "vitest";
import { parseProblemPages, readProblemPages } from "../../platform/cli/problem-pages.ts";
import { problemCodes } from "../../platform/core/problem.ts";

test("every problem code has a page and every page a code", () => {
  expect([...readProblemPages().keys()].toSorted()).toEqual(problemCodes.toSorted());
});

test("a page has a first sentence and more", () => {
  for (const { code, summary, markdown } of readProblemPages().values()) {
    expect(summary, code).toMatch(/^[A-Z`].*\.$/);
    expect(markdown.length, code).toBeGreaterThan(summary.length);
  }
});

test("a page ends at the next heading, and fences become indented lines", () => {
  const pages = parseProblemPages(
    "# A\n\nx\n\n## one\n\nFirst. More.\n\n```yaml\na: 1\n\nb: 2\n```\n\n# B\n\ny\n\n## two\n\nLast.\n",
  );
  expect(pages.get("one")).toMatchObject({ summary: "First.", text: "First. More.\n\n    a: 1\n\n    b: 2" });
  expect(pages.get("two")?.markdown).toBe("Last.");
});
