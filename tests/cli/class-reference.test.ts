import { Type } from "typebox";
import { expect, test } from "vitest";
import { classReference } from "../../platform/cli/docs/class-reference.ts";
import { referenceMarkdown } from "../../platform/cli/docs/reference-markdown.ts";
import { referencePage } from "../../platform/cli/docs/reference-page.ts";
import { referenceText } from "../../platform/cli/docs/reference-text.ts";
import { assetKeyAttribute, durationAttribute } from "../../platform/define/asset-attributes.ts";

const schema = Type.Object(
  {
    source: Type.String({ description: "Where <rows> come from, such as `a|b`." }),
    limit: Type.Integer({ minimum: 1, default: 10 }),
    every: Type.Optional(durationAttribute),
    mode: Type.Optional(Type.Union([Type.Literal("full"), Type.Literal("append")])),
    tables: Type.Array(
      Type.Object({ key: assetKeyAttribute, columns: Type.Optional(Type.Array(Type.String())) }),
    ),
    options: Type.Optional(Type.Record(Type.String(), Type.Object({ width: Type.Number() }))),
  },
  { description: "Copies tables. Each becomes one asset." },
);
const reference = classReference("lib.Copies", {
  schema,
  example: "type: lib.Copies\nattributes: { a: '<b>' }\n",
});

test("fields are told with their path, what they take, and whether they must be written", () => {
  expect(
    reference.fields.map(({ path, kind, required, default: fallback }) => [path, kind, required, fallback]),
  ).toEqual([
    ["source", "text", true, undefined],
    ["limit", "whole number, at least 1", false, "10"],
    ["every", "duration", false, undefined],
    ["mode", 'one of "full", "append"', false, undefined],
    ["tables", "list of mappings", true, undefined],
    ["tables[].key", "asset key", true, undefined],
    ["tables[].columns", "list of text", false, undefined],
    ["options", "mapping to mapping", false, undefined],
    ["options.<name>.width", "number", true, undefined],
  ]);
});

test("the summary is the first sentence of the description", () => {
  expect(reference.summary).toBe("Copies tables.");
});

test("an attribute type is described where the attribute itself is not", () => {
  expect(reference.fields.find(({ path }) => path === "every")?.description).toMatch(/^A length of time/);
});

test("the page escapes what is written in schemas and examples", () => {
  const page = referencePage([reference]);
  expect(page).toContain("Where &lt;rows&gt; come from, such as <code>a|b</code>.");
  expect(page).toContain("{ a: '&lt;b&gt;' }");
  expect(page).not.toMatch(/<rows>|<b>/);
  expect(page).toContain('<section id="lib.Copies">');
});

test("Markdown has one line for each field and the example in a fence", () => {
  const text = referenceMarkdown(reference);
  expect(text).toContain("- `limit` (whole number, at least 1; default `10`)\n");
  expect(text).toContain("```yaml\ntype: lib.Copies\n");
});

test("a fence is longer than any run of backticks in the example", () => {
  const text = referenceMarkdown(classReference("lib.Doc", { example: "type: lib.Doc # ```` \n" }));
  expect(text).toContain("`````yaml\n");
});

test("text for the terminal is wrapped at its width", () => {
  const lines = referenceText(reference, 40).split("\n");
  expect(lines).toContain("      Where <rows> come from, such as");
  expect(lines).toContain("      `a|b`.");
});

test("a class without attributes says so", () => {
  expect(referenceText(classReference("lib.Bare", {}), 80)).toBe("lib.Bare\n\nIt takes no attributes.");
});
