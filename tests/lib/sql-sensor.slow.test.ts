import { join } from "node:path";
import pg from "pg";
import { expect, onTestFinished, test, vi } from "vitest";
import { createCodeEvaluation } from "../../platform/instance/code-evaluation.ts";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { copyProject } from "../host/project-copy.ts";
import { PostgresServer } from "../postgres-server.ts";
import { requireTool } from "../require-tool.ts";

vi.setConfig({ testTimeout: 120_000 });

/** A sensor over the table `batches` of a resource of the project. */
async function watching(resource: object, env = "") {
  const { root } = copyProject("tiny-shop", {
    ".env": env,
    "defs/sql/component.yaml": `type: lib.SensorComponent
attributes:
  name: batches
  target: "key:raw/orders"
  watch: { kind: sql, resource: warehouse, query: select id from batches order by id, each: row }
  request: { run_key: "batch {{ row.id }}" }
---
type: lib.ResourceComponent
attributes: ${JSON.stringify({ key: "warehouse", ...resource })}
`,
    "package.json": JSON.stringify({
      name: "tiny-shop",
      private: true,
      type: "module",
      dop: { registry: { lib: join(import.meta.dirname, "../../lib") } },
    }),
  });
  const instance = await openInstance({ root, watch: false });
  const code = createCodeEvaluation({ root, dataFolder: root, onOutput: () => {} });
  onTestFinished(async () => {
    await code[Symbol.asyncDispose]();
    await instance[Symbol.asyncDispose]();
  });
  const snapshot = await instance.definitions.ready();
  const [sensor] = snapshot.definitions.sensors;
  if (sensor === undefined) throw new Error(JSON.stringify(snapshot.problems));
  let cursor: string | null = null;
  const look = async () => {
    const result = await code.sensor(snapshot, sensor, { cursor, now: Temporal.Now.instant() });
    expect(result.failure).toBeUndefined();
    cursor = result.cursor ?? cursor;
    return result.requests.map(({ runKey }) => runKey);
  };
  return { root, look };
}

test("rows of a DuckDB file become requests, and the file is free between two looks", async () => {
  const { root, look } = await watching({ resource: "duckdb", attributes: { path: "warehouse.duckdb" } });
  const change = async (sql: string) => {
    const engine = new DuckDb();
    await engine.attach(join(root, "warehouse.duckdb"), "file");
    await engine.session(async (session) => {
      await session.query("use file");
      await session.query(sql);
    });
    await engine[Symbol.asyncDispose]();
  };
  await change("create table batches as select 1 as id");
  expect(await look()).toEqual(["batch 1"]);
  await change("insert into batches values (2), (3)");
  expect(await look()).toEqual(["batch 2", "batch 3"]);
  expect(await look()).toEqual([]);
});

test("rows of a Postgres table become requests", async (context) => {
  requireTool(context, "postgres");
  await using server = await PostgresServer.start();
  const url = await server.createDatabase();
  const client = new pg.Client(url);
  await client.connect();
  await client.query("create table batches (id bigint); insert into batches values (1)");
  const { look } = await watching(
    { resource: "postgres", attributes: { url: "{{ env('SHOP_DATABASE_URL') }}" } },
    `SHOP_DATABASE_URL=${url}\n`,
  );
  expect(await look()).toEqual(["batch 1"]);
  await client.query("insert into batches values (2)");
  expect(await look()).toEqual(["batch 2"]);
  await client.end();
});
