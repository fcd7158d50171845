import { Type } from "typebox";
import { expect, test } from "vitest";
import { assetKey, Component, type ComponentContext, type Definitions } from "#platform";
import type { LoadOptions } from "../../platform/component/load-options.ts";
import { createLoader } from "../../platform/component/load-project.ts";
import { keysOf, ProjectFolder } from "./project-folder.ts";

const built: string[] = [];

const schema = Type.Object(
  { keys: Type.Array(Type.String()), read: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

class Keys extends Component<typeof schema> {
  static override readonly schema = schema;

  override buildDefinitions(context: ComponentContext): Definitions {
    built.push(context.name);
    const { keys, read } = this.attributes;
    const more = read === undefined ? [] : [context.readText(read).trim()];
    return { assets: [...keys, ...more].map((key) => ({ key: assetKey(key) })) };
  }
}

const keys = (list: string, more = ""): string =>
  `type: fixture.Keys\nattributes: {keys: [${list}]${more}}\n`;

function loaderOf(project: ProjectFolder, options: Partial<LoadOptions> = {}) {
  const loader = createLoader({
    root: project.root,
    variables: {},
    classes: { fixture: { Keys } },
    ...options,
  });
  return async (changed?: readonly string[]) => {
    built.length = 0;
    const result = await loader.reload(changed?.map((path) => project.path(path)));
    return { keys: keysOf(result), built: [...built], result };
  };
}

test("only what a changed file concerns is built again", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": keys("a"),
    "defs/b/defs.yaml": keys("b"),
    "defs/c/defs.yaml": keys("c", ", read: in.txt"),
    "defs/c/in.txt": "d",
  });
  const reload = loaderOf(project);
  expect((await reload()).built).toEqual(["a", "b", "c"]);
  project.write("defs/b/defs.yaml", keys("b2"));
  expect(await reload(["defs/b/defs.yaml"])).toMatchObject({ keys: ["a", "b2", "c", "d"], built: ["b"] });
  project.write("defs/c/in.txt", "e");
  expect(await reload(["defs/c/in.txt"])).toMatchObject({ keys: ["a", "b2", "c", "e"], built: ["c"] });
  expect(await reload([])).toMatchObject({ keys: ["a", "b2", "c", "e"], built: [] });
});

test("of a file with several documents only the changed one is built again", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": `${keys("a")}---\n${keys("b")}---\n${keys("c")}` });
  const reload = loaderOf(project);
  await reload();
  project.write("defs/a/defs.yaml", `${keys("a")}---\n${keys("x")}---\n${keys("c")}`);
  expect(await reload(["defs/a/defs.yaml"])).toMatchObject({ keys: ["a", "x", "c"], built: ["a#2"] });
});

test("new and removed files and folders are noticed", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": keys("a") });
  const reload = loaderOf(project);
  await reload();
  project.write("defs/b/defs.yaml", keys("b"));
  expect((await reload(["defs/b/defs.yaml"])).keys).toEqual(["a", "b"]);
  project.remove("defs/a");
  expect((await reload(["defs/a"])).keys).toEqual(["b"]);
});

test("a file that becomes a folder's own document opens what is below", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": keys("a"), "defs/a/b/defs.yaml": keys("b") });
  const reload = loaderOf(project);
  expect((await reload()).keys).toEqual(["a"]);
  project.write("defs/a/defs.yaml", "type: DefsFolderComponent\n");
  expect((await reload(["defs/a/defs.yaml"])).keys).toEqual(["b"]);
});

test("a problem goes when it is mended", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": "type: fixture.Nope\n" });
  const reload = loaderOf(project);
  expect((await reload()).result.project.problems.map(({ code }) => code)).toEqual(["unknown-type"]);
  project.write("defs/a/defs.yaml", keys("a"));
  expect((await reload(["defs/a/defs.yaml"])).result.project.problems).toEqual([]);
});

test("code is kept for what is not built again", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": keys("a"), "defs/b/defs.yaml": keys("b") });
  const reload = loaderOf(project, { needsCode: true });
  await reload();
  project.write("defs/b/defs.yaml", keys("b2"));
  const { result } = await reload(["defs/b/defs.yaml"]);
  expect(
    result.code.findComponent({ file: "defs/a/defs.yaml", document: 1, type: "fixture.Keys" }),
  ).toBeInstanceOf(Keys);
});

test("a worker builds only the documents it is asked for, with the same hashes", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": keys("a"),
    "defs/b/defs.yaml": `${keys("b")}---\n${keys("c")}`,
  });
  const all = await loaderOf(project, { needsCode: true })();
  const only = [{ file: "defs/b/defs.yaml", document: 2, type: "fixture.Keys" }];
  const some = await loaderOf(project, { needsCode: true, only })();
  expect(some.built).toEqual(["b#2"]);
  expect(some.result.project.components).toEqual(all.result.project.components.slice(2));
});

test("what a reload gives is what a fresh load gives", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": keys("a"), "defs/b/defs.yaml": keys("b") });
  const reload = loaderOf(project);
  await reload();
  project.write("defs/a/defs.yaml", `# above\n${keys("a, a2")}`);
  const again = await reload(["defs/a/defs.yaml"]);
  expect(again.result.project).toEqual((await loaderOf(project)()).result.project);
});
