import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadModules } from "../../platform/component/load-modules.ts";
import { loadProject } from "../../platform/component/load-project.ts";
import { moduleFiles } from "../../platform/component/module-files.ts";

const files = {
  "package.json": '{ "type": "module", "dop": {} }',
  "lib/part.ts": "export const part = 1;",
  "defs/shop/orders.ts": `import { asset } from "#platform";
import { part } from "../../lib/part.ts";
export const orders = asset({ key: "orders" }, () => part);`,
  "defs/plain.ts": "export const five = 5;",
  "defs/broken.ts": 'throw new Error("no");',
};

function project(): string {
  const root = mkdtempSync(join(tmpdir(), "dop-load-modules-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return root;
}

function loadAlone(root: string, found: readonly string[]) {
  return loadModules(root, moduleFiles(root, found));
}

test("modules loaded alone have the hashes and states that the whole project gives them", async () => {
  const root = project();
  const alone = await loadAlone(root, ["defs/broken.ts", "defs/plain.ts", "defs/shop/orders.ts"]);
  const whole = await loadProject({ root, variables: {} });
  const told = ({ file, document, hash, status }: (typeof alone.components)[number]) =>
    `${file}#${document} ${status} ${hash}`;
  expect(alone.components.map(told)).toEqual(whole.project.components.map(told).sort());
  expect(alone.components).toHaveLength(2);
});

test("the code of a module loaded alone is found by its step", async () => {
  const { code } = await loadAlone(project(), ["defs/shop/orders.ts"]);
  const component = { file: "defs/shop/orders.ts", document: 1, type: "typescript" };
  expect(code.findStep(component, "orders")).toBeDefined();
  expect(code.findStep({ ...component, document: 2 }, "orders")).toBeUndefined();
});

test("a file that is gone is left out", async () => {
  expect(await loadAlone(project(), ["defs/gone.ts"])).toMatchObject({ components: [] });
});

test.for([
  { what: "the module itself", file: "defs/shop/orders.ts" },
  { what: "a module that it needs", file: "lib/part.ts" },
])("a change of $what after it was read leaves no hash", async ({ file }) => {
  const root = project();
  const found = moduleFiles(root, ["defs/shop/orders.ts"]);
  appendFileSync(join(root, file), "\n");
  expect((await loadModules(root, found)).components).toMatchObject([{ hash: "", status: "ready" }]);
});
