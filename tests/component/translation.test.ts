import { expect, test } from "vitest";
import { load, told } from "./load-text.ts";

const translator = (translation: string): string =>
  `type: fixture.Translator\nattributes:\n  tables: [a.b, c]\n  translation:${translation}\n`;

test.for([
  [
    "a key for each object",
    "\n    key: \"x/{{ props.table.replace('.', '/') }}\"",
    [{ key: "x/a/b" }, { key: "x/c" }],
  ],
  ["a prefix in front of the old key", "\n    key_prefix: wh", [{ key: "wh/db/a.b" }, { key: "wh/db/c" }]],
  [
    "a prefix in front of the new key",
    "\n    key: k\n    key_prefix: [a, b]",
    [{ key: "a/b/k" }, { key: "a/b/k" }],
  ],
  [
    "tags that are added",
    '\n    tags: {t: "{{ props.table }}"}',
    [{ tags: { base: "1", t: "a.b" } }, { tags: { base: "1", t: "c" } }],
  ],
  [
    "a group from the base",
    '\n    group_name: "{{ spec.group_name }}_2"',
    [{ groupName: "raw_2" }, { groupName: "raw_2" }],
  ],
  ["kinds that replace", "\n    kinds: [x]", [{ kinds: ["x"] }, { kinds: ["x"] }]],
  ["a version that is text", '\n    code_version: "{{ 3 }}"', [{ codeVersion: "3" }, { codeVersion: "3" }]],
  ["a whole mapping", " \"{{ {'key': 'm/' ~ props.table} }}\"", [{ key: "m/a.b" }, { key: "m/c" }]],
  [
    "a condition",
    '\n    automation_condition: "{{ automation.eager() }}"',
    [{ automationCondition: { label: "eager()" } }, {}],
  ],
])("a translation gives %s", async ([, translation, expected]) => {
  const { definitions, problems } = await load(translator(translation as string));
  expect(told(problems)).toEqual([]);
  expect(definitions.assets).toMatchObject(expected as object[]);
});

test.for([
  [
    "a name that is not there",
    '\n    key: "{{ prop.table }}"',
    "undefined-name 5:14 attributes.translation.key",
  ],
  ["a value that is no mapping", ' "{{ 5 }}"', "translation-result 4:16 attributes.translation"],
  [
    "a wrong value of one object",
    '\n    key: "{{ props.table }}/"',
    "invalid-asset-key 5:10 attributes.translation.key",
  ],
  [
    "an unknown field, before any object is looked at",
    "\n    group: x",
    "unknown-attribute 5:5 attributes.translation.group",
  ],
  ["a template that is none", '\n    key: "{{ a( }}"', "template-syntax 5:17 attributes.translation.key"],
] as const)("a translation is told about once: %s", async ([, translation, expected]) => {
  const { problems } = await load(translator(translation));
  expect(told(problems)).toEqual([expected]);
});

test("the spec knows which place set a field", async () => {
  const { definitions } = await load(
    translator('\n    group_name: "{{ props.table | upper }}"\n    kinds: [x]'),
  );
  expect(definitions.assets[0]?.origins).toEqual({
    groupName: { file: "defs/demo/component.yaml", line: 5, column: 17, endColumn: 44 },
    kinds: { file: "defs/demo/component.yaml", line: 6, column: 12, endColumn: 15 },
  });
});

test("an untranslated object keeps its base", async () => {
  const { definitions } = await load("type: fixture.Translator\nattributes: {tables: [c]}\n");
  expect(definitions.assets).toMatchObject([{ key: "db/c", groupName: "raw" }]);
});
