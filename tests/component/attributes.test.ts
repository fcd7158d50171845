import { expect, test } from "vitest";
import { arrived, load, told } from "./load-text.ts";

const values = (attributes: string): string =>
  `type: fixture.Values\nattributes:\n${attributes.replace(/^/gm, "  ")}\n`;

test.for([
  {
    name: "a wrong type at the value",
    yaml: "whole: many",
    expected: "invalid-attribute-type 3:10 attributes.whole",
  },
  {
    name: "a mapping on lines of its own at its key",
    yaml: "whole:\n  a: 1",
    expected: "invalid-attribute-type 3:3 attributes.whole",
  },
  {
    name: "an unknown attribute at its key",
    yaml: "hole: 1",
    expected: "unknown-attribute 3:3 attributes.hole",
  },
  {
    name: "an unknown attribute inside a list",
    yaml: "nested: [{name: a, siez: 1}]",
    expected: "unknown-attribute 3:22 attributes.nested.0.siez",
  },
  {
    name: "a missing attribute at the mapping that lacks it",
    yaml: "nested:\n  - size: 1",
    expected: "missing-attribute 4:7 attributes.nested.0",
  },
  {
    name: "a number out of range",
    yaml: "whole: -1",
    expected: "invalid-attribute-value 3:10 attributes.whole",
  },
  {
    name: "a text that is too short",
    yaml: 'text: ""',
    expected: "invalid-attribute-value 3:9 attributes.text",
  },
  {
    name: "a value outside a closed list",
    yaml: "mode: fsat",
    expected: "invalid-attribute-value 3:9 attributes.mode",
  },
  {
    name: "a plain number where text is declared",
    yaml: "text: 5",
    expected: "invalid-attribute-type 3:9 attributes.text",
  },
  {
    name: "the inner field of the branch that a constant names",
    yaml: "policy: {type: multi_run, max_partitions_per_run: 0}",
    expected: "invalid-attribute-value 3:53 attributes.policy.max_partitions_per_run",
  },
  {
    name: "a constant that no branch has",
    yaml: "policy: {type: some_run}",
    expected: "invalid-attribute-value 3:18 attributes.policy.type",
  },
  {
    name: "a branch without its constant",
    yaml: "policy: {}",
    expected: "missing-attribute 3:3 attributes.policy",
  },
  {
    name: "the item of a list branch",
    yaml: "one_or_more: [a, {}]",
    expected: "invalid-attribute-type 3:20 attributes.one_or_more.1",
  },
  {
    name: "a value that fits no branch",
    yaml: "one_or_more: {a: 1}",
    expected: "invalid-attribute-type 3:16 attributes.one_or_more",
  },
  {
    name: "a value that an attribute type cannot read",
    yaml: "wait: soon",
    expected: "invalid-attribute-value 3:9 attributes.wait",
  },
] as const)("a problem is placed: $name", async ({ yaml, expected }) => {
  const { problems } = await load(values(yaml));
  expect(told(problems)).toEqual([expected]);
});

test("each missing attribute of an absent `attributes` is told at the document's first line", async () => {
  const { problems } = await load("type: fixture.Translator\n");
  expect(told(problems)).toEqual(["missing-attribute 1:1 attributes"]);
});

test("a misspelled attribute has the fix that mends it", async () => {
  const { problems } = await load(values("txt: a"));
  expect(problems[0]?.fix).toEqual([{ span: problems[0]?.span, text: "text" }]);
});

test("a plain number for text has a fix that quotes what is written", async () => {
  const { problems } = await load(values("text: 1.10"));
  expect(problems[0]?.fix?.[0]?.text).toBe('"1.10"');
});

test.for([
  {
    name: "defaults are filled in",
    yaml: "nested: [{name: a}]",
    value: { nested: [{ name: "a", size: 1 }] },
  },
  { name: "an attribute type hands over its one form", yaml: "wait: 90m", value: { wait: 5400 } },
  {
    name: "plain scalars in a mapping of texts keep their spelling",
    yaml: "labels: {a: 1.10, b: true}",
    value: { labels: { a: "1.10", b: "true" } },
  },
  { name: "null for an optional attribute is the same as none", yaml: "text:", value: {} },
  { name: "null stays where anything may stand", yaml: "any:", value: { any: null } },
  { name: "a template's text becomes a number", yaml: "whole: \"{{ '42' }}\"", value: { whole: 42 } },
  { name: "a template's text becomes a boolean", yaml: "flag: \"{{ 'true' }}\"", value: { flag: true } },
  { name: "a template's number becomes text", yaml: 'text: "{{ 3 }}"', value: { text: "3" } },
  {
    name: "a template's mapping becomes a label",
    yaml: "labels: {cpu: \"{{ {'cpu': '1024'} }}\"}",
    value: { labels: { cpu: '{"cpu": "1024"}' } },
  },
  { name: "text is never guessed to be a number", yaml: 'any: "512"', value: { any: "512" } },
  {
    name: "one line break at the end of a text is dropped",
    yaml: "any: |\n  select 1\n",
    value: { any: "select 1" },
  },
])("$name", async ({ yaml, value }) => {
  const loaded = await load(values(yaml));
  expect(told(loaded.problems)).toEqual([]);
  expect(arrived(loaded)).toEqual(value);
});

test("text that is written, not made by a template, is no number", async () => {
  const { problems } = await load(values('whole: "42"'));
  expect(told(problems)).toEqual(["invalid-attribute-type 3:10 attributes.whole"]);
});

test("a class without a schema takes no attributes", async () => {
  const { problems } = await load("type: fixture.Locked\nattributes: {a: 1}\n");
  expect(told(problems)).toEqual(["attributes-not-accepted 2:13 attributes"]);
});

test("a text around a condition is no condition", async () => {
  const yaml =
    'type: fixture.Assets\nattributes:\n  assets:\n    - key: a\n      automation_condition: "{{ automation.eager() }} "\n';
  const { problems } = await load(yaml);
  expect(told(problems)[0]).toMatch(/^template-type 5:\d+ attributes\.assets\.0\.automation_condition$/);
});
