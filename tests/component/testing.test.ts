import { expect, test } from "vitest";
import { componentConformance, loadComponent } from "../../platform/testing.ts";
import { Failing, Scoped, Translator } from "./fixture-classes.ts";
import { load } from "./load-text.ts";

test("definitions are the same JSON wherever they are loaded", async () => {
  const yaml = "type: fixture.Assets\nattributes: {assets: [{key: a, group_name: g}]}\n";
  const inMemory = await load(yaml);
  const onDisk = await load(yaml, { files: { "names.ts": "export const name = 1;\n" } });
  expect(onDisk.definitions).toEqual(inMemory.definitions);
  expect(JSON.stringify(inMemory.definitions)).not.toContain("/project");
});

test("the code of the first document is at hand", async () => {
  const { code, instance } = await load("type: fixture.Assets\nattributes: {assets: [{key: a}]}\n");
  expect(code.assets?.map(({ key }) => key)).toEqual(["a"]);
  expect(instance?.attributes).toEqual({ assets: [{ key: "a" }] });
});

test("classes may be given by their full type names", async () => {
  const { problems } = await loadComponent("type: my.own.Scoped\nattributes: {value: 1}\n", {
    classes: { "my.own.Scoped": Scoped },
  });
  expect(problems).toEqual([]);
});

test("files may lie above the component's folder", async () => {
  const { problems } = await load("type: fixture.FromFile\nattributes: {path: ../shared/t.yaml}\n", {
    files: { "../shared/t.yaml": "tables: [a]\n" },
  });
  expect(problems).toEqual([]);
});

const failed = (findings: Awaited<ReturnType<typeof componentConformance>>): string[] =>
  findings.filter(({ failure }) => failure !== undefined).map(({ rule }) => rule);

test("what every class owes is tried on its example", async () => {
  const example = "type: fixture.Translator\nattributes:\n  tables: [a]\n";
  expect(failed(await componentConformance(Translator, example))).toEqual([
    "every attribute has a description",
  ]);
});

test("an example that does not load is found", async () => {
  expect(failed(await componentConformance(Failing, "type: fixture.Failing\n"))).toEqual([
    "its example loads without an error",
  ]);
});
