import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { RunId } from "../../platform/core/run.ts";
import { readMigrations } from "../../platform/storage/migrate.ts";
import { networkFileSystem } from "../../platform/storage/network-file-system.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { SqlStorage } from "../../platform/storage/sql-storage.ts";
import { createSqliteDatabase } from "../../platform/storage/sqlite-database.ts";
import { storageConformance } from "./storage-conformance.ts";

storageConformance({ name: "SQLite", open: () => openSqliteStorage(":memory:") });

const fileIn = () => join(mkdtempSync(join(tmpdir(), "dop-storage-")), "state", "dop.sqlite");
const run = { id: "r1" as RunId, request: { assets: [], tags: {} }, snapshotId: "s", createdAtMs: 1 };

test("what was stored is there after closing and opening, and folders are made", async () => {
  const file = fileIn();
  {
    await using storage = await openSqliteStorage(file);
    await storage.createRun(run);
  }
  await using storage = await openSqliteStorage(file);
  expect(await storage.getRun(run.id)).toMatchObject({ id: "r1" });
});

test("closing waits for what is being written, and afterwards nothing is taken", async () => {
  const file = fileIn();
  const storage = await openSqliteStorage(file);
  await storage.createRun(run);
  const epoch = await storage.startAttempt(run.id, 2);
  const appended = storage.appendEvents([
    { runId: run.id, epoch, seq: 1, at: 3, type: "log", level: "info", message: "last" },
  ]);
  await storage.close();
  expect(await appended).toMatchObject({ appended: 1 });
  await expect(storage.getRun(run.id)).rejects.toMatchObject({ reason: "closed" });
  await storage.close();
});

test("a file that is no database is refused by name and left as it is", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "dop-storage-")), "dop.sqlite");
  const text = "this is not a database, whatever its name may say ".repeat(40);
  writeFileSync(file, text);
  await expect(openSqliteStorage(file)).rejects.toMatchObject({
    reason: "corrupt-file",
    message: expect.stringContaining(file),
  });
  expect(readFileSync(file, "utf8")).toBe(text);
});

test("a database of a later release is refused", async () => {
  const file = fileIn();
  await (await openSqliteStorage(file)).close();
  const database = new DatabaseSync(file);
  database.exec("insert into schema_migrations values (999, 'later')");
  database.close();
  await expect(openSqliteStorage(file)).rejects.toMatchObject({ reason: "newer-schema" });
});

test("a full disk is told as such and costs nothing that was stored before", async () => {
  const file = fileIn();
  await using storage = await openSqliteStorage(file);
  await storage.createRun(run);
  const epoch = await storage.startAttempt(run.id, 2);
  await storage.close();
  // SQLite's own limit on the file's pages acts as a full disk does.
  const database = createSqliteDatabase(file);
  await database.script("pragma max_page_count = 60");
  const limited = new SqlStorage(database);
  const big = "x".repeat(100_000);
  const append = (seq: number, message: string) =>
    limited.appendEvents([{ runId: run.id, epoch, seq, at: 3, type: "log", level: "info", message }]);
  await append(1, "small");
  await expect(append(2, big.repeat(3))).rejects.toMatchObject({ reason: "disk-full" });
  await append(3, "small again");
  const { events } = await limited.listEvents(run.id, { limit: 10, types: ["log"] });
  expect(events.map(({ event }) => event.seq)).toEqual([1, 3]);
  await limited.close();
});

test.for([
  { type: 0x6969, name: "NFS" },
  { type: 0xff534d42, name: "CIFS" },
  { type: -11317950, name: "CIFS" },
  { type: 0xef53, name: undefined },
  { type: 0x01021994, name: undefined },
])("the file system $type is $name", ({ type, name }) => {
  expect(networkFileSystem(type)).toBe(name);
});

test("migrations are numbered from 1 without a gap", () => {
  const migrations = readMigrations("sqlite");
  expect(migrations.map(({ version }) => version)).toEqual(migrations.map((_, index) => index + 1));
  expect(migrations.length).toBeGreaterThan(0);
});
