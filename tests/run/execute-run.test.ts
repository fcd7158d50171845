import { expect, test } from "vitest";
import type { RunEvent } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import { asset } from "../../platform/define/asset.ts";
import { check } from "../../platform/define/check.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { planOf, runInProcess } from "./run-in-process.ts";

const orders = asset({ key: "raw/orders" }, () => [
  { id: 1, amount: 5.5 },
  { id: 2, amount: 7 },
]);
const totals = asset({ key: "mart/totals", ins: { orders } }, ({ orders }) => [
  { total: orders.reduce((sum, order) => sum + order.amount, 0) },
]);
const notEmpty = check(totals, "not_empty", { blocking: true }, ({ value }) => value.length > 0);

test.for(["memory", "json", "csv", "parquet", "duckdb"])("a run through %s ends in facts", async (io) => {
  await using storage = await openSqliteStorage(":memory:");
  const parts = [orders, totals, notEmpty];
  const plan = planOf(parts, {}, io);
  const runId = "run-1" as RunId;
  await storage.createRun({
    id: runId,
    request: plan.request,
    snapshotId: plan.snapshotId,
    createdAtMs: 1,
    plan,
  });
  const epoch = await storage.startAttempt(runId, 2);
  let seq = 0;
  const emit = async (body: object) => {
    await storage.appendEvents([{ runId, epoch, seq: ++seq, at: Date.now(), ...body } as RunEvent]);
  };
  const { outcome } = await runInProcess(parts, { plan, emit });
  expect(outcome).toBe("success");
  expect(await storage.getRun(runId)).toMatchObject({ status: "success" });
  expect((await storage.listSteps(runId)).map(({ step, status }) => `${step} ${status}`)).toEqual([
    "raw/orders success",
    "mart/totals success",
    "mart/totals:not_empty success",
  ]);
  const latest = await storage.latestAssets();
  expect(latest.get(totals.key)?.materialized?.metadata).toMatchObject({
    row_count: { type: "int", value: 1 },
  });
  expect([...(await storage.latestChecks()).values()]).toMatchObject([{ passed: true }]);
});

test("steps that wait for nothing run at once, up to the limit", async () => {
  const three = Promise.withResolvers<void>();
  let running = 0;
  let most = 0;
  const parts = ["a", "b", "c", "d"].map((key) =>
    asset({ key }, async () => {
      most = Math.max(most, ++running);
      if (running === 3) three.resolve();
      await three.promise;
      await new Promise((resolve) => setTimeout(resolve, 10));
      running--;
    }),
  );
  await runInProcess(parts, { maxParallel: 3 });
  expect(most).toBe(3);
});

test("a failed step skips everything downstream with its name, and the rest runs", async () => {
  const bad = asset({ key: "bad" }, () => {
    throw new TypeError("no such column");
  });
  const below = asset({ key: "below", deps: [bad] }, () => {});
  const furtherBelow = asset({ key: "further_below", deps: [below] }, () => {});
  const apart = asset({ key: "apart" }, () => {});
  const { outcome, of } = await runInProcess([bad, below, furtherBelow, apart]);
  expect(outcome).toBe("failure");
  expect(of("step.skipped").map(({ step, reason }) => [step, reason])).toEqual([
    ["below", "upstream step `bad` failed"],
    ["further_below", "upstream step `bad` failed"],
  ]);
  expect(of("step.succeeded").map(({ step }) => step)).toEqual(["apart"]);
  expect(of("asset.failed")).toMatchObject([{ asset: "bad", error: { name: "TypeError" } }]);
  expect(of("run.failed")).toMatchObject([{ error: { message: "1 step (`bad`) failed" } }]);
});

test("an error carries its cause and the line of the user's code", async () => {
  const bad = asset({ key: "bad" }, function readColumns() {
    throw new Error("outer", { cause: new RangeError("inner") });
  });
  const { of } = await runInProcess([bad]);
  const [{ error } = { error: undefined }] = of("step.failed");
  expect(error).toMatchObject({ message: "outer", cause: { name: "RangeError", message: "inner" } });
  expect(error?.stack).toMatch(/readColumns .*execute-run\.test\.ts:\d+/);
});

