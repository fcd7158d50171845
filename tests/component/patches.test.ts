import { expect, test } from "vitest";
import { isTemplate } from "../../platform/template/deferred-template.ts";
import { load, told } from "./load-text.ts";

const own = (postProcessing: string): string =>
  `type: fixture.Assets\nattributes: {assets: [{key: a}]}\npost_processing:\n  assets:\n${postProcessing}`;

test("a component's post-processing concerns its own document", async () => {
  const { component } = await load(own("    - attributes: {group_name: g}\n"));
  expect(component.patches).toMatchObject([
    {
      selection: "*",
      operation: "merge",
      fields: { group_name: "g" },
      folder: "defs/demo",
      document: 1,
      file: "defs/demo/component.yaml",
    },
  ]);
});

test("a folder's post-processing concerns all below", async () => {
  const yaml =
    "type: DefsFolderComponent\npost_processing:\n  assets:\n    - target: tag:a\n      operation: replace\n      attributes: {kinds: [x]}\n";
  const { component } = await load(yaml);
  expect(component.patches).toMatchObject([
    { selection: "tag:a", operation: "replace", folder: "defs/demo" },
  ]);
  expect(component.patches[0]).not.toHaveProperty("document");
});

test("fields know where they are written", async () => {
  const { component } = await load(own("    - attributes:\n        group_name: g\n        kinds: [x]\n"));
  expect(component.patches[0]?.fieldPlaces).toEqual({
    group_name: { file: "defs/demo/component.yaml", line: 6, column: 21, endColumn: 22 },
    kinds: { file: "defs/demo/component.yaml", line: 7, column: 16, endColumn: 19 },
  });
});

test.for([
  ["a target", own('    - target: "tag:a"\n      attributes: {kinds: [x]}\n'), [5, 15, 22]],
  ["select of a default", "type: platform.Defaults\nattributes: {select: group:g, pool: p}\n", [2, 22, 29]],
  [
    "select of one default of many",
    "type: platform.Defaults\nattributes:\n- {pool: p, select: a}\n",
    [3, 21, 22],
  ],
] as const)("a patch knows where its selection is written: %s", async ([, yaml, [line, from, to]]) => {
  const { component } = await load(yaml);
  expect(component.patches[0]?.selectionSpan).toEqual({
    file: "defs/demo/component.yaml",
    start: { line, column: from },
    end: { line, column: to },
  });
});

test("a selection that is not written has no place", async () => {
  const { component } = await load(own("    - attributes: {group_name: g}\n"));
  expect(component.patches).toHaveLength(1);
  expect(component.patches[0]).not.toHaveProperty("selectionSpan");
});

test("a template over the asset is kept for each asset", async () => {
  const { component } = await load(own('    - attributes: {group_name: "{{ asset.key }}"}\n'));
  const field = component.patches[0]?.fields["group_name"];
  expect(isTemplate(field)).toBe(true);
  expect(field).toMatchObject({ text: "{{ asset.key }}", span: { start: { line: 5 } } });
  expect((field as { stretches: unknown[] }).stretches).toEqual([{ at: 0, place: { line: 5, column: 33 } }]);
});

test.for([
  ["a name", "{{ environment ~ asset.key }}", '{{ "local" ~ asset.key }}'],
  [
    "a call",
    "{{ dg.FreshnessPolicy.time_window(fail_window=60) if asset.key else 1 }}",
    '{{ {"type": "time_window", "failSeconds": 60} if asset.key else 1 }}',
  ],
  ["a filtered name", "{{ asset.key }}-{{ environment | upper }}", '{{ asset.key }}-{{ "LOCAL" }}'],
] as const)(
  "the document's own names are settled in a template over the asset: %s",
  async ([, text, expected]) => {
    const { component, problems } = await load(own(`    - attributes: {description: '${text}'}\n`));
    expect(told(problems)).toEqual([]);
    expect(component.patches[0]?.fields["description"]).toMatchObject({ text: expected });
  },
);

test("an unknown name beside the asset is told at once", async () => {
  const { problems } = await load(own('    - attributes: {description: "{{ asset.key ~ nope }}"}\n'));
  expect(told(problems)).toEqual(["undefined-name 5:49 post_processing.assets.0.attributes.description"]);
});

test("a template over nothing of the asset is evaluated at once", async () => {
  const { component } = await load(
    own('    - attributes: {automation_condition: "{{ automation.eager() }}"}\n'),
  );
  expect(component.patches[0]?.fields["automation_condition"]).toMatchObject({ label: "eager()" });
});

test.for([
  [
    "an unknown field",
    "    - attributes: {groupname: g}\n",
    "unknown-attribute 5:20 post_processing.assets.0.attributes.groupname",
  ],
  [
    "a wrong value",
    "    - attributes: {kinds: x}\n",
    "invalid-attribute-type 5:27 post_processing.assets.0.attributes.kinds",
  ],
  [
    "the key, which it may not change",
    "    - attributes: {key: x}\n",
    "unknown-attribute 5:20 post_processing.assets.0.attributes.key",
  ],
  [
    "an unknown name",
    '    - attributes: {group_name: "{{ nope }}"}\n',
    "undefined-name 5:36 post_processing.assets.0.attributes.group_name",
  ],
] as const)("post-processing has a problem: %s", async ([, text, expected]) => {
  const { problems } = await load(own(text));
  expect(told(problems)).toEqual([expected]);
});

test.for([
  [
    "one rule",
    "attributes: {select: 'kind:x', owners: [team:a]}",
    [{ selection: "kind:x", operation: "default", fields: { owners: ["team:a"] } }],
  ],
  [
    "a rule that overwrites",
    "attributes: {overwrite: true, pool: p}",
    [{ selection: "*", operation: "overwrite", fields: { pool: "p" } }],
  ],
  [
    "a list of rules",
    "attributes: [{io: csv}, {select: a, io: json}]",
    [{ selection: "*" }, { selection: "a" }],
  ],
  [
    "a retry policy with its defaults",
    "attributes: {retry_policy: {}}",
    [{ fields: { retry_policy: { max_retries: 1 } } }],
  ],
])("folder defaults may be %s", async ([, attributes, expected]) => {
  const { component, problems } = await load(`type: platform.Defaults\n${attributes}\n`);
  expect(told(problems)).toEqual([]);
  expect(component.patches).toMatchObject(expected as object[]);
});

test.for([
  ["an unknown field", "attributes: {owner: [a]}", "unknown-attribute 2:14 attributes.owner"],
  [
    "a selection that is no text",
    "attributes: {select: [a], io: csv}",
    "invalid-attribute-type 2:14 attributes.select",
  ],
  ["a rule that is no mapping", "attributes: [1]", "invalid-attribute-type 2:14 attributes.0"],
] as const)("folder defaults have a problem: %s", async ([, attributes, expected]) => {
  const { problems } = await load(`type: platform.Defaults\n${attributes}\n`);
  expect(told(problems)).toEqual([expected]);
});
