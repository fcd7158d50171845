import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createRetentionLoop } from "../../platform/instance/retention-loop.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { begun, runId } from "../storage/stored-runs.ts";

test("runs that ended longer ago than they are kept lose their noise, and others stay whole", async () => {
  const storage = await openSqliteStorage(":memory:");
  const log = createServerLog(mkdtempSync(join(tmpdir(), "dop-retention-")));
  onTestFinished(async () => {
    log[Symbol.dispose]();
    await storage.close();
  });
  const day = 86_400_000;
  for (const [id, at] of [
    ["old", day],
    ["young", 9 * day],
  ] as const) {
    await begun(storage, id);
    await storage.noteRun(runId(id), { at, message: "a word" });
    await storage.setRunStatus(runId(id), "failure", { at });
  }
  const wordsOf = async (id: string) =>
    (await storage.listEvents(runId(id), { limit: 99, types: ["log"] })).events.length;
  const now = () => Temporal.Instant.fromEpochMilliseconds(10 * day);
  await using loop = createRetentionLoop({ storage, runFolders: [], runsSeconds: 5 * 86_400, log, now });
  loop.wake();
  await vi.waitUntil(async () => (await wordsOf("old")) === 0);
  expect(await wordsOf("young")).toBe(1);
  expect(await storage.getRun(runId("old"))).toMatchObject({ status: "failure" });
});