test.for([
  { thrown: "text", error: { name: "Error", message: "text" } },
  { thrown: undefined, error: { name: "Error", message: "undefined" } },
  { thrown: null, error: { name: "Error", message: "null" } },
])("a step that throws $thrown fails all the same", async ({ thrown, error }) => {
  const bad = asset({ key: "bad" }, () => {
    throw thrown;
  });
  const { of } = await runInProcess([bad]);
  expect(of("step.failed")).toMatchObject([{ error }]);
});

test.for([
  { passed: false, severity: "error", blocking: true, outcome: "failure", ran: false },
  { passed: false, severity: "warn", blocking: true, outcome: "success", ran: true },
  { passed: false, severity: "error", blocking: false, outcome: "success", ran: true },
  { passed: true, severity: "error", blocking: true, outcome: "success", ran: true },
] as const)(
  "passed $passed, severity $severity, blocking $blocking: the run is a $outcome",
  async ({ passed, severity, blocking, outcome, ran }) => {
    const source = asset({ key: "source" }, () => {});
    const question = check(source, "question", { blocking }, () => ({ passed, severity }));
    const other = check(source, "other", {}, () => true);
    const below = asset({ key: "below", deps: [source] }, () => {});
    const run = await runInProcess([source, question, other, below]);
    expect(run.outcome).toBe(outcome);
    expect(run.of("check.evaluated")).toContainEqual(
      expect.objectContaining({ check: "source:question", passed, severity, blocking }),
    );
    expect(run.of("asset.materialized").some((event) => event.asset === "below")).toBe(ran);
    expect(run.of("check.evaluated")).toHaveLength(2);
  },
);

test("a check of an asset that nobody has stored fails its step with the way out", async () => {
  const source = asset({ key: "source" }, () => [{ n: 1 }]);
  const question = check(source, "question", {}, ({ value }) => value.length > 0);
  const { of } = await runInProcess([source, question], {
    request: { assets: [], checks: ["source:question" as never] },
  });
  expect(of("step.failed")).toMatchObject([
    { error: { name: "StepError", message: expect.stringContaining("`source`") } },
  ]);
});

test("a cancelled run stops its steps and starts no other", async () => {
  const controller = new AbortController();
  const slow = asset({ key: "slow" }, async ({ signal }) => {
    controller.abort(new Error("by the user"));
    await new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
    await new Promise(() => {});
  });
  const below = asset({ key: "below", deps: [slow] }, () => {});
  const { outcome, events } = await runInProcess([slow, below], { signal: controller.signal });
  expect(outcome).toBe("canceled");
  expect(events.map(({ type }) => type)).toEqual([
    "run.started",
    "step.started",
    "step.canceled",
    "step.skipped",
    "run.canceling",
    "run.canceled",
  ]);
});

test("a run that is cancelled when its last step has ended well is a success", async () => {
  const controller = new AbortController();
  const only = asset({ key: "only" }, () => controller.abort());
  const { outcome } = await runInProcess([only], { signal: controller.signal });
  expect(outcome).toBe("success");
});

test("code that takes no notice of the cancellation is left behind after the grace period", async () => {
  const controller = new AbortController();
  let late: unknown;
  const deaf = asset({ key: "deaf" }, async (input) => {
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 80));
    try {
      input.materialized(deaf.key);
    } catch (error) {
      late = error;
    }
  });
  const { outcome, of } = await runInProcess([deaf], { signal: controller.signal, abortGraceMs: 10 });
  expect(outcome).toBe("canceled");
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(late).toMatchObject({ message: expect.stringContaining("is over") });
  expect(of("asset.materialized")).toEqual([]);
});

test("a cancelled run ends its queries", async () => {
  const controller = new AbortController();
  const endless = asset({ key: "endless" }, async ({ query }) => {
    setTimeout(() => controller.abort(), 100);
    await query("select sum(a.range * b.range) from range(10000000) a, range(10000000) b");
  });
  const { outcome, of } = await runInProcess([endless], { signal: controller.signal, abortGraceMs: 60_000 });
  expect(outcome).toBe("canceled");
  expect(of("step.canceled")).toHaveLength(1);
});

test("what a run emits while its storage is slow is waited for, and a failing storage ends the run", async () => {
  const source = asset({ key: "source" }, () => [{ n: 1 }]);
  const run = runInProcess([source], {
    emit: async ({ type }) => {
      if (type === "output.stored") throw new Error("the disk is full");
    },
  });
  await expect(run).resolves.toMatchObject({ outcome: "success" });
});
