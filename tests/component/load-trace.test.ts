import { readFileSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type FileSystem, realFiles } from "../../platform/component/file-system.ts";
import type { LoadOptions } from "../../platform/component/load-options.ts";
import { unchangedSince } from "../../platform/component/load-trace.ts";
import { assetDocument, classes, ProjectFolder } from "./project-folder.ts";

const sensorModule = 'import { name } from "./names.ts";\nexport const made = name;\n';

function newProject(): ProjectFolder {
  const project = new ProjectFolder({
    "package.json": "{}",
    "defs/a/component.yaml": assetDocument("a"),
    "defs/b/component.yaml": assetDocument("b", ", description: \"{{ env('TOWN', 'Seoul') }}\""),
    "defs/code/plain.ts": sensorModule,
    "lib/names.ts": "export const name = 1;\n",
    "defs/code/names.ts": "export const name = 1;\n",
  });
  return project;
}

function optionsOf(project: ProjectFolder, more: Partial<LoadOptions> = {}): LoadOptions {
  return { root: project.root, variables: {}, classes, cacheFolder: project.path("cache"), ...more };
}

/** The id under which the load is kept. */
async function load(project: ProjectFolder, more: Partial<LoadOptions> = {}): Promise<string> {
  const { keptAs } = await project.load(optionsOf(project, more));
  if (keptAs === undefined) throw new Error("nothing was kept");
  return keptAs;
}

const unchanged = (project: ProjectFolder, more: Partial<LoadOptions> = {}): string | undefined =>
  unchangedSince(project.path("cache"), optionsOf(project, more));

test("a project that nobody touched is unchanged, under the id of its load", async () => {
  using project = newProject();
  const id = await load(project);
  expect(unchanged(project)).toBe(id);
});

test("nothing is known before the first load", () => {
  using project = newProject();
  expect(unchanged(project)).toBeUndefined();
});

test.for<[what: string, change: (project: ProjectFolder) => void]>([
  ["a file's text", (project) => project.write("defs/a/component.yaml", assetDocument("z"))],
  ["a removed file", (project) => project.remove("defs/a/component.yaml")],
  ["a removed folder", (project) => project.remove("defs/b")],
  ["an added file", (project) => project.write("defs/a/defs.yaml", assetDocument("c"))],
  ["an added folder", (project) => project.write("defs/c/component.yaml", assetDocument("c"))],
  ["a lock file", (project) => project.write("defs/a/lock.yaml", "schema: dop.lock/1\n")],
  ["an import of a module", (project) => project.write("defs/code/names.ts", "export const name = 2;\n")],
  ["package.json", (project) => project.write("package.json", '{"dop": {"io": "csv"}}')],
])("%s is seen as a change", async ([, change]) => {
  using project = newProject();
  await load(project);
  change(project);
  expect(unchanged(project)).toBeUndefined();
});

test.for<[what: string, more: Partial<LoadOptions>]>([
  ["a variable that a template reads", { variables: { TOWN: "Busan" } }],
  ["the variable that names the environment", { variables: { DOP_ENVIRONMENT: "prod" } }],
  ["the environment of the command line", { environment: "prod" }],
  ["that undeclared variables become errors", { validateRequirements: true }],
  [
    "a problem that was found while variables were read",
    {
      problems: [
        {
          code: "invalid-configuration",
          severity: "error",
          message: "m",
          related: [],
          span: { file: ".env", start: { line: 1, column: 1 }, end: { line: 1, column: 2 } },
        },
      ],
    },
  ],
])("%s is seen as a change of what the load is given", async ([, more]) => {
  using project = newProject();
  await load(project);
  expect(unchanged(project, more)).toBeUndefined();
});

test("a variable that nobody reads changes nothing", async () => {
  using project = newProject();
  const id = await load(project, { variables: { TERM: "a" } });
  expect(unchanged(project, { variables: { TERM: "b" } })).toBe(id);
});

