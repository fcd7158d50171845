import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { IoManager } from "../../platform/define/io-manager.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { planRun } from "../../platform/plan/plan-run.ts";
import { ioContext } from "../io/table-io-cases.ts";
import { errorsOf, type Loaded, loadDocuments } from "./load-documents.ts";

const documents = `type: lib.IoManagerComponent
enabled: "{{ environment != 'prod' }}"
attributes:
  name: warehouse_io
  type: parquet
  attributes: { folder: data/warehouse }
---
type: lib.IoManagerComponent
enabled: "{{ environment == 'prod' }}"
attributes:
  name: warehouse_io
  type: postgres
  attributes: { url: "{{ env('WAREHOUSE_URL') }}" }
`;

async function opened(loaded: Loaded, engine: DuckDb): Promise<IoManager> {
  const place = loaded.snapshot.definitions.ioManagers[0]?.component;
  const definition = place && loaded.code.findIoManager(place, "warehouse_io");
  if (definition === undefined) throw new Error("no IO manager was defined");
  return definition.create({ projectRoot: loaded.root, dataFolder: join(loaded.root, "data"), engine });
}

test("a name is bound to one place in development and to another in production", async () => {
  const local = await loadDocuments(documents);
  expect(errorsOf(local)).toEqual([]);
  expect(local.snapshot.definitions.ioManagers).toMatchObject([
    { name: "warehouse_io", component: { document: 1 } },
  ]);
  const env = { WAREHOUSE_URL: "postgresql://u:s3cret@db/shop" };
  const production = await loadDocuments(documents, { environment: "prod", env });
  expect(errorsOf(production)).toEqual([]);
  expect(production.snapshot.definitions.ioManagers).toMatchObject([
    { name: "warehouse_io", component: { document: 2 } },
  ]);
  expect(JSON.stringify(production.snapshot)).not.toContain("s3cret");
});

test("values lie in the folder that is named", async () => {
  const loaded = await loadDocuments(documents);
  await using engine = new DuckDb();
  const manager = await opened(loaded, engine);
  const context = ioContext();
  await manager.handleOutput(context, [{ n: 1 }]);
  expect(existsSync(join(loaded.root, "data/warehouse", context.asset, "_.parquet"))).toBe(true);
});

test.for([
  { type: "s3_parquet", attributes: "{}", code: "missing-attribute" },
  { type: "s3_parquet", attributes: "{ bucket: lake, buckt: x }", code: "unknown-attribute" },
  { type: "postgres", attributes: "{ url: 3 }", code: "invalid-attribute-value" },
  { type: "oracle", attributes: "{}", code: "invalid-attribute-value" },
])("$type with $attributes is a problem", async ({ type, attributes, code }) => {
  const text = `type: lib.IoManagerComponent\nattributes:\n  name: a\n  type: ${type}\n  attributes: ${attributes}\n`;
  const { problems } = await loadDocuments(text);
  expect(problems).toContainEqual(expect.stringContaining(`error ${code}`));
});

test("steps that use a DuckDB file by an IO manager take its pool", async () => {
  const text = `type: lib.IoManagerComponent
attributes: { name: tables, type: duckdb, attributes: { path: data/shop.duckdb } }
---
type: lib.SqlComponent
attributes:
  sql: select 1 as n
  asset: { key: one, io: tables }
`;
  const { snapshot, problems } = await loadDocuments(text);
  expect(problems.filter((problem) => problem.startsWith("error"))).toEqual([]);
  expect(snapshot.definitions.ioManagers).toMatchObject([
    { name: "tables", pools: ["duckdb:data/shop.duckdb"] },
  ]);
  const { steps } = planRun(
    snapshot,
    { assets: snapshot.definitions.assets.map(({ key }) => key), tags: {} },
    { now: Temporal.Instant.from("2026-01-10T12:00Z") },
  );
  expect(steps[0]?.pools).toEqual(["duckdb:data/shop.duckdb"]);
});
