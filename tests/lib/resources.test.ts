import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorsOf, loadDocuments } from "./load-documents.ts";

const context = (root: string) => ({
  projectRoot: root,
  dataFolder: root,
  log: { debug() {}, info() {}, warning() {}, error() {} },
  config: {},
  resources: {},
});

async function open(attributes: string, env = {}) {
  const loaded = await loadDocuments(`type: lib.ResourceComponent\nattributes:\n  key: r\n${attributes}`, {
    env,
  });
  expect(errorsOf(loaded)).toEqual([]);
  const component = loaded.snapshot.components[0] as (typeof loaded.snapshot.components)[number];
  const definition = loaded.code.findResource(component, "r");
  if (definition === undefined) throw new Error("no resource was defined");
  return { loaded, definition };
}

test("values are revealed to functions and masked in the snapshot", async () => {
  const { loaded, definition } = await open(
    "  resource: values\n  attributes: { values: { key: \"{{ env('API_TOKEN') }}\", region: eu } }\n",
    { API_TOKEN: "t0ken" },
  );
  expect(definition.create(context(loaded.root))).toEqual({ key: "t0ken", region: "eu" });
  expect(JSON.stringify(loaded.snapshot)).not.toContain("t0ken");
  expect(loaded.snapshot.definitions.resources).toMatchObject([
    { key: "r", type: "values", settings: { values: { key: "•••", region: "eu" } } },
  ]);
});

test("a DuckDB file keeps what is written until it is opened again", async () => {
  const { loaded, definition } = await open("  resource: duckdb\n  attributes: { path: data/shop.duckdb }\n");
  type Database = { query(sql: string, values?: object): Promise<unknown[]> };
  const first = (await definition.create(context(loaded.root))) as Database;
  await first.query("create table t as select 1 as x");
  await definition.close?.(first);
  expect(existsSync(join(loaded.root, "data/shop.duckdb"))).toBe(true);
  const second = (await definition.create(context(loaded.root))) as Database;
  expect([...(await second.query("select x + $y as z from t", { y: 2 }))]).toEqual([{ z: 3 }]);
  await definition.close?.(second);
});

test.for([
  { attributes: "{ pth: a.duckdb }", code: "unknown-attribute" },
  { attributes: "{}", code: "missing-attribute" },
  { attributes: "{ path: 3 }", code: "invalid-attribute-value" },
])("the DuckDB attributes $attributes are a problem", async ({ attributes, code }) => {
  const text = `type: lib.ResourceComponent\nattributes:\n  key: r\n  resource: duckdb\n  attributes: ${attributes}\n`;
  const { problems } = await loadDocuments(text);
  expect(problems).toContainEqual(expect.stringContaining(`error ${code}`));
});

test("there is no resource of an unknown type", async () => {
  const { problems } = await loadDocuments(
    "type: lib.ResourceComponent\nattributes: { key: r, resource: oracle }\n",
  );
  expect(problems).toContainEqual(expect.stringContaining("error invalid-attribute-value"));
});

test.for([
  { path: "data/shop.duckdb", env: {}, pool: "duckdb:data/shop.duckdb" },
  { path: "./data/../shop.duckdb", env: {}, pool: "duckdb:shop.duckdb" },
  { path: "/srv/shop.duckdb", env: {}, pool: "duckdb:/srv/shop.duckdb" },
  {
    path: "\"{{ env('SHOP_TOKEN') }}.duckdb\"",
    env: { SHOP_TOKEN: "s3cret" },
    pool: "duckdb:resource r",
  },
])("steps that use the DuckDB file $path take the pool $pool", async ({ path, env, pool }) => {
  const { loaded } = await open(`  resource: duckdb\n  attributes: { path: ${path} }\n`, env);
  expect(loaded.snapshot.definitions.resources).toMatchObject([{ key: "r", pools: [pool] }]);
  expect(JSON.stringify(loaded.snapshot)).not.toContain("s3cret");
});
