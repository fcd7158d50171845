import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { RunId, RunRequest } from "../../platform/core/run.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import type { ExecuteOptions, RunWorker, StartRun, WorkerEnd } from "../../platform/host/run-worker.ts";
import { createRunExecution, endAbandonedRuns } from "../../platform/instance/run-execution.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";

const request: RunRequest = { assets: ["raw/orders" as AssetKey], tags: {} };
const plan: RunPlan = { snapshotId: "5h0p", request, steps: [], resources: {}, ioManagers: {}, pools: {} };

/** A worker's part, played by the test. */
interface Work {
  readonly start: StartRun;
  readonly options: ExecuteOptions;
  end(end: WorkerEnd): void;
}

async function executing({ maxAtOnce = 2 } = {}) {
  const folder = mkdtempSync(`${tmpdir()}/dop-execution-`);
  const storage = await openSqliteStorage(":memory:");
  const log = createServerLog(folder);
  onTestFinished(async () => {
    await storage.close();
    log[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });
  const works: Work[] = [];
  const worker = (): RunWorker => ({
    pid: undefined,
    isAlive: () => true,
    execute(start, options) {
      const { promise, resolve } = Promise.withResolvers<WorkerEnd>();
      works.push({ start, options, end: resolve });
      return promise;
    },
    async [Symbol.asyncDispose]() {},
  });
  const execution = createRunExecution({
    storage,
    workers: { take: worker, warm: () => {}, async [Symbol.asyncDispose]() {} },
    dataFolder: folder,
    logFolderOf: () => folder,
    log,
    now: () => Temporal.Instant.fromEpochMilliseconds(1_800_000_000_000),
    maxAtOnce,
  });
  const enqueue = async (name: string, ...pools: string[]) => {
    const runId = name as RunId;
    const planned = { ...plan, pools: Object.fromEntries(pools.map((pool) => [pool, 1])) };
    await storage.createRun({
      id: runId,
      status: "queued",
      request,
      snapshotId: "5h0p",
      createdAtMs: 1,
      plan: planned,
    });
    execution.enqueue({ runId, plan: planned, documents: [], environment: "local" });
    return runId;
  };
  const working = async (count: number) => {
    while (works.length < count) await nextTurn();
  };
  return { storage, execution, works, enqueue, working };
}

async function untilStatus(storage: Storage, id: RunId, status: string) {
  while ((await storage.getRun(id))?.status !== status) await nextTurn();
}

test("so many runs go on at once, and the next starts when one ends", async () => {
  const { works, enqueue, working, storage } = await executing();
  for (const name of ["a", "b", "c"]) await enqueue(name);
  await working(2);
  expect(works.map(({ start }) => start.runId)).toEqual(["a", "b"]);
  expect((await storage.getRun("c" as RunId))?.status).toBe("queued");
  works[0]?.end({ complete: true });
  await working(3);
  expect(works[2]?.start).toMatchObject({ runId: "c", epoch: 1 });
});

test("a worker that is gone before its run's end fails the run with what happened", async () => {
  const { works, enqueue, working, storage } = await executing();
  const id = await enqueue("a");
  await working(1);
  works[0]?.end({
    complete: false,
    error: { name: "RunWorkerError", message: "the run worker was killed by SIGKILL" },
  });
  await untilStatus(storage, id, "failure");
  expect(await storage.getRun(id)).toMatchObject({ failure: "the run worker was killed by SIGKILL" });
});

test("a run that waits is cancelled without a worker", async () => {
  const { works, enqueue, working, storage, execution } = await executing({ maxAtOnce: 1 });
  await enqueue("a");
  const id = await enqueue("b");
  await working(1);
  await execution.cancel(id);
  expect((await storage.getRun(id))?.status).toBe("canceled");
  works[0]?.end({ complete: true });
  await nextTurn();
  expect(works).toHaveLength(1);
});

test("cancelling a run in progress tells its worker, and a killed worker's run ends as cancelled", async () => {
  const { works, enqueue, working, storage, execution } = await executing();
  const id = await enqueue("a");
  await working(1);
  await execution.cancel(id);
  expect(works[0]?.options.signal.aborted).toBe(true);
  expect((await storage.getRun(id))?.status).toBe("canceling");
  works[0]?.end({ complete: false, error: { name: "RunWorkerError", message: "killed" } });
  await untilStatus(storage, id, "canceled");
});

test("closing cancels what waits and what goes on, and waits for its end", async () => {
  const { works, enqueue, working, storage, execution } = await executing({ maxAtOnce: 1 });
  const first = await enqueue("a");
  const second = await enqueue("b");
  await working(1);
  const closed = execution[Symbol.asyncDispose]();
  await untilStatus(storage, first, "canceling");
  works[0]?.end({ complete: false, error: { name: "RunWorkerError", message: "killed" } });
  await closed;
  expect((await storage.getRun(first))?.status).toBe("canceled");
  expect((await storage.getRun(second))?.status).toBe("canceled");
});

test("what a dead owner left is ended: queued runs as cancelled, started ones as failed", async () => {
  const { storage } = await executing();
  const ids = ["queued", "starting", "canceling"] as const;
  for (const name of ids) {
    await storage.createRun({
      id: name as string as RunId,
      status: "queued",
      request,
      snapshotId: "5h0p",
      createdAtMs: 1,
      plan,
    });
    if (name !== "queued") await storage.startAttempt(name as string as RunId, 2);
  }
  await storage.setRunStatus("canceling" as RunId, "canceling", { at: 3 });
  expect(await endAbandonedRuns(storage, Temporal.Instant.fromEpochMilliseconds(4))).toBe(3);
  const statuses = await Promise.all(
    ids.map(async (id) => (await storage.getRun(id as string as RunId))?.status),
  );
  expect(statuses).toEqual(["canceled", "failure", "canceled"]);
});

test("of two runs that open the same DuckDB file the second stays queued until the first has ended", async () => {
  const { works, enqueue, working, storage } = await executing({ maxAtOnce: 4 });
  await enqueue("a", "duckdb:/shop.duckdb", "api");
  const second = await enqueue("b", "duckdb:/shop.duckdb", "duckdb:/crm.duckdb");
  await enqueue("c", "duckdb:/crm.duckdb");
  await enqueue("d", "api");
  await working(2);
  await nextTurn();
  expect(works.map(({ start }) => start.runId)).toEqual(["a", "d"]);
  expect((await storage.getRun(second))?.status).toBe("queued");
  const { events } = await storage.listEvents(second, { limit: 10 });
  expect(events.map(({ event }) => event)).toMatchObject([
    { type: "log", message: expect.stringMatching(/run a.*\/shop\.duckdb/) },
  ]);
  works[0]?.end({ complete: true });
  await working(3);
  works[2]?.end({ complete: true });
  await working(4);
  expect(works.map(({ start }) => start.runId)).toEqual(["a", "d", "b", "c"]);
});

test("a run that waits for a file and is cancelled lets those behind it start", async () => {
  const { works, enqueue, working, execution } = await executing({ maxAtOnce: 4 });
  await enqueue("a", "duckdb:/shop.duckdb");
  const second = await enqueue("b", "duckdb:/shop.duckdb", "duckdb:/crm.duckdb");
  await enqueue("c", "duckdb:/crm.duckdb");
  await working(1);
  await execution.cancel(second);
  await working(2);
  expect(works.map(({ start }) => start.runId)).toEqual(["a", "c"]);
});
