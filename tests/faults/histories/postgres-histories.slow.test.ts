import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createPostgresDatabase } from "../../../platform/storage/postgres-database.ts";
import { PostgresServer } from "../../postgres-server.ts";
import { findTool, requireTool } from "../../require-tool.ts";
import { playHistory } from "./play-history.ts";

let server: PostgresServer;

beforeEach((context) => void requireTool(context, "postgres"));
beforeAll(async () => {
  if (findTool("postgres") !== undefined) server = await PostgresServer.start();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

test.for(Array.from({ length: 20 }, (_, place) => place + 1))(
  "on Postgres the seeded history %i loses and doubles nothing",
  { timeout: 240_000 },
  async (seed) => {
    const database = createPostgresDatabase(await server.createDatabase(), {
      patienceMs: 10_000,
      connections: 3,
    });
    const { violations } = await playHistory(seed, { database });
    expect(violations).toEqual([]);
  },
);
