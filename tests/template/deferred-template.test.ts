import { expect, test } from "vitest";
import {
  deferTemplate,
  evaluateDeferred,
  isTemplate,
  locateError,
  type Template,
} from "../../platform/template/deferred-template.ts";
import { scopeOf } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";
import { parseDocuments } from "../../platform/yaml/document.ts";

test("a deferred text is evaluated once for every object", () => {
  const template = deferred('key: "raw/{{ props.table }}"');
  const tables = ["a", "b"].map((table) => evaluateDeferred(template, scopeOf({ props: { table } })));
  expect(tables).toEqual(["raw/a", "raw/b"]);
});

test("a text without templates is its own value", () => {
  expect(evaluateDeferred(deferred("key: '512'"), scopeOf({}))).toBe("512");
});

test.for([
  { yaml: 'key: "raw/{{ nope }}"', line: 1, column: 14 },
  { yaml: "a: 1\nkey: >\n  folded\n  line {{ nope }}\n", line: 4, column: 11 },
  { yaml: "key: |\n  one {{ 1 }}\n\n    two {{ nope }}\n", line: 4, column: 12 },
  { yaml: 'key: "\\u00e9\\n{{ nope }}"', line: 1, column: 18 },
])(
  "after it went through JSON, an error in $yaml is still at its line and column",
  ({ yaml, line, column }) => {
    const template = JSON.parse(JSON.stringify(deferred(yaml))) as Template;
    expect(isTemplate(template)).toBe(true);
    expect(locateError(template, errorOf(template))).toEqual({
      file: "f.yaml",
      start: { line, column },
      end: { line, column: column + 4 },
    });
  },
);

test("where the text can't be traced, an error is at the start of the value", () => {
  const span = { file: "f.yaml", start: { line: 2, column: 5 }, end: { line: 2, column: 20 } };
  const template = deferTemplate("{{ nope }}", { path: "key", span });
  expect(locateError(template, errorOf(template))).toEqual({ ...span, end: span.start });
});

function deferred(yaml: string): Template {
  const [document] = parseDocuments("f.yaml", yaml, () => {});
  if (document === undefined) throw new Error("no document");
  const { key } = document.value as { key: string };
  const span = document.valueSpan(["key"]);
  if (span === undefined) throw new Error("no span");
  return deferTemplate(key, {
    path: "key",
    span,
    locate: (start, end) => document.textSpan(["key"], start, end),
  });
}

function errorOf(template: Template): TemplateError {
  try {
    evaluateDeferred(template, scopeOf({}));
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error("no error");
}
