import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { ProjectFolder } from "./project-folder.ts";

const hook = fileURLToPath(new URL("../../platform/host/resolve-hook.js", import.meta.url));
const loader = new URL("../../platform/component/load-project.ts", import.meta.url).href;

// Vitest imports modules in a way of its own; how Node's loader takes a changed one is seen only without it.
const script = (steps: string): string => `
  import { writeFileSync } from "node:fs";
  import { createLoader } from ${JSON.stringify(loader)};
  const root = process.argv[2];
  const loader = createLoader({ root, variables: {}, needsCode: true });
  const keys = async (...changed) => {
    const { project } = await loader.reload(changed.length === 0 ? undefined : changed.map((path) => root + "/" + path));
    return [...project.components.flatMap(({ specs }) => specs.assets.map(({ key }) => key)), ...project.problems.map(({ code, span }) => code + " " + span.file + ":" + span.start.line + ":" + span.start.column)];
  };
  const change = async (path, text) => { writeFileSync(root + "/" + path, text); return keys(path); };
  const seen = [await keys()];
  ${steps}
  console.log(JSON.stringify(seen));
`;

function run(project: ProjectFolder, steps: string): unknown {
  project.write("run.mjs", script(steps));
  const output = execFileSync(process.execPath, ["--import", hook, project.path("run.mjs"), project.root], {
    encoding: "utf8",
  });
  return JSON.parse(output);
}

const shop = [
  'import { Component } from "#platform";',
  'import { key } from "./key.ts";',
  "export class ShopComponent extends Component {",
  "  override buildDefinitions() {",
  "    return { assets: [{ key: key as never }] };",
  "  }",
  "}",
  "",
].join("\n");

test("a changed module, and one that imports it, are taken anew", () => {
  using project = new ProjectFolder({
    "package.json": '{"type": "module"}',
    "lib/shop.ts": shop,
    "lib/key.ts": 'export const key = "one";\n',
    "defs/a/defs.yaml": "type: lib.ShopComponent\n",
    "defs/b/more.ts":
      'import { asset } from "#platform";\nimport { key } from "../../lib/key.ts";\nexport const more = asset({ key: key + "/more" }, () => 1);\n',
  });
  const seen = run(
    project,
    `seen.push(await change("lib/key.ts", 'export const key = "two";\\n'));
     seen.push(await change("lib/key.ts", 'export const key = "three";\\n'));
     seen.push(await change("lib/key.ts", 'export const key = "one";\\n'));`,
  );
  expect(seen).toEqual([
    ["one", "one/more"],
    ["two", "two/more"],
    ["three", "three/more"],
    ["one", "one/more"],
  ]);
});

test("a module that breaks is told at its line, and taken again when it is mended", () => {
  using project = new ProjectFolder({
    "package.json": '{"type": "module"}',
    "defs/a/one.ts":
      'import { asset } from "#platform";\nexport const one = asset({ key: "one" }, () => 1);\n',
  });
  const seen = run(
    project,
    `seen.push(await change("defs/a/one.ts", "export const a = 1;\\nexport const b = ;\\n"));
     seen.push(await change("defs/a/one.ts", 'import { asset } from "#platform";\\nexport const one = asset({ key: "two" }, () => 1);\\n'));`,
  );
  expect(seen).toEqual([["one"], ["definitions-module-failed defs/a/one.ts:2:18"], ["two"]]);
});

test("a module that was missing is found when it comes", () => {
  using project = new ProjectFolder({
    "package.json": '{"type": "module"}',
    "defs/a/one.ts":
      'import { asset } from "#platform";\nimport { key } from "../../lib/late.ts";\nexport const one = asset({ key }, () => 1);\n',
    "lib/readme.md": "",
  });
  const seen = run(project, `seen.push(await change("lib/late.ts", 'export const key = "late";\\n'));`);
  expect(seen).toEqual([["definitions-module-failed defs/a/one.ts:2:32"], ["late"]]);
});
