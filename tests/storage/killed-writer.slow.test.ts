import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { RunId } from "../../platform/core/run.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";

const opener = fileURLToPath(new URL("../../platform/storage/open-sqlite-storage.ts", import.meta.url));

const writer = `
  import { openSqliteStorage } from ${JSON.stringify(opener)};
  const storage = await openSqliteStorage(process.argv[1]);
  await storage.createRun({ id: "r1", request: { assets: [], tags: {} }, snapshotId: "s", createdAtMs: 1 });
  const epoch = await storage.startAttempt("r1", 1);
  for (let seq = 1; ; seq++) {
    const event = { runId: "r1", epoch, seq, at: seq, type: "asset.materialized", step: "a", asset: "a", partition: String(seq), metadata: {} };
    void storage.appendEvents([event]).then(() => console.log(seq));
    if (seq % 10 === 0) await new Promise(setImmediate);
  }
`;

test("a writer that is killed in the middle loses nothing that it was told is stored, and facts fit the log", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "dop-killed-")), "dop.sqlite");
  const child = spawn(process.execPath, ["--input-type=module", "-e", writer, file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  let acknowledged = 0;
  for await (const line of createInterface(child.stdout)) {
    acknowledged = Number(line);
    if (acknowledged >= 500) child.kill("SIGKILL");
  }
  await exited;
  await using storage = await openSqliteStorage(file);
  const { events } = await storage.listEvents("r1" as RunId, {
    limit: 1_000_000,
    types: ["asset.materialized"],
  });
  expect(acknowledged).toBeGreaterThanOrEqual(500);
  expect(events.length).toBeGreaterThanOrEqual(acknowledged);
  expect(events.map(({ event }) => event.seq)).toEqual(events.map((_, index) => index + 1));
  const states = await storage.partitionStates("a" as never);
  expect(states.materialized).toHaveLength(events.length);
});
