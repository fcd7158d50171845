import { expect, test } from "vitest";
import type { Span } from "../../platform/core/span.ts";
import { parseDocuments, type SourceDocument } from "../../platform/yaml/document.ts";

const text = `# a comment
type: lib.Shop
attributes:
  assets:
    - key: raw/orders
      deps: [a, "b"]
    - key: raw/items
  base: &base
    team: data
  copy:
    <<: *base
    size: 1
  again: *base
---
type: lib.Other
attributes:
`;

test("a document's own span is its first line with content", () => {
  expect(documents(text).map(({ span }) => short(span))).toEqual(["2:1-2:15", "15:1-15:16"]);
});

test.for([
  { path: ["type"], key: "2:1-2:5", value: "2:7-2:15" },
  { path: ["attributes", "assets"], key: "4:3-4:9", value: "5:5-7:21" },
  { path: ["attributes", "assets", 0], key: undefined, value: "5:7-6:21" },
  { path: ["attributes", "assets", 0, "key"], key: "5:7-5:10", value: "5:12-5:22" },
  { path: ["attributes", "assets", 0, "deps", 1], key: undefined, value: "6:17-6:20" },
  { path: ["attributes", "copy", "size"], key: "12:5-12:9", value: "12:11-12:12" },
  { path: ["attributes", "copy", "team"], key: "9:5-9:9", value: "9:11-9:15" },
  { path: ["attributes", "again", "team"], key: "9:5-9:9", value: "9:11-9:15" },
  { path: ["attributes", "nope"], key: undefined, value: undefined },
  { path: ["attributes", "assets", 7], key: undefined, value: undefined },
  { path: ["type", "deeper"], key: undefined, value: undefined },
])("$path has its key at $key and its value at $value", ({ path, key, value }) => {
  const document = first();
  expect(shortOrNone(document.keySpan(path))).toBe(key);
  expect(shortOrNone(document.valueSpan(path))).toBe(value);
});

test.for([
  { path: [], nearest: "2:1-2:15" },
  { path: ["nope"], nearest: "2:1-2:15" },
  { path: ["attributes"], nearest: "3:1-3:11" },
  { path: ["attributes", "nope", "deeper"], nearest: "3:1-3:11" },
  { path: ["attributes", "assets", 0, "nope"], nearest: "5:7-5:22" },
  { path: ["attributes", "assets", 1, "key"], nearest: "7:7-7:10" },
  { path: ["attributes", "assets", 9], nearest: "4:3-4:9" },
  { path: ["attributes", "assets", 0, "deps", 1], nearest: "6:17-6:20" },
])("the deepest node on $path that exists is at $nearest", ({ path, nearest }) => {
  expect(short(first().nearestSpan(path))).toBe(nearest);
});

test("places stay the same after the syntax tree is released", () => {
  const [one, two] = documents(text) as [SourceDocument, SourceDocument];
  one.release();
  two.release();
  expect(shortOrNone(one.keySpan(["attributes", "copy", "team"]))).toBe("9:5-9:9");
  expect(shortOrNone(two.keySpan(["attributes"]))).toBe("16:1-16:11");
});

test("places of a later document count lines of the whole file, also when an earlier one is broken", () => {
  const [document] = documents('a: "open\n---\n# c\nkey: {{ x | y(1, 2) }}\nlast: 1\n');
  expect(shortOrNone(document?.keySpan(["last"]))).toBe("5:1-5:5");
  document?.release();
  expect(shortOrNone(document?.keySpan(["last"]))).toBe("5:1-5:5");
});

