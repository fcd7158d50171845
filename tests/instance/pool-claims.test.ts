import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { RunId } from "../../platform/core/run.ts";
import type { PlannedStep } from "../../platform/core/run-plan.ts";
import { createPoolClaims } from "../../platform/instance/pool-claims.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";

const one = [{ pool: "api", slots: 1, limit: 1 }];
const forever = new AbortController().signal;

/** Claims over real records, with attempts of runs in progress. */
async function claiming({ everyMs = 10_000 } = {}) {
  const folder = mkdtempSync(`${tmpdir()}/dop-claims-`);
  const storage = await openSqliteStorage(":memory:");
  const log = createServerLog(folder);
  const now = () => Temporal.Instant.fromEpochMilliseconds(1_800_000_000_000);
  const claims = createPoolClaims({ storage, log, now, everyMs });
  onTestFinished(async () => {
    await claims[Symbol.asyncDispose]();
    await storage.close();
    log[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });
  const granted: string[] = [];
  const attempt = async (id: string, { priority = 0, steps = {} as { [step: string]: number } } = {}) => {
    const runId = id as RunId;
    const request = { assets: [], tags: {}, priority };
    await storage.createRun({ id: runId, status: "queued", request, snapshotId: "5h0p", createdAtMs: 1 });
    const epoch = await storage.startAttempt(runId, 2);
    const planned = Object.entries(steps).map(([key, priority]) => ({ key, priority }) as PlannedStep);
    const pools = claims.of({ runId, epoch, plan: { request, steps: planned } });
    return {
      runId,
      epoch,
      pools,
      claim: (step: string, needs = one, signal = forever) =>
        pools.claim(step, needs, signal).then(() => {
          granted.push(`${id}/${step}`);
        }),
    };
  };
  return { storage, attempt, granted };
}

test("a claim waits for its slot, says so once in the run's log, and has it when it is given back", async () => {
  const { attempt, granted, storage } = await claiming();
  const [a, b] = [await attempt("a"), await attempt("b")];
  await a.claim("x");
  const waiting = b.claim("y");
  await delay(20);
  expect(granted).toEqual(["a/x"]);
  await a.pools.release("x");
  await waiting;
  expect(granted).toEqual(["a/x", "b/y"]);
  const { events } = await storage.listEvents(b.runId, { limit: 10, types: ["log"] });
  expect(events.map(({ event }) => event)).toMatchObject([{ message: expect.stringMatching(/`y`.*`api`/) }]);
});

test("claims go by the run's priority, then the step's, then by age", async () => {
  const { attempt, granted } = await claiming();
  const holder = await attempt("holder");
  await holder.claim("x");
  const usual = await attempt("usual", { steps: { late: 0, early: 5 } });
  const urgent = await attempt("urgent", { priority: 1 });
  const waiting = [usual.claim("late"), usual.claim("early[a]"), urgent.claim("step")];
  const all = ["holder/x", "urgent/step", "usual/early[a]", "usual/late"];
  for (const [index, name] of all.entries()) {
    const [run = "", step = ""] = name.split("/");
    while (granted.length <= index) await delay(5);
    const gate = { holder, urgent, usual }[run as "holder"];
    await gate.pools.release(step);
  }
  await Promise.all(waiting);
  expect(granted).toEqual(all);
});

test("a claim that wants more is not overtaken by a later one that wants less of the same pool", async () => {
  const { attempt, granted } = await claiming();
  const run = await attempt("a");
  const slots = (slots: number) => [{ pool: "api", slots, limit: 2 }];
  await run.claim("first", slots(1));
  const large = run.claim("large", slots(2));
  const small = run.claim("small", slots(1));
  await delay(20);
  expect(granted).toEqual(["a/first"]);
  await run.pools.release("first");
  await large;
  await run.pools.release("large");
  await small;
  expect(granted).toEqual(["a/first", "a/large", "a/small"]);
});

test("a claim whose step is cancelled rejects, and what comes after it goes on", async () => {
  const { attempt } = await claiming();
  const run = await attempt("a");
  await run.claim("x");
  const cancellation = new AbortController();
  const waiting = run.claim("y", one, cancellation.signal);
  const next = run.claim("z");
  cancellation.abort(new Error("cancelled"));
  await expect(waiting).rejects.toThrow("cancelled");
  await run.pools.release("x");
  await next;
});

test("the end of a run gives its slots to those that wait", async () => {
  const { attempt, storage } = await claiming();
  const [a, b] = [await attempt("a"), await attempt("b")];
  await a.claim("x");
  const waiting = b.claim("y");
  await storage.setRunStatus(a.runId, "canceled", { at: 3 });
  await waiting;
  expect(await storage.poolLeases("api")).toMatchObject([{ runId: "b", step: "y" }]);
});

test("an attempt that was replaced gets nothing", async () => {
  const { attempt, storage } = await claiming();
  const { runId, claim } = await attempt("a");
  await storage.startAttempt(runId, 3);
  await expect(claim("x")).rejects.toMatchObject({ reason: "stale-attempt" });
  expect(await storage.poolLeases("api")).toEqual([]);
});

test("a limit that is raised elsewhere is noticed without a word", async () => {
  const { attempt, storage } = await claiming({ everyMs: 20 });
  const run = await attempt("a");
  await run.claim("x");
  const waiting = run.claim("y");
  await storage.setPoolLimit("api", 2);
  await waiting;
});
