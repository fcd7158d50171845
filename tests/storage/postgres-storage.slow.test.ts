import pg from "pg";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { openPostgresStorage } from "../../platform/storage/open-postgres-storage.ts";
import { PostgresServer } from "../postgres-server.ts";
import { findTool, requireTool } from "../require-tool.ts";
import { storageConformance } from "./storage-conformance.ts";

let server: PostgresServer;
let url: string;

beforeEach((context) => void requireTool(context, "postgres"));
beforeAll(async () => {
  if (findTool("postgres") === undefined) return;
  server = await PostgresServer.start();
  url = await server.createDatabase();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

storageConformance({
  name: "Postgres",
  open: async () => {
    await emptyTables();
    return openPostgresStorage(url);
  },
});

/** Much quicker than another database. */
async function emptyTables(): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query<{ name: string }>(
    "select quote_ident(tablename) as name from pg_tables where schemaname = 'public'",
  );
  const tables = rows.map(({ name }) => name).filter((name) => name !== "schema_migrations");
  await client.query(tables.map((table) => `delete from ${table};`).join(""));
  await client.end();
}
