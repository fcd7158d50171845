import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { Type } from "typebox";
import { expect, test } from "vitest";
import {
  assetKey,
  assetSpecSchema,
  Component,
  type ComponentContext,
  type Definitions,
  reference,
} from "#platform";
import { createLoader } from "../../platform/component/load-project.ts";
import { isReference } from "../../platform/core/reference.ts";
import { assetDocument, ProjectFolder } from "./project-folder.ts";

/** Names of the documents that were built, in order. */
const built: string[] = [];

const schema = Type.Object(
  {
    assets: Type.Optional(Type.Array(assetSpecSchema)),
    read: Type.Optional(Type.String()),
    list: Type.Optional(Type.String()),
    variable: Type.Optional(Type.String()),
    value: Type.Optional(Type.Any()),
  },
  { additionalProperties: false },
);

class Noting extends Component<typeof schema> {
  static override readonly schema = schema;

  override buildDefinitions(context: ComponentContext): Definitions {
    built.push(context.name);
    const { assets = [], read, list, variable } = this.attributes;
    const text = read === undefined ? "" : context.exists(read) ? context.readText(read) : "none";
    const found = list === undefined ? [] : context.listFiles(list);
    const value = variable === undefined ? undefined : context.env(variable);
    const own = {
      key: assetKey(context.name),
      description: [text, ...found, value].join("|"),
      deps: [reference("dbt_model", "m")],
    };
    return { assets: [own, ...assets.map((asset) => context.assetSpec(asset))] };
  }
}

const classes = { fixture: { Noting } };

async function load(project: ProjectFolder, options: Parameters<ProjectFolder["load"]>[0] = {}) {
  built.length = 0;
  const warnings: string[] = [];
  const result = await project.load({
    classes,
    cacheFolder: project.path(".dop/cache"),
    warn: (message) => warnings.push(message),
    ...options,
  });
  return { result, built: [...built], warnings };
}

const noting = (attributes = "{}"): string => `type: fixture.Noting\nattributes: ${attributes}\n`;

const settled = (project: ProjectFolder): void => {
  // Files that were just written are not believed to be unchanged; these count as old.
  const age = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) age(path);
      else utimesSync(path, 1_700_000_000, 1_700_000_000);
    }
  };
  age(project.root);
};

test("an unchanged project is not built again and gives equal data", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": noting(),
    "defs/b/defs.yaml": noting("{assets: [{key: x, group: g}]}"),
  });
  const first = await load(project);
  const second = await load(project);
  expect([first.built, second.built]).toEqual([["a"], []]);
  expect(second.result.project).toEqual(first.result.project);
  expect(second.result.variables).toEqual(first.result.variables);
});

test("a loader that stays keeps its first load for other processes", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting() });
  const cacheFolder = project.path(".dop/cache");
  await createLoader({ root: project.root, configuration: {}, variables: {}, classes, cacheFolder }).reload();
  const { built: again } = await load(project, { configuration: {}, variables: {} });
  expect(again).toEqual([]);
});

test("references survive the cache", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting() });
  await load(project);
  const { result } = await load(project);
  expect(isReference(result.project.components[0]?.specs.assets[0]?.deps?.[0])).toBe(true);
});

test.for([
  ["its text", { "defs/a/defs.yaml": `# moved down\n${noting("{}")}` }, {}],
  ["a file that it reads", { "defs/a/in.txt": "new" }, {}],
  ["a file that it asked for and that was not there", { "defs/a/late.txt": "here" }, {}],
  ["what a glob finds", { "defs/a/two.sql": "" }, {}],
  ["a variable that it reads", {}, { variables: { TOWN: "Busan" } }],
  [
    "its lock",
    { "defs/a/lock.yaml": "schema: dop.lock/1\ncomponent: a\nrefreshed_at: x\ninput_hash: y\ncontent: 1\n" },
    {},
  ],
] as const)(
  "a document is built again after a change of %s, and the others are not",
  async ([what, files, options]) => {
    const attributes =
      what === "a file that it asked for and that was not there"
        ? "{read: late.txt}"
        : "{read: in.txt, list: '*.sql', variable: TOWN}";
    using project = new ProjectFolder({
      "defs/a/defs.yaml": noting(what === "its text" ? "{}" : attributes),
      "defs/a/in.txt": "old",
      "defs/a/one.sql": "",
      "defs/b/defs.yaml": noting(),
    });
    const before = { variables: { TOWN: "Seoul" } };
    await load(project, before);
    expect((await load(project, before)).built).toEqual([]);
    for (const [path, text] of Object.entries(files)) project.write(path, text);
    expect((await load(project, { ...before, ...options })).built).toEqual(["a"]);
  },
);

