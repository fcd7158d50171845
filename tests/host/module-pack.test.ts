import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { packModules } from "../../platform/host/module-pack.ts";

/** Files by name, the first of which is packed; gives what the pack exports of each, by name. */
async function packed(files: { readonly [name: string]: string }) {
  const folder = mkdtempSync(join(tmpdir(), "dop-pack-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const url = (name: string) => pathToFileURL(join(folder, name)).href;
  writeFileSync(join(folder, "pack.mjs"), await packModules([url(Object.keys(files)[0] as string)]));
  const pack = (await import(url("pack.mjs"))) as { packed: Record<string, Record<string, unknown>> };
  return { exports: (name: string) => pack.packed[url(name)] as Record<string, unknown>, url };
}

test("functions, classes and constants of a pack are those of its modules, under the names that they give them", async () => {
  const { exports } = await packed({
    "a.ts": `import { type Shape, b as renamed, Made } from "./b.ts";
export { twice } from "./c.ts";
import { join } from "node:path";
const own: Shape = { size: renamed() };
export const size = own.size;
export async function later(): Promise<string> { return join("x", new Made().name); }
export { own as shape };`,
    "b.ts": `// says what it is
export interface Shape { size: number }
export function b(): number { return 3; }
export abstract class Base { name = "made"; }
export class Made extends Base {}`,
    "c.ts": "export const twice = (value: number): number => value * 2;",
  });
  const { size, later, shape, twice } = exports("a.ts") as {
    size: number;
    later(): Promise<string>;
    shape: object;
    twice(value: number): number;
  };
  expect([size, await later(), shape, twice(4)]).toEqual([3, "x/made", { size: 3 }, 8]);
});

test("a module that several import is evaluated once, before them", async () => {
  const { exports } = await packed({
    "a.ts": `import { order } from "./order.ts";
import "./b.ts";
export { order } from "./order.ts";
order.push("a");`,
    "b.ts": `import { order } from "./order.ts";
order.push("b");`,
    "order.ts": "export const order: string[] = [];",
  });
  expect(exports("a.ts")["order"]).toEqual(["b", "a"]);
});

test("a module of a pack knows its own place, and imports from there while it runs", async () => {
  const { exports, url } = await packed({
    "a.ts": `export const place = import.meta.url;
export const load = async () => (await import("./outside.ts")).outside;`,
    "outside.ts": "export const outside = 1;",
  });
  const { place, load } = exports("a.ts") as { place: string; load(): Promise<number> };
  expect([place, await load()]).toEqual([url("a.ts"), 1]);
});

test("modules that need each other, packages and default exports work as outside", async () => {
  const { exports } = await packed({
    "a.ts": `import { b } from "./b.ts";
import { join } from "node:path";
export * from "./c.ts";
export let count = 1;
export const a = (): string => join(b(), "a");
export default "it";`,
    "b.ts": 'import { a } from "./a.ts";\nexport const b = (): string => typeof a;',
    "c.ts": "export const c = 1;",
  });
  const { a, c, count, default: it } = exports("a.ts") as { a(): string; [name: string]: unknown };
  expect([a(), c, count, it]).toEqual(["function/a", 1, 1, "it"]);
});

test("what cannot be found or read as TypeScript is refused", async () => {
  await expect(packed({ "a.ts": 'import "./nowhere.ts";' })).rejects.toThrow(/nowhere/);
  await expect(packed({ "a.ts": "export const = 1;" })).rejects.toThrow(/a\.ts/);
});
