import { Type } from "typebox";
import { expect, test } from "vitest";
import { assetKey, Component, type Definitions } from "#platform";
import { isExposedComponent } from "../../platform/component/exposed-component.ts";
import { assetDocument, classes, loadFiles } from "./project-folder.ts";

const seen: unknown[] = [];

const anySchema = Type.Object({ value: Type.Any() }, { additionalProperties: false });

class Seeing extends Component<typeof anySchema> {
  static override readonly schema = anySchema;

  override buildDefinitions(): Definitions {
    seen.push(this.attributes.value);
    return { assets: [{ key: assetKey("seeing") }] };
  }
}

class Offering extends Seeing {
  override exposed(): { readonly [name: string]: unknown } {
    return { town: "Busan", twice: (text: string) => text + text };
  }
}

const options = { classes: { fixture: { ...classes.fixture, Seeing, Offering } } };

const seeing = (template: string): string =>
  `type: fixture.Seeing\nattributes: {value: "{{ ${template} }}"}\n`;

async function loadedValue(template: string, files: { readonly [path: string]: string }): Promise<unknown> {
  seen.length = 0;
  const { project } = await loadFiles({ "defs/a/defs.yaml": seeing(template), ...files }, options);
  expect(project.problems).toEqual([]);
  return seen.find((value) => value !== 1);
}

const other = { "defs/other/defs.yaml": assetDocument("o1") };
const two = { "defs/two/defs.yaml": `${assetDocument("x")}---\n${assetDocument("z")}` };

test("a component that comes later is built on demand", async () => {
  const value = await loadedValue("context.load_component('other')", other);
  expect(isExposedComponent(value)).toBe(true);
  expect(String(value)).toBe("fixture.Assets@defs/other");
});

test.for([
  ["its asset keys", "context.load_component('other').asset_keys()", other, ["o1"]],
  ["the second of a file", "context.load_component('two[1]').asset_keys()", two, ["z"]],
  ["another spelling", "load_component_at_path('other').asset_keys()", other, ["o1"]],
  ["what it was given", "context.load_component('other').attributes.assets[0].key", other, "o1"],
  ["a path in full", "context.load_component(project_root ~ '/defs/other').asset_keys()", other, ["o1"]],
] as const)("a loaded component offers %s", async ([, template, files, expected]) => {
  expect(await loadedValue(template, files)).toEqual(expected);
});

test("a class may offer names of its own", async () => {
  const files = { "defs/z/defs.yaml": "type: fixture.Offering\nattributes: {value: 1}\n" };
  expect(
    await loadedValue("context.load_component('z').twice(context.load_component('z').town)", files),
  ).toBe("BusanBusan");
});

test("a loaded component answers for the models of a dbt project with references", async () => {
  const value = await loadedValue("context.load_component('other').asset_key_for_model('m')", other);
  expect(value).toMatchObject({ kind: "dbt_model", argument: "m" });
});

test.for([
  ["a path without a component", "context.load_component('nowhere')", "component-not-found"],
  ["one of several without its number", "context.load_component('two')", "component-not-found"],
  ["a number that is not there", "context.load_component('two[2]')", "component-not-found"],
  ["one that has problems itself", "context.load_component('bad')", "component-not-ready"],
] as const)("loading a component has a problem: %s", async ([, template, code]) => {
  const files = {
    "defs/a/defs.yaml": seeing(template),
    "defs/bad/defs.yaml": "type: fixture.Assets\n",
    ...two,
  };
  const { project } = await loadFiles(files, options);
  const own = project.problems.filter(({ span }) => span.file === "defs/a/defs.yaml");
  expect(own.map((problem) => [problem.code, problem.path])).toEqual([[code, "attributes.value"]]);
});

test("components that load each other are told with the whole circle", async () => {
  const { project } = await loadFiles(
    {
      "defs/a/defs.yaml": seeing("context.load_component('b')"),
      "defs/b/defs.yaml": seeing("context.load_component('a')"),
    },
    options,
  );
  const cycle = project.problems.find(({ code }) => code === "component-cycle");
  expect(cycle?.related.map(({ span }) => span.file)).toEqual(["defs/a/defs.yaml", "defs/b/defs.yaml"]);
  expect(project.components.map(({ status }) => status)).toEqual(["quarantined", "quarantined"]);
});
