import { expect, test } from "vitest";
import { reference } from "../../platform/core/reference.ts";
import { evaluateTemplate } from "../../platform/template/evaluate-template.ts";
import { hasTemplate, parseTemplate } from "../../platform/template/parse-template.ts";
import { scopeObject, scopeOf, templateFunction } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";

const condition = { type: "eager", label: "eager()" };
const orders = reference("dbt_model", "orders");

const scope = scopeOf({
  name: "orders",
  props: { table: "a.b.c", upper: "own", items: "own", empty: null },
  list: [1, 2, 3],
  orders,
  automation: scopeObject("automation", {
    eager: templateFunction(() => condition, { params: [] }),
    on_cron: templateFunction((cron: string, timeZone?: string) => [cron, timeZone ?? "UTC"], {
      params: ["cron_schedule", "cron_timezone"],
    }),
  }),
  options: templateFunction((...values: unknown[]) => values),
  boom: templateFunction(() => {
    throw new Error("it broke");
  }),
  plainFunction: () => 1,
  cyclic: cyclic(),
});

test.for([
  { text: "{{ 512 }}", value: 512 },
  { text: "{{ 4 / 2 }}", value: 2 },
  { text: "{{ [4 / 2, {'a': 1.0}] }}", value: [2, { a: 1 }] },
  { text: "{{ true }}", value: true },
  { text: "{{ none }}", value: null },
  { text: "{{ list }}", value: [1, 2, 3] },
  { text: "{{ list }}\n", value: [1, 2, 3] },
  { text: "{{- list -}}", value: [1, 2, 3] },
  { text: "{{ {'cpu': '1024'} }}", value: { cpu: "1024" } },
  { text: "{{ props.empty }}", value: null },
  { text: "{# nothing #}", value: null },
])("$text alone keeps its native value", ({ text, value }) => {
  expect(evaluate(text)).toEqual(value);
});

test.for([
  { text: "{{ 512 }} ", value: "512 " },
  { text: "{{ 1 }}{{ 2 }}", value: "12" },
  { text: "{{ list }}\n\n", value: "[1, 2, 3]\n" },
  { text: "{{ true }}!", value: "True!" },
  { text: "{{ 4 / 2 }}!", value: "2.0!" },
  { text: "{{ none }}!", value: "None!" },
  { text: "{% if true %}{{ 1 }}{% endif %}", value: "1" },
  { text: "fivetran/{{ props.table.replace('.', '/') }}", value: "fivetran/a/b/c" },
])("$text is a text, as there is something around the expression", ({ text, value }) => {
  expect(evaluate(text)).toBe(value);
});

test("conditions, references and other objects come out as they are", () => {
  expect(evaluate("{{ automation.eager() }}")).toBe(condition);
  expect(evaluate("{{ orders }}")).toBe(orders);
  expect(evaluate("{{ [orders] }}")).toEqual([orders]);
});

test.for([
  { text: "{{ automation.eager() }} ", code: "template-type" },
  { text: "x {{ orders }}", code: "template-type" },
  { text: "x {{ props }}", code: "template-type" },
  { text: "x {{ [automation] }}", code: "template-type" },
  { text: "x {{ boom }}", code: "template-type" },
  { text: "x {{ props.empty }}", code: "template-type" },
  { text: "{{ 'x' ~ orders }}", code: "template-type" },
  { text: "{{ nope }}", code: "undefined-name" },
  { text: "x-{{ nope }}", code: "undefined-name" },
  { text: "{{ props.nope }}", code: "undefined-name" },
  { text: "{{ list[3] }}", code: "undefined-name" },
  { text: "{{ 'a' if false }}", code: "undefined-name" },
  { text: "{{ name | nope }}", code: "undefined-name" },
  { text: "{{ name is nope }}", code: "undefined-name" },
  { text: "{{ boom('x') }}", code: "template-error" },
  { text: "{{ plainFunction() }}", code: "template-error" },
  { text: "{{ name() }}", code: "template-error" },
  { text: "{{ 1 + 'a' }}", code: "template-error" },
  { text: "{{ foo( }}", code: "template-syntax" },
  { text: "{{ }}", code: "template-syntax" },
  { text: "{{ [1) }}", code: "template-syntax" },
  { text: "{{ 'a' 'b' }}", code: "template-syntax" },
  { text: "{{ list[::2] }}", code: "template-syntax" },
  { text: "{{ options(*list) }}", code: "template-syntax" },
  { text: "{{ options(a=1, 2) }}", code: "template-syntax" },
  { text: "{{ 1 === 1 }}", code: "template-syntax" },
  { text: "{{ 1e }}", code: "template-syntax" },
  { text: "{{ 'abc }}", code: "template-syntax" },
  { text: "{{ name", code: "template-syntax" },
  { text: "{% if name %}", code: "template-syntax" },
  { text: "{% endif %}", code: "template-syntax" },
  { text: "{% else %}", code: "template-syntax" },
  { text: "{# open", code: "template-syntax" },
  { text: "{% macro x() %}{% endmacro %}", code: "template-syntax" },
  { text: "{% raw %}{{ x }}", code: "template-syntax" },
])("$text is an error of code $code", ({ text, code }) => {
  expect(evaluate(text)).toMatchObject({ code, name: "TemplateError" });
});

test("an undefined name tells what there is, and the nearest name", () => {
  const few = scopeOf({ group: 1, env: 2 });
  expect(evaluate("{{ gruop }}", few)).toMatchObject({
    message: "`gruop` is not defined; available scope: env, group",
    hint: "did you mean `group`?",
    names: ["env", "group"],
  });
});

