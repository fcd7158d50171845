import { expect, test } from "vitest";
import { load, told } from "./load-text.ts";

test("every definition points at its document, before what the component adds", async () => {
  const yaml = "---\n# first\ntype: fixture.FromFile\nattributes: {path: tables.yaml}\n";
  const { definitions } = await load(yaml, { files: { "tables.yaml": "tables: [a]\n" } });
  expect(definitions.assets[0]?.codeReferences).toEqual([
    { file: "defs/demo/component.yaml", line: 3 },
    { file: "defs/demo/tables.yaml", line: 1 },
  ]);
});

test("fields know the place that set them", async () => {
  const yaml = "type: fixture.Assets\nattributes:\n  assets:\n    - key: a\n      group_name: g\n";
  const { definitions } = await load(yaml);
  expect(definitions.assets[0]?.origins).toEqual({
    key: { file: "defs/demo/component.yaml", line: 4, column: 12, endColumn: 13 },
    groupName: { file: "defs/demo/component.yaml", line: 5, column: 19, endColumn: 20 },
  });
});

test("a field whose value starts below its key stands at the key", async () => {
  const yaml = "type: fixture.Assets\nattributes:\n  assets:\n    - key: a\n      kinds:\n        - x\n";
  const { definitions } = await load(yaml);
  expect(definitions.assets[0]?.origins?.["kinds"]).toMatchObject({ line: 5, column: 7, endColumn: 12 });
});

test("a class that throws is told with its words at the document", async () => {
  const { problems, component } = await load("type: fixture.Failing\n");
  expect(told(problems)).toEqual(["build-failed 1:1"]);
  expect(problems[0]?.message).toContain("cannot read the moon");
  expect(component.status).toBe("quarantined");
});

test.for([
  ["a file that is not there", "nope.yaml", {}, "file-not-found 2:20 attributes.path"],
  ["a file outside the project", "../../../x.yaml", {}, "outside-project 2:20 attributes.path"],
  [
    "a wrong value in the file",
    "t.yaml",
    { "t.yaml": "tables: [1]\n" },
    "invalid-attribute-type 1:10 tables.0",
  ],
  ["a file that is no YAML", "t.yaml", { "t.yaml": "tables: [\n" }, "invalid-yaml"],
  ["a file that lacks a key", "t.yaml", { "t.yaml": "a: 1\n" }, "missing-attribute 1:1"],
] as const)("reading a file has a problem: %s", async ([, path, files, expected]) => {
  const { problems } = await load(`type: fixture.FromFile\nattributes: {path: ${path}}\n`, { files });
  expect(told(problems)[0]).toMatch(new RegExp(`^${expected}`));
});

test("a key that code made wrongly is told", async () => {
  const { problems } = await load("type: fixture.Named\nattributes: {name: a//b}\n");
  expect(told(problems)).toEqual(["invalid-asset-key 1:1"]);
});

const lock = (component: string): string =>
  `schema: dop.lock/1\ncomponent: ${component}\nrefreshed_at: 2026-01-01T00:00:00Z\ninput_hash: h\ncontent: [orders]\n`;

test("a component without its lock waits for it", async () => {
  const { component } = await load("type: fixture.Locked\n");
  expect(component).toMatchObject({ status: "needs_lock", needs: ["a lock.yaml"] });
});

test("a component gets the lock of its own name", async () => {
  const files = { "lock.yaml": `${lock("other")}---\n${lock("demo")}` };
  const { component, definitions } = await load("type: fixture.Locked\n", { files });
  expect(component.status).toBe("ready");
  expect(definitions.assets.map(({ key }) => key)).toEqual(["orders"]);
});

test.for([
  ["no lock at all", "a: 1\n", "invalid-lock"],
  ["a lock without its content", lock("demo").replace("content: [orders]\n", ""), "invalid-lock"],
  ["two locks of one component", `${lock("demo")}---\n${lock("demo")}`, "duplicate-lock"],
] as const)("a lock file has a problem: %s", async ([, text, code]) => {
  const { problems } = await load("type: fixture.Locked\n", { files: { "lock.yaml": text } });
  expect(problems.map((problem) => [problem.code, problem.span.file])).toEqual([
    [code, "defs/demo/lock.yaml"],
  ]);
});
