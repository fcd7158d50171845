import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { watchTree } from "../../platform/host/watch-tree.ts";

function watched(files: readonly string[] = []) {
  const root = mkdtempSync(join(tmpdir(), "dop-watch-"));
  for (const file of files) write(root, file);
  const bursts: string[][] = [];
  let wake = () => {};
  const watcher = watchTree(root, {
    onChange(changed) {
      bursts.push([...changed]);
      wake();
    },
  });
  onTestFinished(() => {
    watcher[Symbol.dispose]();
    rmSync(root, { recursive: true });
  });
  return {
    root,
    /** Resolves when a file was told, with all that were told until then. */
    async told(file: string): Promise<string[]> {
      while (!bursts.flat().includes(file)) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      return bursts.flat();
    },
  };
}

function write(root: string, file: string) {
  mkdirSync(join(root, file, ".."), { recursive: true });
  writeFileSync(join(root, file), String(Math.random()));
}

test("a written file is told by its path from the root", async () => {
  const { root, told } = watched(["defs/shop/component.yaml"]);
  write(root, "defs/shop/component.yaml");
  expect(await told("defs/shop/component.yaml")).toEqual(["defs/shop/component.yaml"]);
});

test("files in a folder that is new are told, also those written before it was seen", async () => {
  const { root, told } = watched();
  write(root, "defs/new/deep/component.yaml");
  await told("defs/new/deep/component.yaml");
  write(root, "defs/new/deep/later.sql");
  await told("defs/new/deep/later.sql");
});

test("a removed file and a file in a folder that is moved are told", async () => {
  const { root, told } = watched(["defs/a.yaml", "defs/old/b.yaml"]);
  rmSync(join(root, "defs/a.yaml"));
  await told("defs/a.yaml");
  renameSync(join(root, "defs/old"), join(root, "defs/young"));
  await told("defs/young/b.yaml");
  write(root, "defs/young/c.yaml");
  await told("defs/young/c.yaml");
});

test("state, packages and what editors write beside a file are not told", async () => {
  const { root, told } = watched(["node_modules/x/index.js", ".git/HEAD", ".dop/dop.sqlite"]);
  for (const file of [
    "node_modules/x/index.js",
    ".git/HEAD",
    ".dop/dop.sqlite",
    "defs.yaml~",
    ".defs.yaml.swp",
    ".#defs.yaml",
  ]) {
    write(root, file);
  }
  write(root, "last.yaml");
  expect(await told("last.yaml")).toEqual(["last.yaml"]);
});

test("a symbolic link that leads back is not followed", async () => {
  const { root, told } = watched(["defs/a.yaml"]);
  symlinkSync(root, join(root, "defs/loop"));
  await told("defs/loop");
  write(root, "defs/a.yaml");
  expect(await told("defs/a.yaml")).toEqual(["defs/loop", "defs/a.yaml"]);
});
