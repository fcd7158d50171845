import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findProjectRoot } from "../../platform/instance/project-root.ts";

function folderWith(files: { readonly [path: string]: string }): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "dop-root-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

test("the root is the nearest folder upwards whose package.json has dop", () => {
  const root = folderWith({
    "package.json": '{"dop": {}}',
    "defs/shop/package.json": "{}",
    "defs/shop/defs/a.yaml": "",
  });
  expect(findProjectRoot(join(root, "defs/shop"))).toBe(root);
});

test("without one it is the nearest folder that has a folder defs", () => {
  const root = folderWith({ "package.json": "{}", "defs/shop/a.yaml": "" });
  expect(findProjectRoot(join(root, "defs/shop"))).toBe(root);
});

test("a package.json that does not parse still marks the root, so that loading can tell what is wrong", () => {
  const root = folderWith({ "package.json": '{"dop": {},}', "src/a.ts": "" });
  expect(findProjectRoot(join(root, "src"))).toBe(root);
});

test("no project is an error with a way out", () => {
  const root = folderWith({ "a/b.txt": "" });
  expect(() => findProjectRoot(join(root, "a"))).toThrow(
    expect.objectContaining({ name: "InstanceError", reason: "no-project" }),
  );
});
