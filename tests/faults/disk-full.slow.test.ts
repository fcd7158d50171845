import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, type TestContext, test, vi } from "vitest";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { checkHistory } from "./check-history.ts";
import { DopProcess, freePort } from "./dop-process.ts";
import { historyOf } from "./history-of.ts";
import { copyShopOfFaults } from "./shop-of-faults.ts";

vi.setConfig({ testTimeout: 180_000 });

/** A step whose words fill the disk, as long as there is room for little. */
const talkative = `
import { asset } from "#platform";
export const talk = asset({ key: "talk", io: "memory" }, async ({ log }) => {
  for (let line = 0; line < 400; line++) {
    log.info("x".repeat(50_000));
    if (line % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
`;

/** A small disk at the folder. Only who may mount one can run the test. */
function mountSmallDisk(folder: string, context: TestContext): void {
  mkdirSync(folder, { recursive: true });
  const { status, stderr } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", folder], {
    encoding: "utf8",
  });
  onTestFinished(() => void spawnSync("umount", ["--lazy", folder]));
  if (status === 0) return;
  const reason = `no small disk can be mounted: ${stderr.trim()}`;
  if (process.env["DOP_REQUIRE_TOOLS"] === "1") throw new Error(reason);
  context.skip(reason);
}

test("a disk that is full fails the run and nothing else, and with room again everything goes on", async (context) => {
  const { root } = copyShopOfFaults({}, { "defs/talk.ts": talkative });
  const state = join(root, ".dop");
  mountSmallDisk(state, context);
  const port = await freePort();
  const start = () =>
    new DopProcess({
      root,
      args: ["dev", "--port", String(port)],
      // Compiled code would take half of the disk.
      env: { NODE_COMPILE_CACHE: "", NODE_DISABLE_COMPILE_CACHE: "1" },
      port,
    });
  await using owner = start();
  await owner.healthy();
  const asked: string[] = [];
  const ask = async (selection: string): Promise<string> => {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ selection });
    const response = await fetch(`${owner.url}/api/v1/runs`, { method: "POST", headers, body });
    const { run } = (await response.json()) as { run: { id: string } };
    asked.push(run.id);
    return run.id;
  };
  const statusOf = async (id: string) => {
    const response = await fetch(`${owner.url}/api/v1/runs/${id}`);
    return ((await response.json()) as { run: { status: string } }).run.status;
  };
  const untilEnd = async (id: string) => {
    for (;;) {
      const status = await statusOf(id);
      if (["success", "failure", "canceled"].includes(status)) return status;
      await delay(50);
    }
  };
  expect(await untilEnd(await ask("key:nothing"))).toBe("success");

  const ballast = join(state, "ballast");
  fillAllBut(state, ballast, 4_000_000);
  const talk = await ask("key:talk");
  const file = join(state, "dop.sqlite");
  await vi.waitUntil(() => isFull(state), { timeout: 60_000 });
  await delay(1000);
  expect(owner.isRunning).toBe(true);
  expect((await fetch(`${owner.url}/api/v1/health`)).status).toBe(200);

  rmSync(ballast);
  const status = await untilEnd(talk);
  console.log(`the run that filled the disk ended with ${status}`);
  expect(await untilEnd(await ask("key:nothing"))).toBe("success");
  owner.signal("SIGTERM");
  await owner.ended;
  const database = new DatabaseSync(file);
  expect(database.prepare("pragma integrity_check").all()).toEqual([{ integrity_check: "ok" }]);
  database.close();
  await using storage = await openSqliteStorage(file);
  const history = await historyOf(storage);
  expect(checkHistory({ ...history, asked, seen: [], poolPeaks: [], queueSlackMs: 1000 })).toEqual([]);
});

/** Bytes that are free where the folder is. */
function roomIn(folder: string): number {
  const { stdout } = spawnSync("df", ["--output=avail", "-B1", folder], { encoding: "utf8" });
  return Number(stdout.trim().split("\n").at(-1));
}

function fillAllBut(folder: string, file: string, left: number): void {
  writeFileSync(file, Buffer.alloc(Math.max(0, roomIn(folder) - left)));
}

function isFull(folder: string): boolean {
  return roomIn(folder) < 500_000;
}
