import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshotOf } from "../../platform/cli/kept-snapshot.ts";
import { loadProject } from "../../platform/component/load-project.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dop-kept-"));
  writeFileSync(join(root, "package.json"), JSON.stringify({ dop: {} }));
  writeComponent("orders");
});

afterEach(() => rmSync(root, { recursive: true }));

test("a snapshot is kept from the first load on, and read from then on", async () => {
  const merged = await load();
  expect(keptFile()).toBeDefined();
  expect(await settle()).toEqual(merged);
  const kept = JSON.parse(keptFile() as string) as { snapshot: { environment: string } };
  kept.snapshot.environment = "from the file";
  writeFileSync(keptPath(), JSON.stringify(kept));
  expect((await load()).environment).toBe("from the file");
});

test("a kept snapshot equals the merge of the same load", async () => {
  await settle();
  const { project } = await loadProject({ root, variables: {} });
  expect(await load()).toEqual(JSON.parse(JSON.stringify(mergeProject(project).snapshot)));
});

test("after an edit the snapshot is merged anew", async () => {
  await settle();
  writeComponent("customers");
  expect((await load()).definitions.assets.map(({ key }) => key)).toEqual(["raw/customers"]);
});

test("a problem outside the documents reaches the snapshot although all documents are unchanged", async () => {
  await settle();
  mkdirSync(join(root, "defs/shop/inner"));
  writeFileSync(join(root, "defs/shop/inner/component.yaml"), "type: nope.Nope\n");
  expect((await load()).problems.map(({ code }) => code)).toEqual(["unloaded-component-file"]);
});

test("a broken file of kept snapshots is passed over", async () => {
  const merged = await settle();
  writeFileSync(keptPath(), "{");
  expect(await load()).toEqual(merged);
});

function writeComponent(name: string): void {
  mkdirSync(join(root, "defs/shop"), { recursive: true });
  const text = `type: lib.ExternalAssetsComponent\nattributes:\n  assets: [{ key: raw/${name} }]\n`;
  writeFileSync(join(root, "defs/shop/component.yaml"), text);
}

async function load(): Promise<DefinitionsSnapshot> {
  const cacheFolder = join(root, "cache");
  return snapshotOf(await loadProject({ root, variables: {}, cacheFolder }), cacheFolder);
}

/** Files that were just written are looked at again for a moment, so the first loads may find news. */
async function settle(): Promise<DefinitionsSnapshot> {
  for (let loads = 0; loads < 1000; loads++) {
    const before = keptFile();
    const snapshot = await load();
    if (before !== undefined && keptFile() === before) return snapshot;
  }
  throw new Error("no load was without news");
}

function keptPath(): string {
  return join(root, "cache", "snapshot.json");
}

function keptFile(): string | undefined {
  try {
    return readFileSync(keptPath(), "utf8");
  } catch {
    return undefined;
  }
}
