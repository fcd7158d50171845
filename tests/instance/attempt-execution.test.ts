import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { RunId } from "../../platform/core/run.ts";
import type { ExecuteOptions, RunWorker } from "../../platform/host/run-worker.ts";
import type { WorkerEnd } from "../../platform/host/worker-end.ts";
import { AttemptExecution, type AttemptSetting } from "../../platform/instance/attempt-execution.ts";
import { createPoolClaims } from "../../platform/instance/pool-claims.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { StorageError } from "../../platform/storage/storage-error.ts";
import { lostEnd } from "./controlled-runs.ts";

const leaseMs = 60;

/** A storage of which some methods answer otherwise. */
function withMethods(storage: Storage, methods: Partial<Storage>): Storage {
  return new Proxy(storage, {
    get(target, name) {
      if (name in methods) return methods[name as keyof Storage];
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** An attempt whose worker does nothing until it is ended, or what `act` does. */
async function attempt(
  methods: Partial<Storage>,
  { shared = true, act }: { shared?: boolean; act?(options: ExecuteOptions): Promise<WorkerEnd> } = {},
) {
  const real = await openSqliteStorage(":memory:");
  const folder = mkdtempSync(`${tmpdir()}/dop-attempt-`);
  const log = createServerLog(folder);
  const now = () => Temporal.Now.instant();
  const id = "r1" as RunId;
  const request = { assets: [], tags: {} };
  const plan = { snapshotId: "s", request, steps: [], resources: {}, ioManagers: {}, pools: {} };
  await real.createRun({ id, status: "queued", request, snapshotId: "s", createdAtMs: 1, plan });
  await real.startAttempt(id, 1);
  const claimed = await real.claimAttempt("w", { leaseMs });
  const storage = withMethods(real, methods);
  const pools = createPoolClaims({ storage, log, now });
  const killed = Promise.withResolvers<WorkerEnd>();
  const worker: RunWorker = {
    pid: undefined,
    isAlive: () => true,
    isResponsive: () => true,
    execute: (_start, options) => act?.(options) ?? killed.promise,
    async [Symbol.asyncDispose]() {
      killed.resolve(lostEnd("killed"));
    },
  };
  const setting: AttemptSetting = {
    storage,
    workers: {
      take: () => worker,
      warm: () => {},
      mayStay: () => false,
      giveBack: () => {},
      async [Symbol.asyncDispose]() {},
    },
    pools,
    records: { add: () => ({ note: () => {}, [Symbol.dispose]: () => {} }) },
    folders: { data: folder, values: folder, files: folder, logsOf: () => folder },
    attachmentBytes: 0,
    codeOf: async () => ({ documents: [], environment: "local", definitions: "d" }),
    leaseMs,
    shared,
    startTimeoutMs: 60_000,
    log,
    now,
  };
  const execution = new AttemptExecution(claimed as never, setting);
  onTestFinished(async () => {
    killed.resolve(lostEnd("killed"));
    await pools[Symbol.asyncDispose]();
    await real.close();
    log[Symbol.dispose]();
  });
  return execution;
}

const unreachable = new StorageError("unreachable", "Postgres cannot be reached");

test.for<{ what: string; renewLease: Storage["renewLease"] }>([
  { what: "fails", renewLease: async () => Promise.reject(unreachable) },
  { what: "is not answered", renewLease: () => new Promise(() => {}) },
])("an attempt whose renewal $what for the length of its lease stops working", async ({ renewLease }) => {
  const execution = await attempt({ renewLease });
  expect(await execution.run()).toMatchObject({ loss: "lease" });
});

test("where nobody else can take it over it goes on", async () => {
  const execution = await attempt({ renewLease: () => new Promise(() => {}) }, { shared: false });
  expect(await Promise.race([execution.run(), delay(leaseMs * 5, "goes on")])).toBe("goes on");
});

test("a renewal that succeeds in time is all that it takes", async () => {
  const execution = await attempt({});
  expect(await Promise.race([execution.run(), delay(leaseMs * 5, "goes on")])).toBe("goes on");
});

test("an attempt whose events cannot be stored for want of a connection is taken up again, not failed", async () => {
  const execution = await attempt(
    { appendEvents: async () => Promise.reject(unreachable) },
    {
      async act({ onEvents }) {
        const event = { runId: "r1" as RunId, epoch: 1, seq: 1, at: 1, type: "run.started" } as const;
        await onEvents([event]).catch(() => {});
        return lostEnd("unstored", "the run's events could not be stored");
      },
    },
  );
  expect(await execution.run()).toMatchObject({ loss: "lease" });
});

test("an attempt that is handed back ends without an end of its run", async () => {
  const execution = await attempt({});
  const ended = execution.run();
  await delay(10);
  execution.handBack();
  expect(await ended).toMatchObject({ loss: "handed_back" });
});
