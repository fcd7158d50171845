import { expect, test } from "vitest";
import { parseSelection } from "../../platform/graph/selection.ts";

test.for([
  { text: "", column: 1 },
  { text: "   ", column: 4 },
  { text: "a b", column: 3 },
  { text: "a and", column: 6 },
  { text: "and a", column: 1 },
  { text: "a or or b", column: 6 },
  { text: "(a", column: 1 },
  { text: "a)", column: 2 },
  { text: "()", column: 2 },
  { text: "group:", column: 7 },
  { text: "group: x", column: 8 },
  { text: "grup:x", column: 1 },
  { text: "group:x=y", column: 8 },
  { text: "tag:x=", column: 7 },
  { text: "leaves(a)", column: 1 },
  { text: '"a', column: 1 },
  { text: "a,b", column: 2 },
  { text: "a +b", column: 3 },
  { text: "not", column: 4 },
  { text: "+", column: 2 },
  { text: "= a", column: 1 },
])("'$text' is wrong at column $column", ({ text, column }) => {
  expect(parseSelection(text)).toMatchObject({ fault: { column, reason: expect.any(String) } });
});

test("an unknown attribute or function is told with the near one", () => {
  expect(parseSelection("grup:x")).toMatchObject({ fault: { hint: "did you mean `group`?" } });
  expect(parseSelection("sink(a)")).toMatchObject({ fault: { hint: "did you mean `sinks`?" } });
});

test("deep nesting is refused and not risked", () => {
  expect(parseSelection(`${"(".repeat(5000)}a${")".repeat(5000)}`)).toMatchObject({ fault: { column: 202 } });
  expect(parseSelection(`${"not ".repeat(5000)}a`)).toHaveProperty("fault");
});

test("not binds before and, and before or, whatever the case of the words", () => {
  const a = { kind: "attribute", attribute: "key", pattern: "a", column: 5 };
  expect(parseSelection("NOT a AND b or c")).toMatchObject({
    selection: {
      kind: "or",
      operands: [
        { kind: "and", operands: [{ kind: "not", operand: a }, { pattern: "b" }] },
        { pattern: "c" },
      ],
    },
  });
});

test.for([
  { text: "+a", up: Number.POSITIVE_INFINITY, down: 0 },
  { text: "a+", up: 0, down: Number.POSITIVE_INFINITY },
  { text: "2+a", up: 2, down: 0 },
  { text: "a+3", up: 0, down: 3 },
  { text: "1+a+2", up: 1, down: 2 },
  { text: "+(a or b)+", up: Number.POSITIVE_INFINITY, down: Number.POSITIVE_INFINITY },
  { text: '1+"a/b"+', up: 1, down: Number.POSITIVE_INFINITY },
  { text: "+group:x+1", up: Number.POSITIVE_INFINITY, down: 1 },
  { text: "2024+", up: 0, down: Number.POSITIVE_INFINITY },
])("'$text' goes $up up and $down down", ({ text, up, down }) => {
  expect(parseSelection(text)).toMatchObject({ selection: { kind: "spread", up, down } });
});

test.for([
  { text: "owner:team:data", pattern: "team:data" },
  { text: "owner:ann@example.com", pattern: "ann@example.com" },
  { text: 'group:"a b"', pattern: "a b" },
  { text: "group:'it\\'s'", pattern: "it's" },
  { text: 'key:"dbt:orders"', pattern: "dbt:orders" },
  { text: "raw/*_v2", pattern: "raw/*_v2" },
])("'$text' asks for $pattern", ({ text, pattern }) => {
  expect(parseSelection(text)).toMatchObject({ selection: { kind: "attribute", pattern } });
});

test("a tag may have a value, quoted or not", () => {
  expect(parseSelection('tag:"a b"="c d"')).toMatchObject({
    selection: { attribute: "tag", pattern: "a b", value: "c d" },
  });
  expect(parseSelection("tag:a=b")).toMatchObject({ selection: { pattern: "a", value: "b" } });
  expect(parseSelection("tag:a")).not.toHaveProperty("selection.value");
});
