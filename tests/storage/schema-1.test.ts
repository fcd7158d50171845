import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { asset, runId } from "./stored-runs.ts";

/** A database as the first release left it, opened by this one. */
async function openFirst(): Promise<Storage> {
  const file = join(mkdtempSync(join(tmpdir(), "dop-schema-1-")), "dop.sqlite");
  const database = new DatabaseSync(file);
  database.exec(`begin; ${readFileSync(new URL("schema-1.sql", import.meta.url), "utf8")} commit`);
  database.close();
  return openSqliteStorage(file);
}

test("a database of schema 1 keeps its runs, events and values", async () => {
  await using storage = await openFirst();
  expect((await storage.describe()).schema).toBeGreaterThan(1);
  const runs = await storage.listRuns({ limit: 9 });
  expect(runs.map(({ id, status }) => [id, status])).toEqual([
    ["run-4", "queued"],
    ["run-3", "started"],
    ["run-2", "failure"],
    ["run-1", "success"],
  ]);
  expect((await storage.listEvents(runId("run-1"), { limit: 99 })).events).toHaveLength(11);
  expect((await storage.assetHistory(asset("orders"), { limit: 9 })).length).toBe(5);
  expect(await storage.getValue("key")).toBe("value");
});

test("runs of schema 1 are listed by tag, newest first", async () => {
  await using storage = await openFirst();
  const runs = await storage.listRuns({ tags: { team: "shop" }, limit: 9 });
  expect(runs.map(({ id }) => id)).toEqual(["run-4", "run-2", "run-1"]);
});

test("materializations of schema 1 get the facts that staleness wants", async () => {
  await using storage = await openFirst();
  const facts = await storage.partitionFacts();
  const base = { runId: "run-1", codeVersion: "code-1" };
  expect(facts.get(asset("orders"))?.partitions).toEqual([
    {
      ...base,
      partition: "2026-01-01",
      cursor: 4,
      startedCursor: 3,
      at: 3103,
      dataVersion: "v1",
      changedCursor: 4,
      changedAt: 3103,
    },
    {
      ...base,
      partition: "2026-01-02",
      cursor: 9,
      startedCursor: 8,
      at: 3108,
      dataVersion: "v2",
      changedCursor: 9,
      changedAt: 3108,
    },
  ]);
  expect(facts.get(asset("source"))?.partitions).toMatchObject([
    { partition: null, runId: "run-2", cursor: 15, startedCursor: 14, dataVersion: "o1", codeVersion: null },
  ]);
});

test("a run that schema 1 left in progress is lost and can be gone on with", async () => {
  await using storage = await openFirst();
  expect(await storage.lostAttempts({ unclaimedMs: 60_000 })).toEqual([
    { runId: "run-3", epoch: 1, worker: "", status: "started" },
  ]);
  expect(await storage.startAttempt(runId("run-3"), 9000, { replaces: 1 })).toBe(2);
  await storage.appendEvents([
    {
      runId: runId("run-3"),
      epoch: 2,
      seq: 1,
      at: 9001,
      type: "asset.materialized",
      step: "orders",
      asset: asset("orders"),
      partition: "2026-01-02",
      metadata: {},
    },
  ]);
  const facts = await storage.partitionFacts([asset("orders")]);
  expect(facts.get(asset("orders"))?.partitions[1]).toMatchObject({ runId: "run-3", startedCursor: 21 });
});

test("a queued run of schema 1 goes on in the queue", async () => {
  await using storage = await openFirst();
  expect((await storage.queuedRuns(9)).map(({ id }) => id)).toEqual(["run-4"]);
});
