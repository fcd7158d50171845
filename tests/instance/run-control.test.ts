import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import type { RunId } from "../../platform/core/run.ts";
import { controlled, lostEnd, snapshotOf } from "./controlled-runs.ts";

test("so many runs go on at once, and the next starts when one ends", async () => {
  const { works, record, working, storage } = await controlled({ maxConcurrentRuns: 2 });
  for (const name of ["a", "b", "c"]) await record(name);
  await working(2);
  expect(works.map(({ start }) => start.runId)).toEqual(["a", "b"]);
  expect((await storage.getRun("c" as RunId))?.status).toBe("queued");
  await works[0]?.succeed();
  await working(3);
  expect(works[2]?.start).toMatchObject({ runId: "c", epoch: 1 });
});

test("a run of higher priority overtakes what waits", async () => {
  const { works, record, working } = await controlled({ maxConcurrentRuns: 1 });
  await record("a");
  await working(1);
  await record("b");
  await record("c", { priority: 3 });
  await works[0]?.succeed();
  await working(2);
  expect(works[1]?.start.runId).toBe("c");
});

test("a run that waits for the limit of a tag says so once, and starts when there is room", async () => {
  const { works, record, working, notes } = await controlled({
    tagLimits: [{ key: "team", perValue: true, limit: 1 }],
  });
  await record("a", { tags: { team: "data" } });
  await working(1);
  const second = await record("b", { tags: { team: "data" } });
  await record("c", { tags: { team: "sales" } });
  await working(2);
  expect(works[1]?.start.runId).toBe("c");
  await record("d", { tags: { team: "sales" } });
  expect(await notes(second)).toEqual([expect.stringContaining("team=data")]);
  await works[0]?.succeed();
  await working(3);
  expect(works[2]?.start.runId).toBe("b");
});

test("a run whose worker was killed goes on in another, which knows what was done", async () => {
  const { works, record, working, notes, untilStatus } = await controlled();
  const id = await record("a");
  await working(1);
  await works[0]?.tell(
    { type: "run.started" },
    { type: "step.started", step: "orders", attempt: 1 },
    { type: "step.succeeded", step: "orders", durationMs: 5 },
  );
  works[0]?.end(lostEnd("killed", "the run worker was killed by SIGKILL"));
  await working(2);
  expect(works[1]?.start).toMatchObject({
    runId: "a",
    epoch: 2,
    known: { steps: { orders: { end: "success", attempts: 1 } } },
  });
  expect(await notes(id)).toEqual([expect.stringContaining("killed by SIGKILL")]);
  await works[1]?.succeed();
  await untilStatus(id, "success");
});

test("a run whose workers are killed again and again fails when that was often enough", async () => {
  const { works, record, working, untilStatus } = await controlled({ maxResumes: 2 });
  const id = await record("a");
  for (const count of [1, 2, 3]) {
    await working(count);
    works[count - 1]?.end(lostEnd("killed", "the run worker was killed by SIGSEGV"));
  }
  expect(await untilStatus(id, "failure")).toMatchObject({
    failure: "the run worker was killed by SIGSEGV",
    failureReason: "worker_restart_limit",
  });
  expect(works).toHaveLength(3);
});

test("code that ends its own process fails the run at once", async () => {
  const { works, record, working, untilStatus } = await controlled();
  const id = await record("a");
  await working(1);
  works[0]?.end(lostEnd("exited", "the run worker ended with exit code 7"));
  expect(await untilStatus(id, "failure")).toMatchObject({ failureReason: "worker_lost" });
  expect(works).toHaveLength(1);
});

test("a run that cannot be handed to a worker is tried again, and fails when that was often enough", async () => {
  const { record, untilStatus } = await controlled({ maxResumes: 1 });
  const id = await record("a", {}, { resources: null as never });
  expect(await untilStatus(id, "failure")).toMatchObject({ failureReason: "worker_restart_limit" });
});

test("what a replaced attempt still sends is refused", async () => {
  const { works, record, working, storage } = await controlled();
  const id = await record("a");
  await working(1);
  await works[0]?.tell({ type: "run.started" });
  await storage.startAttempt(id, Date.now(), { replaces: 1 });
  expect(await works[0]?.tell({ type: "run.succeeded" })).toBe(1);
  expect(await storage.getRun(id)).toMatchObject({ status: "started", epoch: 2 });
});

test("a run that waits is cancelled without a worker", async () => {
  const { works, record, working, storage, control } = await controlled({ maxConcurrentRuns: 1 });
  await record("a");
  await working(1);
  const id = await record("b");
  await control.cancel(id);
  expect((await storage.getRun(id))?.status).toBe("canceled");
  await works[0]?.succeed();
  await delay(20);
  expect(works).toHaveLength(1);
});

test("cancelling a run in progress tells its worker, and a killed worker's run ends as cancelled", async () => {
  const { works, record, working, storage, control, untilStatus } = await controlled();
  const id = await record("a");
  await working(1);
  await control.cancel(id);
  expect(works[0]?.options.signal.aborted).toBe(true);
  expect((await storage.getRun(id))?.status).toBe("canceling");
  works[0]?.end(lostEnd("cancelled"));
  await untilStatus(id, "canceled");
});

