import { expect, test } from "vitest";
import type { Problem } from "../../platform/core/problem.ts";
import { renderProblem } from "../../platform/core/render-problem.ts";

const file = "defs/sling/component.yaml";

function span(line: number, column: number, length = 1): Problem["span"] {
  return { file, start: { line, column }, end: { line, column: column + length } };
}

function problem(over: Partial<Problem>): Problem {
  return {
    code: "unknown-attribute",
    severity: "error",
    message: "SlingReplicationComponent has no attribute `replicaton`",
    span: span(3, 3, 10),
    related: [],
    ...over,
  };
}

function rendered(text: string, over: Partial<Problem>, width?: number): string[] {
  const options = { linesOf: () => text.split("\n"), ...(width === undefined ? {} : { width }) };
  return renderProblem(problem(over), options).split("\n");
}

test("a problem shows its place, code, message, the line before, the line, carets and the hint", () => {
  const text = "type: lib.Sling\nattributes:\n  replicaton: orders.yaml\n";
  expect(rendered(text, { hint: "did you mean `replication`?" })).toEqual([
    "defs/sling/component.yaml:3:3 error[unknown-attribute]: SlingReplicationComponent has no attribute `replicaton`",
    "2 | attributes:",
    "3 |   replicaton: orders.yaml",
    "  |   ^^^^^^^^^^",
    "hint: did you mean `replication`?",
  ]);
});

test("without the file's text the frame is left out", () => {
  expect(renderProblem(problem({}))).toBe(
    "defs/sling/component.yaml:3:3 error[unknown-attribute]: SlingReplicationComponent has no attribute `replicaton`",
  );
});

test("a related place has its own line and frame", () => {
  const related = [{ span: span(1, 1), message: "first written here" }];
  expect(rendered("a: 1\nb: 2\na: 3", { span: span(3, 1), related }).slice(3)).toEqual([
    "  | ^",
    "defs/sling/component.yaml:1:1 first written here",
    "1 | a: 1",
    "  | ^",
  ]);
});

test("numbers of different length are aligned at the bar", () => {
  const text = `${"x: 1\n".repeat(9)}y: 2`;
  expect(rendered(text, { span: span(10, 1) }).slice(1)).toEqual([" 9 | x: 1", "10 | y: 2", "   | ^"]);
});

test.for([
  { what: "a tab", line: "\tkey: 1", column: 2, expected: ["1 |     key: 1", "  |     ^^^"] },
  { what: "a wide character", line: "이름: key", column: 5, expected: ["1 | 이름: key", "  |       ^^^"] },
  { what: "an emoji of two code units", line: "🚀 key", column: 4, expected: ["1 | 🚀 key", "  |    ^^^"] },
  { what: "a combining accent", line: "e\u0301 key", column: 4, expected: ["1 | e\u0301 key", "  |   ^^^"] },
  {
    what: "an escape character",
    line: "\u001b[ key",
    column: 4,
    expected: ["1 | \\u{1b}[ key", "  |         ^^^"],
  },
  {
    what: "a mark that reorders text",
    line: "\u202e key",
    column: 3,
    expected: ["1 | \\u{202e} key", "  |          ^^^"],
  },
])("carets stand under the key behind $what", ({ line, column, expected }) => {
  expect(rendered(line, { span: span(1, column, 3) }).slice(1)).toEqual(expected);
});

test("a span without length gets one caret, also behind the end of the line", () => {
  expect(rendered("key:", { span: span(1, 5, 0) }).slice(1)).toEqual(["1 | key:", "  |     ^"]);
  expect(rendered("", { span: span(1, 1, 0) }).slice(1)).toEqual(["1 |", "  | ^"]);
});

test("where only the line is known, all that is written on it is marked", () => {
  expect(rendered("  owners: [data] ", { span: span(1, 1, 0) }).slice(1)).toEqual([
    "1 |   owners: [data] ",
    "  |   ^^^^^^^^^^^^^^",
  ]);
});

test("a span over several lines is marked to the end of its first", () => {
  const place = { file, start: { line: 1, column: 4 }, end: { line: 3, column: 2 } };
  expect(rendered("a: [1,\n 2\n]", { span: place }).slice(1)).toEqual(["1 | a: [1,", "  |    ^^^"]);
});

test("a long line is cut around the caret", () => {
  const line = `start ${"x".repeat(200)} key ${"y".repeat(200)}`;
  const [, shown, carets] = rendered(line, { span: span(1, 208, 3) }, 40) as [string, string, string];
  expect(shown).toMatch(/^1 \| …x+ key y+…$/);
  expect(shown.length).toBeLessThanOrEqual(44);
  expect(shown.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("key");
});

test("a long line whose start is in view is cut at its end only", () => {
  const [, shown, carets] = rendered(`key: ${"x".repeat(200)}`, { span: span(1, 1, 3) }, 40);
  expect(shown).toMatch(/^1 \| key: x+…$/);
  expect(carets).toBe("  | ^^^");
});

test("carets of a long value end where the line is cut", () => {
  const [, shown, carets] = rendered(`key: ${"x".repeat(200)}`, { span: span(1, 6, 200) }, 40) as [
    string,
    string,
    string,
  ];
  expect(carets.length).toBeLessThanOrEqual(shown.length);
});

test("a line of megabytes is cut before it is measured", () => {
  const line = `${"x".repeat(4_000_000)}key${"y".repeat(4_000_000)}`;
  const [, shown, carets] = rendered(line, { span: span(1, 4_000_001, 3) }, 40) as [string, string, string];
  expect(shown).toMatch(/^1 \| …x+keyy+…$/);
  expect(shown.slice(carets.indexOf("^"), carets.lastIndexOf("^") + 1)).toBe("key");
});

test("messages and hints show control characters escaped", () => {
  const [first] = rendered("a: 1", { message: "odd \u001b[2J", span: span(1, 1) });
  expect(first).toMatch(/odd \\u\{1b\}\[2J$/);
});

test("colours wrap the place, the level and the carets", () => {
  const text = renderProblem(problem({ span: span(1, 1) }), { color: true, linesOf: () => ["a: 1"] });
  expect(text).toContain("\u001b[31merror[unknown-attribute]\u001b[39m");
  expect(text).toContain("\u001b[31m^\u001b[39m");
});
