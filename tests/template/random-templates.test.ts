import { expect, test } from "vitest";
import { evaluateTemplate } from "../../platform/template/evaluate-template.ts";
import { filters } from "../../platform/template/filters.ts";
import { parseTemplate } from "../../platform/template/parse-template.ts";
import { scopeObject, scopeOf, templateFunction } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";
import { tests } from "../../platform/template/tests.ts";
import { textMethods } from "../../platform/template/text-methods.ts";

const scope = scopeOf({
  a: "text",
  b: [1, "x", null, [2.5]],
  c: { k: 1, n: null },
  f: templateFunction((...values: unknown[]) => values),
  o: scopeObject("o", { k: 1 }),
  opaque: new Date(0),
});

const pieces = [
  ..."()[]{}.,:|~+-*/%<>=! \n'\"\\0123456789abcfox_#".split(""),
  ..."{{ }} {% %} {# #} {{- -%} ** // == != <= >= not in is if else and or for endfor set endif raw endraw elif".split(
    " ",
  ),
  ...[...filters.keys(), ...tests.keys(), ...textMethods.keys()].flatMap((name) => [
    `|${name}`,
    ` is ${name}`,
    `.${name}()`,
    `|${name}(1)`,
  ]),
  ..."a b c f(a) o.k c.k b[0] a[1:] 'x' 1.5 1e3 none true [a] {'k':a} (a) opaque".split(" "),
];

const values = "a b c f o opaque 1 -2 2.5 'x' '' none true [] [1,'a'] {} {'k':1} c.n".split(" ");

test("random sequences of pieces give a value or a placed TemplateError, and nothing else", () => {
  const random = randomNumbers(11);
  const faults: string[] = [];
  for (let round = 0; round < 6_000; round++) {
    const length = 1 + random(12);
    const inner = Array.from({ length }, () => pieces[random(pieces.length)]).join(
      random(2) === 0 ? "" : " ",
    );
    faults.push(...faultOf(random(3) === 0 ? inner : `{{ ${inner} }}`));
  }
  expect(faults).toEqual([]);
});

test("every filter, test and method takes or refuses every kind of value", () => {
  const random = randomNumbers(5);
  const templates: string[] = [];
  for (const value of values) {
    for (const name of filters.keys()) {
      for (let count = 0; count < 4; count++) {
        const args = Array.from({ length: count }, () => values[random(values.length)]).join(", ");
        templates.push(`{{ (${value}) | ${name}(${args}) }}`);
        templates.push(`x{{ (${value}) | ${name}(${args}) }}`);
      }
    }
    for (const name of tests.keys()) {
      if (/^\w+$/.test(name)) templates.push(`{{ (${value}) is ${name}(${values[random(values.length)]}) }}`);
    }
    for (const name of [...textMethods.keys(), "get", "items", "keys", "values"]) {
      for (let count = 0; count < 4; count++) {
        const args = Array.from({ length: count }, () => values[random(values.length)]).join(", ");
        templates.push(`{{ (${value}).${name}(${args}) }}`);
      }
    }
    for (const other of values) {
      for (const operator of ["+", "-", "*", "/", "//", "%", "**", "~", "==", "<", "in", "and", "or"]) {
        templates.push(`{{ (${value}) ${operator} (${other}) }}`);
      }
      templates.push(`{{ (${value})[${other}] }}{{ (${value})[${other}:${other}] }}`);
    }
  }
  expect(templates.flatMap(faultOf)).toEqual([]);
});

/** What is wrong with the outcome, if anything. */
function faultOf(text: string): string[] {
  try {
    evaluateTemplate(parseTemplate(text), scope);
    return [];
  } catch (error) {
    if (!(error instanceof TemplateError)) return [`${text} threw ${String(error)}`];
    const { isPlaced, start, end } = error;
    return isPlaced && start >= 0 && end >= start && end <= text.length
      ? []
      : [`${text}: ${start} to ${end}`];
  }
}

function randomNumbers(first: number): (limit: number) => number {
  let seed = first;
  return (limit) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * limit);
  };
}
