import { inspect } from "node:util";
import { expect, test } from "vitest";
import { reveal, Secret } from "../../platform/core/secret.ts";
import { environmentScope } from "../../platform/template/environment-scope.ts";
import { evaluateTemplate } from "../../platform/template/evaluate-template.ts";
import { filters } from "../../platform/template/filters.ts";
import { parseTemplate } from "../../platform/template/parse-template.ts";
import { scopeOf, templateFunction } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";
import { textMethods } from "../../platform/template/text-methods.ts";

const canary = "canaryinthemine";

const scope = scopeOf({
  name: "orders",
  list: ["a", "b"],
  env: environmentScope({
    read: (name) => (name === "API_TOKEN" ? canary : undefined),
    isSecret: (name) => name.endsWith("_TOKEN"),
    record: () => {},
  }),
});

const secret = "env.API_TOKEN";

const argumentsOf: { readonly [name: string]: readonly string[] } = {
  replace: ["('x', 'y')", "('c', 'C', 1)"],
  format: ["()", "('a')"],
  batch: ["(2)"],
  slice: ["(2)"],
  groupby: ["(0)"],
  map: ["('upper')", "('list')"],
  select: ["('string')", "()"],
  reject: ["('none')"],
  selectattr: ["('length')"],
  rejectattr: ["('length')"],
  truncate: ["(8)"],
  join: ["('-')"],
  removeprefix: ["('can')"],
  removesuffix: ["('mine')"],
  partition: ["('in')"],
  rpartition: ["('in')"],
  startswith: ["('cana')"],
  endswith: ["('mine')"],
  find: ["('in')"],
  rfind: ["('in')"],
  index: ["('in')"],
  rindex: ["('in')"],
  count: ["('n')", ""],
  zfill: ["(30)"],
  ljust: ["(30)"],
  rjust: ["(30, '.')"],
  center: ["(30)"],
};

const operands = [
  secret,
  `env('API_TOKEN')`,
  `(${secret} ~ '!')`,
  `('x' ~ ${secret})`,
  `[${secret}]`,
  `['a', ${secret}, 1]`,
  `{'k': ${secret}}`,
  `{'k': [${secret}]}`,
];

const filterUses = [...filters.keys()].flatMap((name) =>
  (argumentsOf[name] ?? [""]).map((args) => `| ${name}${args}`),
);
const methodUses = [...textMethods.keys()].flatMap((name) =>
  (argumentsOf[name] ?? ["()"]).map((args) => `.${name}${args || "()"}`),
);

const asArgument = [
  `name.replace('o', ${secret})`,
  `name | replace('o', ${secret})`,
  `'-'.join(['a', ${secret}])`,
  `${secret}.join(list)`,
  `list | join(${secret})`,
  `'%s' % ${secret}`,
  `'%s' | format(${secret})`,
  `'%(a)s' | format(a=${secret})`,
  `'{}'.format(${secret})`,
  `'{a!r:>40}'.format(a=${secret})`,
  `name ~ ${secret} ~ name`,
  `name + ${secret}`,
  `${secret} * 2`,
  `${secret}[0:6]`,
  `${secret}[:]`,
  `${secret}[0] ~ ${secret}[1:]`,
  `[${secret}][0]`,
  `{'a': ${secret}}.a`,
  `{'a': ${secret}}.get('a')`,
  `{'a': ${secret}}.values()`,
  `{'a': ${secret}}.items()`,
  `name | default(${secret}) ~ ${secret}`,
  `nope | default(${secret})`,
  `${secret} if true else 1`,
  `${secret} or 1`,
  `1 and ${secret}`,
  `[${secret}] + list`,
  `[${secret}] * 3`,
  `name | center(20) ~ ${secret}`,
  `name.ljust(20) ~ ${secret}`,
  `list | map('replace', 'a', ${secret})`,
  `[${secret}] | map('upper') | list`,
  `[${secret}] | map('tojson') | join`,
  `[[${secret}]] | map('join') | list`,
  `[{'a': ${secret}}] | map(attribute='a') | list`,
  `[{'a': ${secret}}] | groupby('a')`,
  `[{'a': ${secret}}] | sort(attribute='a')`,
  `name | indent(${secret})`,
  `name | truncate(5, true, ${secret})`,
  `name | trim(${secret}) ~ ${secret}`,
];

