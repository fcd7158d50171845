import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { keepResult, readKept } from "../../platform/cli/kept-result.ts";
import { checkProject, loadDefinitions } from "../../platform/cli/load-definitions.ts";
import { loadProject } from "../../platform/component/load-project.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import { capturedContext } from "./captured-context.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dop-kept-"));
  writeFileSync(join(root, "package.json"), JSON.stringify({ dop: {} }));
  writeComponent("orders");
});

afterEach(() => rmSync(root, { recursive: true }));

test("a snapshot is kept from the first load on, and read from then on", async () => {
  const merged = await load();
  expect(await load()).toEqual(JSON.parse(JSON.stringify(merged)));
  const path = join(cacheFolder(), "snapshot.kept");
  writeFileSync(path, readFileSync(path, "utf8").replace('"environment":"local"', '"environment":"kept"'));
  expect((await load()).environment).toBe("kept");
});

test("a kept snapshot equals the merge of the same load", async () => {
  await load();
  const { project } = await loadProject({ root, variables: {} });
  expect(await load()).toEqual(JSON.parse(JSON.stringify(mergeProject(project).snapshot)));
});

test("after an edit the snapshot and the report are made anew", async () => {
  await load();
  await check();
  writeComponent("customers");
  expect((await load()).definitions.assets.map(({ key }) => key)).toEqual(["raw/customers"]);
  writeFileSync(join(root, "defs/shop/component.yaml"), "type: nope.Nope\n");
  expect((await check()).problems.map(({ code }) => code)).toEqual(["unknown-type"]);
});

test("a kept report says the same as the first one", async () => {
  writeFileSync(join(root, "defs/shop/component.yaml"), "type: nope.Nope\nattributez: {}\n");
  const first = await check();
  expect(first.problems.length).toBeGreaterThan(0);
  expect(await check()).toEqual(first);
});

test("a report is kept without the snapshot", async () => {
  await check();
  expect(readdirSync(cacheFolder()).toSorted()).toEqual(["components.jsonl", "report.kept", "trace.json"]);
});

test("a problem outside the documents reaches the snapshot although all documents are unchanged", async () => {
  await load();
  mkdirSync(join(root, "defs/shop/inner"));
  writeFileSync(join(root, "defs/shop/inner/component.yaml"), "type: nope.Nope\n");
  expect((await load()).problems.map(({ code }) => code)).toEqual(["unloaded-component-file"]);
});

test("a broken file of kept snapshots is passed over", async () => {
  const merged = await load();
  writeFileSync(join(cacheFolder(), "snapshot.kept"), "{");
  expect(await load()).toEqual(merged);
});

test.for<[what: string, value: object]>([
  ["deep lists and mappings", { a: [{ b: [1, { c: [] }] }], d: {} }],
  ["fields that are undefined, and holes", { a: undefined, b: [undefined, null], c: { d: undefined } }],
  ["values that make their own JSON", { a: { b: { c: new Date(0) } }, e: new Date(0) }],
])("%s are kept as JSON has them", ([, result]) => {
  keepResult(root, "report", { id: "1", result });
  expect(readKept(root, "report", "1")).toEqual(JSON.parse(JSON.stringify(result)));
});

test("what is kept under another id is not given", () => {
  keepResult(root, "report", { id: "1", result: {} });
  expect(readKept(root, "report", "2")).toBeUndefined();
});

function writeComponent(name: string): void {
  mkdirSync(join(root, "defs/shop"), { recursive: true });
  const text = `type: lib.ExternalAssetsComponent\nattributes:\n  assets: [{ key: raw/${name} }]\n`;
  writeFileSync(join(root, "defs/shop/component.yaml"), text);
}

const everything = { project: undefined, env: undefined };

const cacheFolder = (): string => join(root, ".dop/cache");

async function load() {
  return (await loadDefinitions(everything, capturedContext(root))).snapshot;
}

async function check() {
  const { root: _root, ...checked } = await checkProject(everything, capturedContext(root));
  return checked;
}
