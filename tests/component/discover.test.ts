import { mkdirSync, symlinkSync, truncateSync } from "node:fs";
import { expect, test } from "vitest";
import { realFiles } from "../../platform/component/file-system.ts";
import { assetDocument, keysOf, loadFiles, ProjectFolder } from "./project-folder.ts";

const problemsOf = ({ project }: Awaited<ReturnType<typeof loadFiles>>): string[] =>
  project.problems.map(
    ({ code, severity, span }) => `${severity === "warning" ? "~" : ""}${code} ${span.file}`,
  );

test("folders are walked in the order of their names, outer ones first", async () => {
  const result = await loadFiles({
    "defs/b/component.yaml": assetDocument("b"),
    "defs/a/x/y/defs.yaml": assetDocument("a"),
    "defs/c/component.yaml": `${assetDocument("c1")}---\n${assetDocument("c2")}`,
  });
  expect(keysOf(result)).toEqual(["a", "b", "c1", "c2"]);
  expect(result.project.components.map(({ name }) => name)).toEqual(["a/x/y", "b", "c", "c#2"]);
  expect({ documents: result.documents, files: result.files }).toEqual({ documents: 4, files: 3 });
});

test.for([".hidden", "__pycache__", "node_modules"])("%s is passed over", async (folder) => {
  const result = await loadFiles({
    "defs/a/defs.yaml": assetDocument("a"),
    [`defs/${folder}/defs.yaml`]: "type: nope.Nope\n",
  });
  expect([keysOf(result), problemsOf(result)]).toEqual([["a"], []]);
});

test("of two component files in a folder defs.yaml is loaded and the other is told", async () => {
  const result = await loadFiles({
    "defs/a/defs.yaml": assetDocument("a"),
    "defs/a/component.yaml": assetDocument("b"),
  });
  expect([keysOf(result), problemsOf(result)]).toEqual([
    ["a"],
    ["~two-component-files defs/a/component.yaml"],
  ]);
});

test("a component file owns its folder, and one below it is told", async () => {
  const result = await loadFiles({
    "defs/a/defs.yaml": assetDocument("a"),
    "defs/a/b/c/defs.yaml": assetDocument("c"),
  });
  expect([keysOf(result), problemsOf(result)]).toEqual([
    ["a"],
    ["~unloaded-component-file defs/a/b/c/defs.yaml"],
  ]);
});

test.for(["DefsFolderComponent", "dagster.DefsFolderComponent", "platform.Defaults"])(
  "a %s lets what is below be loaded",
  async (type) => {
    const result = await loadFiles({
      "defs/a/defs.yaml": `type: ${type}\n---\n${assetDocument("a")}`,
      "defs/a/b/defs.yaml": assetDocument("b"),
    });
    expect([keysOf(result), problemsOf(result)]).toEqual([["a", "b"], []]);
  },
);

test("a folder of definitions that is not there is told", async () => {
  expect(problemsOf(await loadFiles({ "readme.md": "" }))).toEqual(["invalid-configuration package.json"]);
});

test("a folder named like a component file cannot be read", async () => {
  const result = await loadFiles({
    "defs/a/component.yaml/x.txt": "x",
    "defs/b/defs.yaml": assetDocument("b"),
  });
  expect([keysOf(result), problemsOf(result)]).toEqual([["b"], ["unreadable-file defs/a/component.yaml"]]);
});

test("a file that the system refuses to read is told and the rest is loaded", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": assetDocument("a"),
    "defs/b/defs.yaml": assetDocument("b"),
  });
  const files = {
    ...realFiles,
    readFile(path: string): Uint8Array {
      if (path.endsWith("a/defs.yaml"))
        throw Object.assign(new Error("permission denied"), { code: "EACCES" });
      return realFiles.readFile(path);
    },
  };
  const result = await project.load({ files });
  expect([keysOf(result), problemsOf(result)]).toEqual([["b"], ["unreadable-file defs/a/defs.yaml"]]);
});

test("a file of a gigabyte is told without being read", async () => {
  using project = new ProjectFolder({ "defs/a/defs.yaml": "" });
  truncateSync(project.path("defs/a/defs.yaml"), 1024 ** 3);
  const files = {
    ...realFiles,
    readFile(path: string): Uint8Array {
      if (path.endsWith("defs.yaml")) throw new Error("was read");
      return realFiles.readFile(path);
    },
  };
  expect(problemsOf(await project.load({ files }))).toEqual(["file-too-large defs/a/defs.yaml"]);
});

test.for([
  ["bytes that are no text", new Uint8Array([0x74, 0x00, 0xff]), "not-text"],
  [
    "lists nested too deeply",
    new TextEncoder().encode(
      `type: fixture.Values\nattributes: {any: ${"[".repeat(5000)}${"]".repeat(5000)}}\n`,
    ),
    "too-deep",
  ],
  [
    "an alias bomb",
    new TextEncoder().encode(
      `type: fixture.Values\nattributes:\n  any:\n    a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n${Array.from({ length: 8 }, (_, index) => `    a${index + 1}: &a${index + 1} [${`*a${index}, `.repeat(9)}*a${index}]\n`).join("")}`,
    ),
    "too-many-aliases",
  ],
  [
    "a forbidden key",
    new TextEncoder().encode("type: fixture.Values\nattributes: {any: {__proto__: 1}}\n"),
    "forbidden-key",
  ],
] as const)("a component file may be bad: %s", async ([, bytes, code]) => {
  using project = new ProjectFolder({ "defs/b/defs.yaml": assetDocument("b") });
  project.write("defs/a/defs.yaml", bytes);
  const result = await project.load();
  expect(result.project.problems.map((problem) => problem.code)).toEqual([code]);
  expect(keysOf(result)).toEqual(["b"]);
});

test("links that lead in a circle are told once each, and the rest is loaded", async () => {
  using project = new ProjectFolder({
    "defs/a/defs.yaml": `type: DefsFolderComponent\n`,
    "defs/b/c/defs.yaml": assetDocument("c"),
  });
  symlinkSync("..", project.path("defs/a/back"));
  symlinkSync("self.ts", project.path("defs/b/self.ts"));
  const result = await project.load();
  expect(problemsOf(result)).toEqual(["symlink-loop defs/a/back", "symlink-loop defs/b/self.ts"]);
  expect(keysOf(result)).toEqual(["c"]);
});

test("links between two folders end", async () => {
  using project = new ProjectFolder({ "defs/a/x/defs.yaml": assetDocument("x") });
  mkdirSync(project.path("defs/b"));
  symlinkSync("../b", project.path("defs/a/to-b"));
  symlinkSync("../a", project.path("defs/b/to-a"));
  const result = await project.load();
  expect(problemsOf(result).every((problem) => problem.startsWith("symlink-loop"))).toBe(true);
});

test("an environment may add and leave out folders", async () => {
  const files = {
    "defs/a/defs.yaml": assetDocument("a"),
    "extra/b/defs.yaml": assetDocument("b"),
    "only/c/defs.yaml": assetDocument("c"),
  };
  const environments = [
    { name: "more", defs: { add: ["extra"] } },
    { name: "other", defs: { add: ["extra"], leave_out: ["defs"] } },
    { name: "own", defs: "only" },
  ];
  const load = async (environment: string) =>
    keysOf(await loadFiles(files, { configuration: { environments }, environment }));
  expect([await load("more"), await load("other"), await load("own")]).toEqual([["a", "b"], ["b"], ["c"]]);
});