const expressions = [
  ...operands.flatMap((operand) => filterUses.map((use) => `${operand} ${use}`)),
  ...[secret, `(${secret} ~ '!')`, `('x' ~ ${secret})`].flatMap((operand) =>
    methodUses.map((use) => `${operand}${use}`),
  ),
  ...asArgument,
];

const templates = expressions.flatMap((expression) => [
  `{{ ${expression} }}`,
  `text {{ ${expression} }} text`,
  `{% set x = ${expression} %}{{ x }}.`,
]);

test("more than 400 combinations of a secret with filters, methods and operators are tried", () => {
  expect(templates.length).toBeGreaterThan(400);
});

test("no template shows a secret, in its value or in its error", () => {
  const shown = templates.filter((template) =>
    views(template).some((view) => /canary|inthemine|CANARY|Canary|yranac/.test(view)),
  );
  expect(shown).toEqual([]);
});

test("most of these templates do have a value", () => {
  const failing = templates.filter((template) => evaluate(template) instanceof TemplateError);
  expect(failing.length).toBeLessThan(templates.length / 2);
});

test.for([
  { text: `{{ ${secret} }}`, revealed: canary },
  { text: `{{ ${secret} }}/x`, revealed: `${canary}/x` },
  { text: `{{ ${secret} | upper }}`, revealed: canary.toUpperCase() },
  { text: `{{ ${secret}.replace('canary', 'bird') }}`, revealed: "birdinthemine" },
  { text: `{{ ${secret}[:6] }}`, revealed: "canary" },
  { text: `{{ [${secret}, 'a'] | join('-') }}`, revealed: `${canary}-a` },
  { text: `{{ {'k': ${secret}} | tojson }}`, revealed: `{"k": "${canary}"}` },
  { text: `{% for c in ${secret} %}{{ c }}{% endfor %}`, revealed: canary },
  { text: `{% set x %}<{{ ${secret} }}>{% endset %}{{ x }}`, revealed: `<${canary}>` },
])("$text is a secret that reveals its whole text", ({ text, revealed }) => {
  const value = evaluate(text);
  expect(value).toBeInstanceOf(Secret);
  expect(reveal(value)).toBe(revealed);
});

test("a list keeps the mark on the secret item alone", () => {
  const value = evaluate(`{{ ['a', ${secret}] }}`) as unknown[];
  expect(value[0]).toBe("a");
  expect(value[1]).toBeInstanceOf(Secret);
});

test.for([
  { expression: `${secret} == '${canary}'`, value: true },
  { expression: `'canary' in ${secret}`, value: true },
  { expression: `${secret} | length`, value: canary.length },
  { expression: `${secret} is string`, value: true },
  { expression: `not ${secret}`, value: false },
  { expression: `${secret} < 'b'`, value: false },
])("$expression is plain, so that conditions work", ({ expression, value }) => {
  expect(evaluate(`{{ ${expression} }}`)).toBe(value);
});

test("a secret can't be the key of a mapping", () => {
  expect(evaluate(`{{ {${secret}: 1} }}`)).toMatchObject({ code: "template-error" });
});

test("a function that fails and quotes its argument shows no secret", () => {
  const quoting = templateFunction((value: Secret, options: { b: Secret[] }) => {
    throw new Error(`bad ${value.reveal()} and ${options.b.map((item) => item.reveal()).join()}`);
  });
  expect(evaluate(`{{ quoting(${secret}, b=[${secret}]) }}`, scopeOf({ quoting }, scope))).toMatchObject({
    message: "`quoting(env.API_TOKEN, b=[env.API_TOKEN])` failed: bad ••• and •••",
  });
});

function views(template: string): string[] {
  const value = evaluate(template);
  const texts = [JSON.stringify(value) ?? "", inspect(value, { depth: 10, showHidden: true })];
  if (value instanceof Secret || typeof value === "string") texts.push(String(value));
  if (value instanceof TemplateError) texts.push(value.message, value.hint ?? "", (value.names ?? []).join());
  return texts;
}

function evaluate(template: string, names = scope): unknown {
  try {
    return evaluateTemplate(parseTemplate(template), names);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}
