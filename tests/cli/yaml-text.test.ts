import { expect, test } from "vitest";
import { parse } from "yaml";
import { yamlText } from "../../platform/cli/scaffold/yaml-text.ts";

test("mappings and lists are written in block form", () => {
  expect(
    yamlText({ type: "lib.A", attributes: { assets: [{ key: "raw/a", deps: ["b", "c"] }], limit: 3 } }),
  ).toBe(`type: lib.A
attributes:
  assets:
    - key: raw/a
      deps:
        - b
        - c
  limit: 3
`);
});

test.for(
  [
    "NO",
    "012",
    "12:30",
    "1e3",
    "null",
    "~",
    "- a",
    "a: b",
    "# a",
    "{{ x }}",
    " a",
    "a ",
    "",
    "true",
    "2026-01-01",
    "é",
    "a\nb",
    "*a",
    "%",
    "@a",
    "a'b",
  ].map((text) => ({ text })),
)("the text $text is read back as it was, by YAML 1.1 too", ({ text }) => {
  const written = yamlText({ a: text, [text]: [text, [text]] });
  for (const version of ["1.1", "1.2"] as const) {
    expect(parse(written, { version })).toEqual({ a: text, [text]: [text, [text]] });
  }
});

test("empty lists and mappings stay what they are", () => {
  expect(parse(yamlText({ a: [], b: {}, c: null, d: [[]] }))).toEqual({ a: [], b: {}, c: null, d: [[]] });
});
