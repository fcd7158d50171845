import { expect, test } from "vitest";
import type { RunId, RunStatus } from "../../platform/core/run.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { controlled } from "./controlled-runs.ts";

/** Records of owners that are gone: runs in the given state, each taken by a worker of its name. */
async function leftBehind(runs: {
  readonly [id: string]: { status: RunStatus; worker?: string; epoch?: number };
}) {
  const storage = await openSqliteStorage(":memory:");
  const request = { assets: [], tags: {} };
  const plan = { snapshotId: "5h0p", request, steps: [], resources: {}, ioManagers: {}, pools: {} };
  for (const [name, { status, worker, epoch = 1 }] of Object.entries(runs)) {
    const id = name as RunId;
    await storage.createRun({ id, status: "queued", request, snapshotId: "5h0p", createdAtMs: 1, plan });
    if (status === "queued") continue;
    for (let attempt = 1; attempt <= epoch; attempt++) await storage.startAttempt(id, 2);
    if (worker !== undefined) await storage.claimAttempt(worker, { leaseMs: 60_000, runId: id });
    if (status !== "starting") await storage.setRunStatus(id, "started", { at: 3 });
    if (status === "canceling") await storage.setRunStatus(id, "canceling", { at: 4 });
  }
  return storage;
}

test("a server takes up what was left, as far as that was not done too often, and ends what was being cancelled", async () => {
  const storage = await leftBehind({
    queued: { status: "queued" },
    waiting: { status: "starting" },
    started: { status: "started", worker: "server 1" },
    often: { status: "started", worker: "server 1", epoch: 4 },
    canceling: { status: "canceling", worker: "server 1" },
  });
  const { works, working, untilStatus } = await controlled({ storage });
  await working(3);
  const taken = works.map(({ start }) => [start.runId, start.epoch]).toSorted();
  expect(taken).toEqual([
    ["queued", 1],
    ["started", 2],
    ["waiting", 1],
  ]);
  expect(await untilStatus("often" as RunId, "failure")).toMatchObject({
    failureReason: "worker_restart_limit",
  });
  await untilStatus("canceling" as RunId, "canceled");
});

test("a command ends what commands left, and leaves what servers left to the next server", async () => {
  const storage = await leftBehind({
    queued: { status: "queued" },
    mine: { status: "started", worker: "command 1" },
    theirs: { status: "started", worker: "server 1" },
    waiting: { status: "starting" },
    canceling: { status: "canceling", worker: "server 1" },
  });
  await controlled({ storage, role: "command" });
  const statuses = await Promise.all(
    ["queued", "mine", "theirs", "waiting", "canceling"].map(
      async (id) => (await storage.getRun(id as RunId))?.status,
    ),
  );
  expect(statuses).toEqual(["queued", "failure", "started", "starting", "canceled"]);
});

test("a command starts its run also where runs that a server left fill the limit", async () => {
  const storage = await leftBehind({ theirs: { status: "started", worker: "server 1" } });
  const { record, working, works } = await controlled({ storage, role: "command", maxConcurrentRuns: 1 });
  await record("a");
  await working(1);
  expect(works[0]?.start.runId).toBe("a");
});

test("a run that a server left can be cancelled by a command", async () => {
  const storage = await leftBehind({ theirs: { status: "started", worker: "server 1" } });
  const { control } = await controlled({ storage, role: "command" });
  await control.cancel("theirs" as RunId);
  expect(await storage.getRun("theirs" as RunId)).toMatchObject({ status: "canceled" });
});