test.for([
  { yaml: "a: 1\r\nb: xyz\r\n", path: ["b"], start: 1, end: 2, span: "2:5-2:6" },
  { yaml: "k: |\r\n  one\r\n  two\r\n", path: ["k"], start: 4, end: 7, span: "3:3-3:6" },
  { yaml: "k: plain text\n", path: ["k"], start: 6, end: 10, span: "1:10-1:14" },
  { yaml: "k: plain\n  text\n\n  more\n", path: ["k"], start: 6, end: 10, span: "2:3-2:7" },
  { yaml: "k: plain\n  text\n\n  more\n", path: ["k"], start: 11, end: 15, span: "4:3-4:7" },
  { yaml: "k: 'it''s x'\n", path: ["k"], start: 5, end: 6, span: "1:11-1:12" },
  { yaml: 'k: "a\\tb\\x41\\u00e9\\U0001F600z"\n', path: ["k"], start: 7, end: 8, span: "1:29-1:30" },
  { yaml: 'k: "a \\\n   b"\n', path: ["k"], start: 2, end: 3, span: "2:4-2:5" },
  { yaml: 'k: "one\n  two"\n', path: ["k"], start: 4, end: 7, span: "2:3-2:6" },
  { yaml: "k: |\n  one\n   two\n", path: ["k"], start: 5, end: 8, span: "3:4-3:7" },
  { yaml: "k: |+2\n   one\n\n", path: ["k"], start: 1, end: 4, span: "2:4-2:7" },
  { yaml: "k: >\n  a\n  b\n\n  c\n   d\n  e\n", path: ["k"], start: 4, end: 5, span: "5:3-5:4" },
  { yaml: "k: >\n  a\n  b\n\n  c\n   d\n  e\n", path: ["k"], start: 7, end: 8, span: "6:4-6:5" },
  { yaml: "k: >\n  a\n  b\n\n  c\n   d\n  e\n", path: ["k"], start: 9, end: 10, span: "7:3-7:4" },
  { yaml: "k: >\n\n\n  a\n  b\n", path: ["k"], start: 4, end: 5, span: "5:3-5:4" },
  { yaml: "k: &x !!str text\n", path: ["k"], start: 1, end: 2, span: "1:14-1:15" },
  { yaml: "a: &x text\nk: *x\n", path: ["k"], start: 1, end: 2, span: "1:8-1:9" },
  { yaml: "k: 12\n", path: ["k"], start: 0, end: 1, span: undefined },
  { yaml: "k: [a]\n", path: ["k"], start: 0, end: 1, span: undefined },
  { yaml: "k: ab\n", path: ["k"], start: 2, end: 3, span: undefined },
])("in %$ characters of the value are traced to $span", ({ yaml, path, start, end, span }) => {
  expect(shortOrNone(documents(yaml)[0]?.textSpan(path, start, end))).toBe(span);
});

test("every character of a value is traced to the same character in the file", () => {
  const pieces = ["a", "B ", " c", "\n", "\n\n", "  d", "'", '"', "{{ x }}", "é", "\t", "#", ":", "- "];
  let seed = 7;
  const random = (limit: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * limit);
  };
  let traced = 0;
  for (let round = 0; round < 150; round++) {
    const value = Array.from({ length: 1 + random(8) }, () => pieces[random(pieces.length)]).join("");
    const lines = value
      .split("\n")
      .map((line) => `    ${line}`)
      .join("\n");
    for (const yaml of [
      `k: |\n    x${lines.trimStart()}\n`,
      `k: >-\n    x\n${lines}\n`,
      `k: ${JSON.stringify(value)}\n`,
    ]) {
      const [document] = documents(yaml);
      if (document === undefined) continue;
      const { k } = document.value as { k: string };
      for (let index = 0; index < k.length; index++) {
        const span = document.textSpan(["k"], index, index + 1);
        if (span === undefined || !/[a-zA-Z{}éx]/.test(k[index] as string)) continue;
        traced += 1;
        expect(yaml.split("\n")[span.start.line - 1]?.[span.start.column - 1]).toBe(k[index]);
      }
    }
  }
  expect(traced).toBeGreaterThan(1500);
});

function documents(yaml: string): SourceDocument[] {
  return parseDocuments("f.yaml", yaml, () => {});
}

function first(): SourceDocument {
  return documents(text)[0] as SourceDocument;
}

function short({ start, end }: Span): string {
  return `${start.line}:${start.column}-${end.line}:${end.column}`;
}

function shortOrNone(span: Span | undefined): string | undefined {
  return span === undefined ? undefined : short(span);
}
