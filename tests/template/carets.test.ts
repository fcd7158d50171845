import { expect, test } from "vitest";
import type { Problem } from "../../platform/core/problem.ts";
import { environmentScope } from "../../platform/template/environment-scope.ts";
import { evaluateTemplate } from "../../platform/template/evaluate-template.ts";
import { parseTemplate } from "../../platform/template/parse-template.ts";
import { scopeObject, scopeOf, templateFunction } from "../../platform/template/scope.ts";
import { TemplateError } from "../../platform/template/template-error.ts";
import { parseDocuments } from "../../platform/yaml/document.ts";

const scope = scopeOf({
  props: { table: "a.b", tags: { tier: "gold" }, empty: null },
  list: [1, 2],
  name: "orders",
  boom: templateFunction(() => {
    throw new Error("no");
  }),
  pair: templateFunction((a: unknown, b: unknown) => [a, b], { params: ["a", "b"] }),
  env: environmentScope({ read: () => undefined, isSecret: () => false, record: () => {} }),
  automation: scopeObject("automation", { eager: templateFunction(() => ({ type: "eager" })) }),
});

// What stands between « and » is what the caret must be under.
const marked = [
  "{{ «nope» }}",
  "a {{ name }} b {{ «nope» }} c",
  "{{ props.«tabel» }}",
  "{{ props.tags.«teir» | upper }}",
  "{{ list[«5»] }}",
  "{{ props[«'key'»] }}",
  "{{ «missing_fn»('x') }}",
  "{{ name | «uper» }}",
  "{{ name | upper | «nope»(1) }}",
  "{{ name is «odder» }}",
  "{{ name.«upperr»() }}",
  "{{ name.«upper» }}",
  "x{{ «env.NOT_SET» }}",
  "{{ «env('NOT_SET')» }}",
  "{{ «env['X']» }}",
  "{{ «env.NOT_SET».x }}",
  "{{ «boom('x')» }}",
  "{{ «boom(name)» ~ 'x' }}",
  "{{ «pair(c=1)» }}",
  "{{ «1 / 0» }}",
  "{{ 1 + «('a' + 1)» }}",
  "{{ name ~ «(-name)» }}",
  "{{ «1 < 'a'» }}",
  "{{ name | «int(base=7)» }}",
  "{{ name | «replace('a')» }}",
  "{{ name.«replace('a')» }}",
  "{{ «'a' if false» }}",
  "{{ name if «nope» else 1 }}",
  "{{ pair(1, «nope») }}",
  "{{ [1, 2, «nope»] }}",
  "{{ {'a': «nope»} }}",
  "{{ list[«nope»:] }}",
  "{{ name[«'a'»:] }}",
  "{{ «automation.eager()» }} ",
  "{{ automation.«eagre»() }}",
  "{{ «props.empty» }} x",
  "{{ «props.empty».x }}",
  "{{ «'x' * 10000000» }}",
  "{{ name «? 1» }}",
  "{{ name | «}}»",
  "{{ foo( «}}»",
  "{{ name[1:2«:»3] }}",
  "{{ pair(«*»list) }}",
  "{% for x in list %}{{ «y» }}{% endfor %}",
  "{% if «nope» %}a{% endif %}",
  "{% «include» 'x' %}",
  "{% set x = name.«nope» %}{{ x }}",
].map((text) => {
  const start = text.indexOf("«");
  const end = text.indexOf("»") - 1;
  return { text: text.replace(/[«»]/g, ""), start, end };
});

test("more than 40 expressions have their carets asserted", () => {
  expect(marked.length).toBeGreaterThanOrEqual(40);
});

test.for(marked)("the error of $text points at the marked characters", ({ text, start, end }) => {
  expect(errorOf(text)).toMatchObject({ start, ...(text.includes("?") ? {} : { end }) });
});

const styles = [
  {
    style: "plain",
    write: (text: string) => ({ yaml: `a: 1\nkey: x ${text}`, line: 2, before: "key: x ".length, shift: 2 }),
  },
  {
    style: "plain of two lines",
    write: (text: string) => ({ yaml: `key: first\n   ${text}\n`, line: 2, before: 3, shift: 6 }),
  },
  {
    style: "single-quoted",
    write: (text: string) => ({ yaml: `key: '${text.replaceAll("'", "''")}'`, line: 1, before: 6, shift: 0 }),
  },
  {
    style: "double-quoted",
    write: (text: string) => ({
      yaml: `- 1\n- key: "\\t\\u00e9${text}"`,
      line: 2,
      before: 16,
      shift: 2,
      path: [1, "key"],
    }),
  },
  {
    style: "literal",
    write: (text: string) => ({ yaml: `key: |\n  first\n    ${text}\n`, line: 3, before: 4, shift: 8 }),
  },
  {
    style: "folded",
    write: (text: string) => ({
      yaml: `key: >-\n    first\n    line\n    ${text}\n`,
      line: 4,
      before: 4,
      shift: 11,
    }),
  },
  {
    style: "literal with an indentation indicator",
    write: (text: string) => ({ yaml: `key: |2-\n   ${text}\n`, line: 2, before: 3, shift: 1 }),
  },
];

const cells = styles.flatMap((style) => marked.map((expression) => ({ ...style, ...expression })));

test.for(cells)(
  "in a $style scalar the caret of $text has its line and column",
  ({ style, write, text, start }) => {
    const written: ReturnType<typeof write> & { path?: (string | number)[] } = write(text);
    if (style.startsWith("plain") && / #|: /.test(text)) return;
    const problems: Problem[] = [];
    const [document] = parseDocuments("f.yaml", written.yaml, (problem) => problems.push(problem));
    const path = written.path ?? ["key"];
    const value = path.reduce(
      (data, part) => (data as Record<string, unknown>)[part],
      document?.value as unknown,
    ) as string;
    expect(problems).toEqual([]);
    expect(value.slice(written.shift)).toContain(text.trimEnd());

    const escapes = style === "single-quoted" ? text.slice(0, start).split("'").length - 1 : 0;
    const place = document?.textSpan(path, written.shift + start, written.shift + start + 1)?.start;
    expect(place).toEqual({ line: written.line, column: written.before + start + escapes + 1 });
  },
);

test("an error inside a folded scalar is located through the whole text", () => {
  const documents = parseDocuments("f.yaml", "key: >\n  {{ name }}\n  and {{ nope }}\n", () => {});
  const located = documents.map((document) => {
    const { start, end } = errorOf((document.value as { key: string }).key);
    return document.textSpan(["key"], start, end);
  });
  expect(located).toEqual([{ file: "f.yaml", start: { line: 3, column: 10 }, end: { line: 3, column: 14 } }]);
});

function errorOf(text: string): TemplateError {
  try {
    evaluateTemplate(parseTemplate(text), scope);
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`no error: ${text}`);
}
