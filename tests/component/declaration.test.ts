import { expect, test } from "vitest";
import { load, told } from "./load-text.ts";

test.for([
  {
    name: "an unknown key, at the key",
    yaml: "type: fixture.Failing\nattribute: {}\n",
    expected: ["unknown-key 2:1 attribute"],
  },
  { name: "no type", yaml: "attributes: {}\n", expected: ["missing-key 1:1"] },
  {
    name: "type and attributes of a wrong shape",
    yaml: "type: {}\n\nattributes: asdf\n",
    expected: ["invalid-key-value 1:1 type", "invalid-key-value 3:1 attributes"],
  },
  { name: "a list instead of a document", yaml: "- a\n", expected: ["not-a-mapping 1:1"] },
  {
    name: "requirements that list no names",
    yaml: "type: fixture.Locked\nrequirements: {env: [1]}\n",
    expected: ["invalid-key-value 2:22 requirements.env.0"],
  },
  {
    name: "an unknown section of requirements",
    yaml: "type: fixture.Locked\nrequirements: {envs: [A]}\n",
    expected: ["unknown-key 2:16 requirements.envs"],
  },
  {
    name: "an unknown section of post_processing",
    yaml: "type: fixture.Locked\npost_processing:\n  jobs: []\n",
    expected: ["unknown-key 3:3 post_processing.jobs"],
  },
  {
    name: "an operation that there is not",
    yaml: "type: fixture.Locked\npost_processing:\n  assets: [{operation: append, attributes: {}}]\n",
    expected: ["invalid-attribute-value 3:13 post_processing.assets.0.operation"],
  },
  {
    name: "a post-processor without attributes",
    yaml: "type: fixture.Locked\npost_processing:\n  assets: [{target: a}]\n",
    expected: ["missing-attribute 3:12 post_processing.assets.0"],
  },
  {
    name: "enabled that is neither true nor false",
    yaml: "type: fixture.Locked\nenabled: perhaps\n",
    expected: ["invalid-key-value 2:1 enabled"],
  },
  { name: "an empty file", yaml: "", expected: ["no-components-in-file 1:1"] },
  { name: "an unknown type", yaml: "type: fixture.Asets\n", expected: ["unknown-type 1:7 type"] },
  { name: "YAML that cannot be read", yaml: "type: @x\n", expected: ["invalid-yaml 1:7"] },
])("told about: $name", async ({ yaml, expected }) => {
  const { problems } = await load(yaml);
  expect(told(problems)).toEqual(expected);
});

test("a misspelled `attributes` hides what would be missing in it", async () => {
  const { problems } = await load("type: fixture.Assets\nattributez: {assets: []}\n");
  expect(problems[0]).toMatchObject({ code: "unknown-key", fix: [{ text: "attributes" }] });
  expect(problems).toHaveLength(1);
});

test("an unknown type has the nearest known one as a hint", async () => {
  const { problems } = await load("type: fixture.Asets\n");
  expect(problems[0]?.hint).toContain("fixture.Assets");
});

test("a class of the own folder that is missing is named with the folder", async () => {
  const { problems } = await load("type: .Nope\n");
  expect(problems[0]?.message).toContain("demo.Nope");
});

test("a document that is switched off stays as a record and defines nothing", async () => {
  const { component, problems } = await load(
    "type: fixture.Assets\nenabled: false\nattributes: {assets: [{key: a}]}\n",
  );
  expect(problems).toEqual([]);
  expect(component).toMatchObject({ enabled: false, status: "ready", specs: { assets: [] } });
});

test.for([
  ["prod", true],
  ["local", false],
] as const)("a template may switch a document on: in %s", async ([environment, enabled]) => {
  const yaml =
    "type: fixture.Assets\nenabled: \"{{ environment == 'prod' }}\"\nattributes: {assets: [{key: a}]}\n";
  const { component } = await load(yaml, { environment });
  expect(component.enabled).toBe(enabled);
});

test("a document with an error is quarantined and the others of its file are not", async () => {
  const yaml =
    "type: fixture.Assets\nattributes: {assets: [{}]}\n---\ntype: fixture.Assets\nattributes: {assets: [{key: b}]}\n";
  const { components } = await load(yaml);
  expect(components.map(({ name, status, specs }) => [name, status, specs.assets.length])).toEqual([
    ["demo", "quarantined", 0],
    ["demo#2", "ready", 1],
  ]);
});