test("where a variable of a rule for environments changes, that is seen", async () => {
  using project = newProject();
  const environments = [{ name: "prod", when: { DEPLOYMENT: "prod" } }, { name: "local" }];
  project.write("package.json", JSON.stringify({ dop: { environments } }));
  await load(project);
  expect(unchanged(project, { variables: { DEPLOYMENT: "prod" } })).toBeUndefined();
});

test("a link that leads elsewhere is seen as a change", async () => {
  using project = newProject();
  project.write("one/component.yaml", assetDocument("one"));
  project.write("two/component.yaml", assetDocument("one"));
  symlinkSync(project.path("one"), project.path("defs/linked"));
  await load(project);
  project.remove("defs/linked");
  symlinkSync(project.path("two"), project.path("defs/linked"));
  expect(unchanged(project)).toBeUndefined();
});

test("a touched file with the same text is unchanged, and believed from then on", async () => {
  using project = newProject();
  const id = await load(project);
  utimesSync(project.path("defs/a/component.yaml"), 1_700_000_000, 1_700_000_000);
  expect(unchanged(project)).toBe(id);
  expect(traced(project, "defs/a/component.yaml")?.[1]).toBe(1_700_000_000_000);
});

/** The real files with times of one's choice, as a file system with a coarse clock has them. */
function withTimes(timesMs: () => number): FileSystem {
  return {
    ...realFiles,
    stat(path) {
      const stat = realFiles.stat(path);
      return stat && { ...stat, modifiedMs: timesMs(), changedMs: timesMs(), inode: 1 };
    },
  };
}

test("other text of the same size, written within the same tick of the clock, is seen", async () => {
  using project = newProject();
  const now = Date.now();
  const files = withTimes(() => now);
  const id = await load(project, { files });
  expect(unchanged(project, { files })).toBe(id);
  writeFileSync(project.path("defs/a/component.yaml"), assetDocument("z"));
  expect(unchanged(project, { files })).toBeUndefined();
});

test("files that have been left alone for a while are not read", async () => {
  using project = newProject();
  const read: string[] = [];
  const old = withTimes(() => 1_700_000_000_000);
  const files: FileSystem = {
    ...old,
    readFile(path) {
      read.push(path);
      return old.readFile(path);
    },
    list(folder) {
      read.push(folder);
      return old.list(folder);
    },
  };
  const id = await load(project, { files });
  read.length = 0;
  expect(unchanged(project, { files })).toBe(id);
  expect(read).toEqual([]);
});

test("what cannot be looked at leaves no trace", async () => {
  using project = newProject();
  symlinkSync(project.path("defs/a/circle"), project.path("defs/a/circle"));
  await load(project);
  expect(unchanged(project)).toBeUndefined();
});

test.for([
  ["cut off", (text: string) => text.slice(0, text.length / 2)],
  ["of another form", () => "[]"],
  ["empty", () => ""],
] as const)("a trace that is %s tells nothing", async ([, spoil]) => {
  using project = newProject();
  const id = await load(project);
  const path = project.path("cache/trace.json");
  writeFileSync(path, spoil(readFileSync(path, "utf8")));
  expect(unchanged(project)).toBeUndefined();
  expect(await load(project)).toBe(id);
});

test("the trace holds no value of a variable and is for its owner alone", async () => {
  using project = newProject();
  await load(project, { variables: { TOWN: "hunter2-hidden" } });
  expect(readFileSync(project.path("cache/trace.json"), "utf8")).not.toContain("hunter2-hidden");
  expect(statSync(project.path("cache/trace.json")).mode & 0o077).toBe(0);
});

function traced(project: ProjectFolder, file: string): readonly unknown[] | undefined {
  const { files } = JSON.parse(readFileSync(project.path("cache/trace.json"), "utf8")) as {
    files: { readonly [path: string]: readonly unknown[] };
  };
  return files[project.path(file)];
}