test("a component is built again when one that it loads changes", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": noting("{value: \"{{ context.load_component('z').asset_keys() }}\"}"),
    "defs/z/defs.yaml": noting(),
  });
  await load(project);
  expect((await load(project)).built).toEqual([]);
  project.write("defs/z/defs.yaml", noting("{assets: [{key: more}]}"));
  expect((await load(project)).built.toSorted()).toEqual(["a", "z"]);
});

test("code is built where it is needed, from the cache or not", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting() });
  await load(project);
  expect((await load(project, { needsCode: true })).built).toEqual(["a"]);
});

test("another configuration makes the cache void", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting(), "package.json": "{}" });
  await load(project);
  project.write("package.json", '{"dop": {"io": "csv"}}');
  expect((await load(project)).built).toEqual(["a"]);
});

test("another environment makes the cache void, also one that a rule chooses", async () => {
  const configuration = { environments: [{ name: "prod", when: { DEPLOYMENT: "prod" } }, { name: "local" }] };
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting() });
  await load(project, { configuration });
  expect((await load(project, { configuration })).built).toEqual([]);
  expect((await load(project, { configuration, variables: { DEPLOYMENT: "prod" } })).built).toEqual(["a"]);
});

test.for([
  ["cut off", (text: string) => text.slice(0, text.length / 2)],
  ["of another form", () => "[1]"],
  ["empty", () => ""],
] as const)("a cache that is %s is none", async ([, spoil]) => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting() });
  await load(project);
  const path = project.path(".dop/cache/components.jsonl");
  writeFileSync(path, spoil(readFileSync(path, "utf8")));
  const { built: again, result } = await load(project);
  expect([again, result.project.problems]).toEqual([["a"], []]);
});

test("a cache that cannot be written is a warning and nothing else", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": noting(),
    ".dop/cache": "a file in place of the folder",
  });
  const { warnings, result } = await load(project);
  expect(warnings.length).toBeGreaterThan(0);
  expect(result.project.components).toHaveLength(1);
});

test("the cache holds no value of a variable", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": noting("{variable: A_TOKEN, value: \"{{ env('B_TOKEN') }}\"}"),
  });
  await load(project, { variables: { A_TOKEN: "abcabc-visible", B_TOKEN: "hunter2-hidden" } });
  const text = readFileSync(project.path(".dop/cache/components.jsonl"), "utf8");
  expect(text).not.toContain("hunter2-hidden");
  expect(statSync(project.path(".dop/cache/components.jsonl")).mode & 0o077).toBe(0);
});

test("no temporary file is left behind", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting() });
  await load(project);
  expect(readdirSync(project.path(".dop/cache"))).toEqual(["components.jsonl", "trace.json"]);
});

test("an unknown type is looked for again", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": "type: lib.LateComponent\n" });
  expect((await load(project)).result.project.problems.map(({ code }) => code)).toEqual(["unknown-type"]);
  project.write(
    "lib/late.ts",
    'import { Component } from "#platform";\nexport class LateComponent extends Component {\n  override buildDefinitions() {\n    return {};\n  }\n}\n',
  );
  expect((await load(project)).result.project.problems).toEqual([]);
});

test("a document that is removed is forgotten", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting(), "defs/b/defs.yaml": noting() });
  await load(project);
  project.remove("defs/b");
  await load(project);
  expect(readFileSync(project.path(".dop/cache/components.jsonl"), "utf8")).not.toContain("defs/b/");
});

test("files with old times are believed by their times", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": noting(), "defs/b/defs.yaml": assetDocument("b") });
  settled(project);
  mkdirSync(project.path(".dop"));
  chmodSync(project.path(".dop"), 0o700);
  await load(project);
  expect((await load(project)).built).toEqual([]);
});