test("closing a server cancels what goes on and leaves the queue to the next", async () => {
  const { works, record, working, storage, control, untilStatus } = await controlled({
    maxConcurrentRuns: 1,
  });
  const first = await record("a");
  await working(1);
  const second = await record("b");
  const closed = control[Symbol.asyncDispose]();
  await untilStatus(first, "canceling");
  works[0]?.end(lostEnd("cancelled"));
  await closed;
  expect((await storage.getRun(first))?.status).toBe("canceled");
  expect((await storage.getRun(second))?.status).toBe("queued");
});

test("a command executes the runs that it asks for and no others, and cancels them when it is closed", async () => {
  const { works, record, working, storage, control } = await controlled({
    role: "command",
    maxConcurrentRuns: 1,
  });
  const request = { assets: [], tags: {} };
  const other = "other" as RunId;
  await storage.createRun({ id: other, status: "queued", request, snapshotId: "5h0p", createdAtMs: 1 });
  await record("a");
  await working(1);
  const waiting = await record("b");
  const closed = control[Symbol.asyncDispose]();
  works[0]?.end(lostEnd("cancelled"));
  await closed;
  expect(works.map(({ start }) => start.runId)).toEqual(["a"]);
  expect((await storage.getRun(waiting))?.status).toBe("canceled");
  expect((await storage.getRun(other))?.status).toBe("queued");
});

test("a queued run is planned again when the definitions have changed", async () => {
  const shop = await controlled({ maxConcurrentRuns: 1 });
  await shop.record("a");
  await shop.working(1);
  const id = await shop.record("b");
  shop.snapshot = snapshotOf("n3w", { step: "orders_of_today" });
  await shop.works[0]?.succeed();
  await shop.working(2);
  expect(shop.works[1]?.start.plan).toMatchObject({ snapshotId: "n3w", steps: [{ key: "orders_of_today" }] });
  expect(await shop.storage.getRun(id)).toMatchObject({ snapshotId: "n3w" });
});

test("a queued run that cannot be planned any more fails, and those behind it start", async () => {
  const shop = await controlled({ maxConcurrentRuns: 1 });
  await shop.record("a");
  await shop.working(1);
  const gone = await shop.record("b", { assets: ["raw/gone" as never] });
  await shop.record("c");
  shop.snapshot = snapshotOf("n3w");
  await shop.works[0]?.succeed();
  expect(await shop.untilStatus(gone, "failure")).toMatchObject({ failureReason: "job_initialization" });
  await shop.working(2);
  expect(shop.works[1]?.start.runId).toBe("c");
});

test("a run that takes longer than it may is stopped and has failed", async () => {
  const { works, record, working, untilStatus } = await controlled();
  const id = await record("a", { maxRuntimeSeconds: 0.05 });
  await working(1);
  await works[0]?.tell({ type: "run.started" });
  await untilStatus(id, "canceling");
  expect(works[0]?.options.signal.aborted).toBe(true);
  await works[0]?.tell({ type: "run.canceled" });
  works[0]?.end({ complete: true, free: false });
  expect(await untilStatus(id, "failure")).toMatchObject({ failureReason: "max_runtime" });
});

test("a run that does not start in time fails, and its worker is given up", async () => {
  const { record, untilStatus } = await controlled({ startTimeoutSeconds: 0.05 });
  const id = await record("a");
  expect(await untilStatus(id, "failure")).toMatchObject({ failureReason: "start_timeout" });
});

test("a run that holds a pool from start to end keeps others that want it in the queue", async () => {
  const shop = await controlled();
  shop.snapshot = snapshotOf("5h0p", { pools: [{ name: "warehouse", limit: 1, granularity: "run" }] });
  const plan = { pools: { warehouse: 1 }, runPools: ["warehouse"] };
  const first = await shop.record("a", {}, plan);
  await shop.working(1);
  const second = await shop.record("b", {}, plan);
  await shop.record("c");
  await shop.working(2);
  expect(shop.works[1]?.start.runId).toBe("c");
  expect(await shop.storage.poolLeases("warehouse")).toMatchObject([{ runId: first, step: null, slots: 1 }]);
  expect(await shop.notes(second)).toEqual([expect.stringContaining("warehouse")]);
  await shop.works[0]?.succeed();
  await shop.working(3);
  expect(await shop.storage.poolLeases("warehouse")).toMatchObject([{ runId: second }]);
});

test("limits that people set hold for pools without one in the definitions", async () => {
  const { works, record, working, storage } = await controlled();
  await storage.setPoolLimit("api", 2);
  const component = { file: "defs/shop/component.yaml", document: 1, type: ".shop.ShopComponent" };
  const step = { key: "call", component, pool: "api", assets: [], inputs: [] };
  await record("a", {}, { steps: [step as never] });
  await working(1);
  expect(works[0]?.start.plan.pools).toEqual({ api: 2 });
});
