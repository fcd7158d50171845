import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import type { RunId } from "../../platform/core/run.ts";
import { createRunDequeuer, type RunDequeuerOptions } from "../../platform/instance/run-dequeuer.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import type { WorkLoop } from "../../platform/instance/work-loop.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { snapshotOf } from "./controlled-runs.ts";

async function queueOf(count: number): Promise<Storage> {
  const storage = await openSqliteStorage(":memory:");
  const request = { assets: [], tags: {} };
  for (let number = 0; number < count; number++) {
    const plan = { snapshotId: "5h0p", request, steps: [], resources: {}, ioManagers: {}, pools: {} };
    const id = `r${number}` as RunId;
    await storage.createRun({
      id,
      status: "queued",
      request,
      snapshotId: "5h0p",
      createdAtMs: number,
      plan,
    });
  }
  onTestFinished(() => storage.close());
  return storage;
}

function dequeuerOf(
  storage: Storage,
  settings: RunDequeuerOptions["settings"],
  { everyMs = 20 }: { readonly everyMs?: number } = {},
): WorkLoop {
  const log = createServerLog(join(mkdtempSync(join(tmpdir(), "dop-queue-"))));
  const dequeuer = createRunDequeuer({
    storage,
    settings,
    shared: true,
    snapshot: async () => snapshotOf(),
    plan: async () => {
      throw new Error("nothing is planned again");
    },
    log,
    now: () => Temporal.Now.instant(),
    everyMs,
  });
  onTestFinished(() => dequeuer[Symbol.asyncDispose]());
  return dequeuer;
}

/** The same storage, whose queue is read only when the promise has resolved. */
function slowQueue(storage: Storage, until: Promise<unknown>): Storage {
  return new Proxy(storage, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === "queuedRuns")
        return async (limit: number) => {
          await until;
          return await target.queuedRuns(limit);
        };
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test("one that decided by what another has changed meanwhile begins nothing", async () => {
  const storage = await queueOf(3);
  const begun = Promise.withResolvers<void>();
  const settings = { tagLimits: [], maxConcurrentRuns: 1 };
  const late = dequeuerOf(slowQueue(storage, begun.promise), settings);
  late.wake();
  await delay(20);
  dequeuerOf(storage, settings).wake();
  await vi.waitUntil(async () => (await storage.runsInProgress()).length === 1);
  begun.resolve();
  await delay(100);
  expect((await storage.runsInProgress()).map(({ id }) => id)).toEqual(["r0"]);
});

test("without a limit of its own the queue gives as much as waits for workers at most", async () => {
  const storage = await queueOf(10);
  dequeuerOf(storage, { tagLimits: [], waitingForWorker: 3 }).wake();
  await vi.waitUntil(async () => (await storage.runsInProgress()).length === 3);
  await delay(60);
  expect(await storage.runsInProgress()).toHaveLength(3);
  for (let place = 0; place < 2; place++) await storage.claimAttempt("w", { leaseMs: 60_000 });
  await vi.waitUntil(async () => (await storage.runsInProgress()).length === 5);
  await delay(60);
  expect(await storage.runsInProgress()).toHaveLength(5);
});

test("runs behind those that are looked at first begin without a pause", async () => {
  const storage = await queueOf(50);
  const dequeuer = dequeuerOf(storage, { tagLimits: [], maxConcurrentRuns: 45 }, { everyMs: 3_600_000 });
  dequeuer.wake();
  await vi.waitFor(async () => expect(await storage.runsInProgress()).toHaveLength(45), { timeout: 5_000 });
  expect(await storage.queuedRuns(50)).toHaveLength(5);
});
