import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { addModelines, nameInVscode, withModeline } from "../../platform/cli/editor-files.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dop-editor-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const settings = () => join(root, ".vscode/settings.json");

test.for([
  {
    what: "is put first",
    text: "type: a\n",
    expected: "# yaml-language-server: $schema=../s.json\ntype: a\n",
  },
  {
    what: "is corrected where it stands",
    text: "# mine\n# yaml-language-server: $schema=old.json\ntype: a\n",
    expected: "# mine\n# yaml-language-server: $schema=../s.json\ntype: a\n",
  },
  {
    what: "keeps the file's line ends",
    text: "type: a\r\n",
    expected: "# yaml-language-server: $schema=../s.json\r\ntype: a\r\n",
  },
  {
    what: "stands behind a byte order mark",
    text: "\uFEFFtype: a\n",
    expected: "\uFEFF# yaml-language-server: $schema=../s.json\ntype: a\n",
  },
])("the modeline $what", ({ text, expected }) => {
  expect(withModeline(text, "../s.json")).toBe(expected);
  expect(withModeline(expected, "../s.json")).toBe(expected);
});

test("the modeline's path counts from the file's own folder, and unchanged files are not told", () => {
  mkdirSync(join(root, "defs/shop"), { recursive: true });
  writeFileSync(join(root, "defs/shop/component.yaml"), "type: a\n");
  expect(addModelines(root, ["defs/shop/component.yaml"])).toEqual(["defs/shop/component.yaml"]);
  expect(readFileSync(join(root, "defs/shop/component.yaml"), "utf8")).toMatch(
    /\$schema=\.\.\/\.\.\/\.dop\/schema\/component\.json\n/,
  );
  expect(addModelines(root, ["defs/shop/component.yaml"])).toEqual([]);
});

test("settings of the workspace keep what they hold", () => {
  mkdirSync(join(root, ".vscode"));
  writeFileSync(settings(), '{ "editor.tabSize": 2, "yaml.schemas": { "a.json": "*.a.yaml" } }');
  nameInVscode(root);
  expect(JSON.parse(readFileSync(settings(), "utf8"))).toEqual({
    "editor.tabSize": 2,
    "yaml.schemas": {
      "a.json": "*.a.yaml",
      ".dop/schema/component.json": ["**/component.yaml", "**/defs.yaml"],
    },
  });
});

test("settings with comments are left as they are", () => {
  mkdirSync(join(root, ".vscode"));
  const text = '{\n  // mine\n  "editor.tabSize": 2\n}\n';
  writeFileSync(settings(), text);
  expect(() => nameInVscode(root)).toThrow(/comments/);
  expect(readFileSync(settings(), "utf8")).toBe(text);
});

test("settings are made where there are none", () => {
  nameInVscode(root);
  expect(existsSync(settings())).toBe(true);
});