test("a failing function is named with its arguments as written", () => {
  expect(evaluate("{{ boom('x', 1) }}")).toMatchObject({ message: "`boom('x', 1)` failed: it broke" });
});

test("an error that a function throws for a reason of its own keeps its code and gets a place", () => {
  const finding = templateFunction(() => {
    throw new TemplateError({ code: "component-not-found", message: "No component found for path nowhere" });
  });
  expect(evaluate("a {{ load('nowhere') }}", scopeOf({ load: finding }))).toMatchObject({
    code: "component-not-found",
    start: 5,
    end: 20,
  });
});

test.for([
  { text: "{{ automation.on_cron('0 3 * * *') }}", value: ["0 3 * * *", "UTC"] },
  { text: "{{ automation.on_cron('0 3 * * *', 'Asia/Seoul') }}", value: ["0 3 * * *", "Asia/Seoul"] },
  {
    text: "{{ automation.on_cron('0 3 * * *', cron_timezone='Asia/Seoul') }}",
    value: ["0 3 * * *", "Asia/Seoul"],
  },
  { text: "{{ automation.on_cron(cron_timezone='x', cron_schedule='y') }}", value: ["y", "x"] },
  { text: "{{ options(1, a=2) }}", value: [1, { a: 2 }] },
  { text: "{{ options(4 / 2, [1.0]) }}", value: [2, [1]] },
])("$text passes positional and keyword arguments", ({ text, value }) => {
  expect(evaluate(text)).toEqual(value);
});

test.for([
  "{{ automation.on_cron('a', zone=1) }}",
  "{{ automation.eager(1) }}",
  "{{ automation.on_cron('a', cron_schedule='b') }}",
])("%s is refused, as the parameters do not fit", (text) => {
  expect(evaluate(text)).toMatchObject({ code: "template-error" });
});

test("an own entry is read before a method of the same name, and called before one if it is a function", () => {
  expect(evaluate("{{ props.upper }}")).toBe("own");
  expect(evaluate("{{ props.items }}")).toBe("own");
  expect(evaluate("{{ props.items() | first | first }}")).toBe("table");
  const get = templateFunction(() => "mine");
  expect(evaluate("{{ x.get() }}", scopeOf({ x: { get } }))).toBe("mine");
});

test.for(
  [
    "{{ 'x' * 10**9 }}",
    "{{ [1] * 10**9 }}",
    "{{ 'x'.ljust(10**9) }}",
    "{{ 'x'.center(10**9) }}",
    "{{ '%099999999d' % 1 }}",
    "{{ '{:>99999999}'.format(1) }}",
    "{{ ('a' * 1000).replace('a', 'b' * 10000) }}",
    "{{ 'x' | indent(10**9, true) }}",
    "{{ ('a' * 900000) ~ ('b' * 900000) }}",
    "{{ [1] | batch(10**9, 0) }}",
    "{{ [1] | slice(10**9) }}",
    "{{ [[0] * 90000] * 90000 == [[0] * 90000] * 90000 }}",
    "{{ ([[0] * 90000] * 90000) | string }}",
    "{{ ([['x' * 100000] * 1000] * 1000) | join }}",
    "{% for a in [0] * 1000 %}{% for b in [0] * 1000 %}x{% endfor %}{% endfor %}",
    "{% for a in [0] * 100 %}{{ 'x' * 99999 }}{% endfor %}",
    `{{ ${"(".repeat(5000)}1${")".repeat(5000)} }}`,
    `{{ ${"[".repeat(5000)} }}`,
    `{{ ${"-".repeat(5000)}1 }}`,
    `{{ ${"not ".repeat(5000)}1 }}`,
    `{{ ${"1 if 1 else ".repeat(5000)}1 }}`,
    `${"{% if 1 %}".repeat(5000)}x`,
    `{{ 1${" + 1".repeat(300_000)} }}`,
    "{{ cyclic | string }}",
    "{{ cyclic == cyclic }}",
  ].map((text) => ({ text, beginning: text.slice(0, 60) })),
)("$beginning… runs into a limit and not out of memory", ({ text }) => {
  expect(evaluate(text)).toMatchObject({ code: "template-limit" });
});

test("digits that end in a letter take no time to be refused as a number", () => {
  expect(evaluate("{{ ('1' * 900000 ~ 'x') | float(5) }}")).toBe(5);
  expect(evaluate("{{ ('1' * 900000 ~ 'x') | int(5) }}")).toBe(5);
});

test.for([
  { text: "plain", has: false },
  { text: "a {{ b }}", has: true },
  { text: "{% if %}", has: true },
  { text: "{# c #}", has: true },
  { text: "{ x }", has: false },
])("whether `$text` has a template: $has", ({ text, has }) => {
  expect(hasTemplate(text)).toBe(has);
});

test("equal texts are parsed once", () => {
  expect(parseTemplate("{{ name }}")).toBe(parseTemplate("{{ name }}"));
});

test("inner scopes hide outer names and list them all", () => {
  const inner = scopeOf({ a: 2, c: 3 }, scopeOf({ a: 1, b: 1 }));
  expect(evaluate("{{ [a, b, c] }}", inner)).toEqual([2, 1, 3]);
  expect(inner.names()).toEqual(["a", "b", "c"]);
});

function cyclic(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}

function evaluate(text: string, names = scope): unknown {
  try {
    return evaluateTemplate(parseTemplate(text), names);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}
