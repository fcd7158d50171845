import { expect, test } from "vitest";
import { Secret } from "../../platform/core/secret.ts";
import { environmentScope } from "../../platform/template/environment-scope.ts";
import { evaluateTemplate } from "../../platform/template/evaluate-template.ts";
import { parseTemplate } from "../../platform/template/parse-template.ts";
import { scopeOf } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";

const values: { readonly [name: string]: string } = { BUCKET: "b1", N: "42", EMPTY: "", DB_PASSWORD: "hush" };

test.for([
  { text: "{{ env.BUCKET }}", value: "b1" },
  { text: "{{ env.N }}", value: "42" },
  { text: "{{ env.EMPTY }}", value: "" },
  { text: "{{ env('BUCKET') }}", value: "b1" },
  { text: "{{ env('BUCKET', 'x') }}", value: "b1" },
  { text: "{{ env('NOT_SET', 'x') }}", value: "x" },
  { text: "{{ env('NOT_SET', none) }}", value: null },
  { text: "{{ env('NOT_SET', default=1) }}", value: 1 },
  { text: "{{ env.NOT_SET }}", value: null },
  { text: "{{ [env.NOT_SET] }}", value: [null] },
  { text: "{{ env.NOT_SET or 'x' }}", value: "x" },
  { text: "{{ env.NOT_SET | default('x') }}", value: "x" },
  { text: "{{ env.NOT_SET is none }}", value: true },
  { text: "{{ env.NOT_SET is defined }}", value: false },
  { text: "s3://{{ env.BUCKET }}/x", value: "s3://b1/x" },
  { text: "{{ env.N }}{{ env.N }}", value: "4242" },
])("$text is $value", ({ text, value }) => {
  expect(evaluate(text).value).toEqual(value);
});

test.for([
  { text: "x{{ env.NOT_SET }}", code: "missing-variable", contains: ["NOT_SET"] },
  { text: "{{ 'x' ~ env.NOT_SET }}", code: "missing-variable", contains: ["NOT_SET"] },
  { text: "{{ 'x' + env.NOT_SET }}", code: "missing-variable", contains: ["NOT_SET"] },
  { text: "{{ env.NOT_SET.x }}", code: "missing-variable", contains: ["NOT_SET"] },
  { text: "{{ env('NOT_SET') }}", code: "missing-variable", contains: ["NOT_SET"] },
  { text: "{{ env['S'] }}", code: "template-error", contains: ["env.S", "env('S')"] },
  { text: "{{ env() }}", code: "template-error", contains: ["env('X')"] },
  { text: "{{ env('A', 'b', 'c') }}", code: "template-error", contains: [] },
])("$text is an error of code $code that names the variable", ({ text, code, contains }) => {
  const { error } = evaluate(text);
  expect(error?.code).toBe(code);
  for (const part of contains) expect(`${error?.message} ${error?.hint}`).toContain(part);
});

test("a secret variable gives a secret", () => {
  const { value } = evaluate("{{ env.DB_PASSWORD }}");
  expect(value).toBeInstanceOf(Secret);
  expect((value as Secret).reveal()).toBe("hush");
});

test("every variable that is asked for is recorded, with whether it has a default", () => {
  expect(evaluate("{{ env.BUCKET }}{{ env('N') }}{{ env('NOT_SET', 1) }}").recorded).toEqual([
    ["BUCKET", false],
    ["N", false],
    ["NOT_SET", true],
  ]);
});

function evaluate(text: string): { value?: unknown; error?: TemplateError; recorded: [string, boolean][] } {
  const recorded: [string, boolean][] = [];
  const env = environmentScope({
    read: (name) => values[name],
    isSecret: (name) => name.endsWith("_PASSWORD"),
    record: (name, { hasDefault }) => recorded.push([name, hasDefault]),
  });
  try {
    return { value: evaluateTemplate(parseTemplate(text), scopeOf({ env })), recorded };
  } catch (error) {
    if (error instanceof TemplateError) return { error, recorded };
    throw error;
  }
}
