import { expect, test } from "vitest";
import type { Problem } from "../../platform/core/problem.ts";
import { parseDocuments, type SourceDocument } from "../../platform/yaml/document.ts";
import { unusableValue } from "../../platform/yaml/unusable-value.ts";

function parse(text: string): { documents: SourceDocument[]; values: unknown[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const documents = parseDocuments("f.yaml", text, (problem) => problems.push(problem));
  return { documents, values: documents.map(({ value }) => value), problems };
}

test("a broken document is reported and does not hide the next one", () => {
  const { values, problems } = parse("type: [a\n---\ntype: b\n");
  expect(problems).toMatchObject([{ code: "invalid-yaml" }]);
  expect(values).toEqual([{ type: "b" }]);
});

test.for([
  { text: 'type: "a\n---\ntype: b\n', what: "an open double quote" },
  { text: "type: 'a\n---\ntype: b\n", what: "an open single quote" },
  { text: "type: {a: 1\n---\ntype: b\n", what: "an open brace" },
  { text: "type: @a\n---\ntype: b\n", what: "a reserved character" },
  { text: "type: a\n b: c\n  d: e\n---\ntype: b\n", what: "bad indentation" },
  { text: "type: &\n---\ntype: b\n", what: "an anchor without a name" },
  { text: "---\ntype: a: b\n--- # next\ntype: b\n", what: "two colons" },
  { text: "%BAD\n---\ntype: !x a\n---\n%x\ntype: b\n", what: "a tag and a directive", broken: 2 },
])("$what breaks its own document only", ({ text, broken }) => {
  const { documents, problems } = parse(text);
  expect(problems.map(({ code }) => code)).toEqual(Array.from({ length: broken ?? 1 }, () => "invalid-yaml"));
  if (broken === undefined)
    expect(documents.map(({ index, value }) => ({ index, value }))).toEqual([
      { index: 2, value: { type: "b" } },
    ]);
});

test.for([
  { text: "a: 1\n---\n", line: 2, indexes: [1] },
  { text: "a: 1\n---\n# end\n", line: 2, indexes: [1] },
  { text: "a: 1\n---\n---\nb: 1\n", line: 2, indexes: [1, 3] },
  { text: "---\n---\na: 1\n", line: 1, indexes: [2] },
])("an empty document beside others is told at its line: %$", ({ text, line, indexes }) => {
  const { documents, problems } = parse(text);
  expect(problems).toMatchObject([{ code: "not-a-mapping", span: { start: { line } } }]);
  expect(documents.map(({ index }) => index)).toEqual(indexes);
});

test.for([
  { text: "", count: 0 },
  { text: "# only a comment\n", count: 0 },
  { text: "\n\n", count: 0 },
  { text: "---\n", count: 0 },
  { text: "---\na: 1\n", count: 1 },
  { text: "a: 1\n...\n", count: 1 },
  { text: "null\n", count: 1 },
  { text: "a: 1\n---\nb: 2\n---\nc: 3", count: 3 },
])("%$ gives $count documents and no problem", ({ text, count }) => {
  const { documents, problems } = parse(text);
  expect(problems).toEqual([]);
  expect(documents.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
});

test.for([
  { text: "a: yes it is", value: { a: "yes it is" } },
  { text: "a: 2025-01-01", value: { a: "2025-01-01" } },
  { text: "a: 1e3", value: { a: 1000 } },
  { text: "a: 0x1F", value: { a: 31 } },
  { text: "a: ~", value: { a: null } },
  { text: "a:", value: { a: null } },
  { text: 'a: "\\u00e9"', value: { a: "é" } },
  { text: "a: |\n  x\n", value: { a: "x\n" } },
  { text: "1: a\ntrue: b\n012: c", value: { 1: "a", true: "b", "012": "c" } },
  { text: "a: !!str 12", value: { a: "12" } },
  { text: "a: &x [1]\nb: *x", value: { a: [1], b: [1] } },
  { text: "a: &x 1\nb: *x", value: { a: 1, b: 1 } },
  { text: "&k a: 1\nb: *k", value: { a: 1, b: "a" } },
  { text: "base: &b {x: 1, y: 2}\nc:\n  <<: *b\n  y: 3", value: { base: { x: 1, y: 2 }, c: { x: 1, y: 3 } } },
  {
    text: "a: &a {x: 1}\nb: &b {x: 2, z: 2}\nc:\n  <<: [*a, *b]",
    value: { a: { x: 1 }, b: { x: 2, z: 2 }, c: { x: 1, z: 2 } },
  },
  { text: "c:\n  y: 3\n  <<: {y: 1, z: 2}", value: { c: { y: 3, z: 2 } } },
  { text: '"<<": 1', value: { "<<": 1 } },
  { text: "\ufeffa: 1", value: { a: 1 } },
  { text: "a: 1\r\nb:\r\n  - x\r\n", value: { a: 1, b: ["x"] } },
  { text: "a: 1 # x\n\tb: 2", value: undefined },
  { text: "%YAML 1.1\n---\na: yep", value: { a: "yep" } },
])("%$ is read as YAML 1.2", ({ text, value }) => {
  expect(parse(text).values[0]).toEqual(value);
});

test("mappings have no prototype", () => {
  const { values } = parse("a: {b: 1}");
  expect(Object.getPrototypeOf(values[0])).toBeNull();
  expect(Object.getPrototypeOf((values[0] as { a: object }).a)).toBeNull();
});

test.for([
  { text: "a: 1\nb: 2\na: 3", code: "duplicate-key", line: 3, column: 1, path: "a" },
  { text: "a:\n  - {x: 1, x: 2}", code: "duplicate-key", line: 2, column: 12, path: "a.0.x" },
  {
    text: "type: f\nattributes:\n  value: 1\n  value: 2\n",
    code: "duplicate-key",
    line: 4,
    column: 3,
    path: "attributes.value",
  },
  { text: "a: 1\n'a': 2", code: "duplicate-key", line: 2, column: 1, path: "a" },
  { text: "a:\n  __proto__: 1", code: "forbidden-key", line: 2, column: 3, path: "a.__proto__" },
  { text: "constructor: {}", code: "forbidden-key", line: 1, column: 1, path: "constructor" },
  { text: "a: {prototype: 1}", code: "forbidden-key", line: 1, column: 5, path: "a.prototype" },
  { text: "a: &a\n  - *a", code: "invalid-yaml", line: 2, column: 5, path: "a.0" },
  { text: "a: *nope", code: "invalid-yaml", line: 1, column: 4, path: "a" },
  { text: "? [a]\n: 1", code: "invalid-yaml", line: 1, column: 3 },
  { text: "{{ x }}: 1", code: "invalid-yaml", line: 1, column: 1 },
  { text: "a:\n  <<: 1", code: "invalid-yaml", line: 2, column: 3, path: "a.<<" },
  { text: "a: !ENV x", code: "invalid-yaml", line: 1, column: 4 },
  { text: "type: @acme.X\nattributes: {}", code: "invalid-yaml", line: 1, column: 7 },
  { text: "a: `x`", code: "invalid-yaml", line: 1, column: 4 },
  { text: "a:\n\t- b", code: "invalid-yaml", line: 2, column: 1 },
])("%$ is the one problem $code at $line:$column", ({ text, code, line, column, path }) => {
  const { problems } = parse(text);
  expect(problems).toMatchObject([
    { code, severity: "error", span: { file: "f.yaml", start: { line, column } } },
  ]);
  expect(problems[0]?.path).toBe(path);
});

test.for([
  { text: "type: @acme.X", character: "@" },
  { text: "a: `x`", character: "`" },
])("the message about a reserved character names $character", ({ text, character }) => {
  expect(parse(text).problems[0]?.message).toMatch(/^Unable to parse YAML: /);
  expect(parse(text).problems[0]?.message).toContain(character);
});

test("a duplicate key points back at the first one, whose value stays", () => {
  const { problems, values } = parse("a: 1\nb: 2\na: 3");
  expect(problems[0]?.related).toMatchObject([
    { span: { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } } },
  ]);
  expect(values).toEqual([{ a: 1, b: 2 }]);
});

test("a document knows whether it had an error, and a warning is none", () => {
  const { documents } = parse("a: 1\na: 2\n---\nb: NO\n");
  expect(documents.map(({ hasErrors }) => hasErrors)).toEqual([true, false]);
});

test.for([
  "NO",
  "no",
  "yes",
  "Yes",
  "on",
  "OFF",
  "y",
  "N",
  "012",
  "-017",
  "12:30",
  "1:30:00",
  "1_000",
  "0b11",
  "0x_1F",
])("plain %s is a warning whose fix quotes it", (written) => {
  const { problems, documents } = parse(`a: 1\nb: [x, ${written}]`);
  const span = {
    file: "f.yaml",
    start: { line: 2, column: 8 },
    end: { line: 2, column: 8 + written.length },
  };
  expect(problems).toMatchObject([
    { code: "yaml-1-1-value", severity: "warning", path: "b.1", span, fix: [{ span, text: `"${written}"` }] },
  ]);
  expect(documents[0]?.hasErrors).toBe(false);
});

test.for([
  "true",
  "null",
  "0",
  "00",
  "12",
  "-3",
  "1.5",
  "1e3",
  "0x1F",
  "2025-01-01",
  "12:70",
  "12:30:00Z",
  "nobody",
  "a:b",
  "'NO'",
  '"012"',
])("plain %s means the same in YAML 1.1 and gives no warning", (written) => {
  expect(parse(`a: ${written}`).problems).toEqual([]);
});

test("keys give no such warning", () => {
  expect(parse("y: 1\non: 2\nno: 3").problems).toEqual([]);
});

test.for([
  { text: "a: {{ x }}", fixed: 'a: "{{ x }}"' },
  { text: "a: {{ x }} # why", fixed: 'a: "{{ x }}" # why' },
  { text: "a: {{ x }}/b", fixed: 'a: "{{ x }}/b"' },
  { text: "- {{ x }}", fixed: '- "{{ x }}"' },
  { text: "a: [b, {{ x }}, c]", fixed: 'a: [b, "{{ x }}", c]' },
  { text: "a: {b: {{ x }}}", fixed: 'a: {b: "{{ x }}"}' },
  { text: "a: {{ env('X') }}", fixed: "a: \"{{ env('X') }}\"" },
  { text: 'a: {{ env("X") }}', fixed: "a: '{{ env(\"X\") }}'" },
  { text: "a: {{ x | replace('.', '/') }}", fixed: "a: \"{{ x | replace('.', '/') }}\"" },
  { text: "a: {{ f(x, 1)[0] }}", fixed: 'a: "{{ f(x, 1)[0] }}"' },
])("$text is one problem, and its fix makes $fixed", ({ text, fixed }) => {
  const { problems, documents } = parse(
    `top: 1\n${text.startsWith("-") ? `list:\n${text}` : text}\nlast: 2\n`,
  );
  expect(problems).toMatchObject([{ code: "unquoted-template", severity: "error" }]);
  const edit = problems[0]?.fix?.[0];
  const { start, end } = edit?.span ?? { start: { column: 1 }, end: { column: 1 } };
  expect(text.slice(0, start.column - 1) + edit?.text + text.slice(end.column - 1)).toBe(fixed);
  expect(documents[0]?.value).toMatchObject({ top: 1, last: 2 });
});

test("an unquoted template is marked, so that nobody looks at its value", () => {
  expect(parse("a: {{ x }}\nb: {{ y | default('', true) }}").values).toEqual([
    { a: unusableValue, b: unusableValue },
  ]);
});

test("braces inside quotes and block scalars are no unquoted templates", () => {
  const { problems, values } = parse("a: '{{ x }}'\nb: |\n  k: {{ y }}\nc: {{ z('.', 1) }}\n");
  expect(problems.map(({ code, path, span }) => ({ code, path, line: span.start.line }))).toEqual([
    { code: "unquoted-template", path: "c", line: 4 },
  ]);
  expect(values).toEqual([{ a: "{{ x }}", b: "k: {{ y }}\n", c: unusableValue }]);
});

test("fifty thousand open brackets are too deep and nothing worse", () => {
  const { problems, values } = parse(`${"[".repeat(50_000)}\n---\na: 1`);
  expect(problems).toMatchObject([{ code: "too-deep", span: { start: { line: 1, column: 101 } } }]);
  expect(values).toEqual([{ a: 1 }]);
});

test.for([
  { depth: 99, codes: [] },
  { depth: 100, codes: ["too-deep"] },
  { depth: 3000, codes: ["too-deep"] },
])("a list $depth levels inside a mapping: $codes", ({ depth, codes }) => {
  expect(parse(`a: ${"[".repeat(depth)}${"]".repeat(depth)}`).problems.map(({ code }) => code)).toEqual(
    codes,
  );
});

test("an alias bomb is one problem and takes no memory", () => {
  const levels = Array.from({ length: 30 }, (_, level) =>
    level === 0
      ? "l0: &l0 [x, x, x, x, x, x, x, x, x]"
      : `l${level}: &l${level} [${Array(9)
          .fill(`*l${level - 1}`)
          .join(", ")}]`,
  );
  expect(parse(levels.join("\n")).problems).toMatchObject([{ code: "too-many-aliases" }]);
});

test("a thousand aliases of one value are no bomb", () => {
  const text = `a: &a {x: 1, y: [1, 2]}\nb:\n${"  - *a\n".repeat(1000)}`;
  expect(parse(text).problems).toEqual([]);
});

test("a merge of a bomb is stopped as well", () => {
  const maps = Array.from({ length: 30 }, (_, level) =>
    level === 0
      ? "m0: &m0 {a: 1, b: 2}"
      : `m${level}: &m${level} {x: *m${level - 1}, y: *m${level - 1}, <<: *m${level - 1}}`,
  );
  expect(parse(maps.join("\n")).problems).toMatchObject([{ code: "too-many-aliases" }]);
});
