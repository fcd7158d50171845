import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { PoolClaim, Storage } from "../../platform/storage/storage.ts";
import { begun, newRun, planOf, runId } from "./stored-runs.ts";

const minute = 60_000;

/** A run whose attempt waits for a worker. */
async function waiting(storage: Storage, id: string, more: Parameters<typeof newRun>[1] = {}) {
  await storage.createRun(newRun(id, more));
  return storage.startAttempt(runId(id), 1001);
}

function claimOf(id: string, pools: PoolClaim["pools"], more: Partial<PoolClaim> = {}): PoolClaim {
  return { runId: runId(id), epoch: 1, step: "a", pools, ...more };
}

const one = (pool: string, limit: number, slots = 1) => ({ pool, slots, limit });

/** Attempts, leases, the queue and pools. */
export function attemptsConformance(open: () => Promise<Storage>): void {
  describe("attempts", () => {
    test("a waiting attempt is given to one of many who ask for it", async () => {
      await using storage = await open();
      await waiting(storage, "r1");
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, index) => storage.claimAttempt(`w${index}`, { leaseMs: minute })),
      );
      const given = claims.filter((claim) => claim !== undefined);
      expect(given).toMatchObject([{ runId: "r1", epoch: 1 }]);
      expect(await storage.claimAttempt("late", { leaseMs: minute })).toBeUndefined();
    });

    test("as many who ask as there are attempts get one each", async () => {
      await using storage = await open();
      const ids = Array.from({ length: 8 }, (_, index) => `r${index}`);
      for (const id of ids) await waiting(storage, id);
      const claims = await Promise.all(ids.map((id) => storage.claimAttempt(id, { leaseMs: minute })));
      // Who meets another at the same row may come away with nothing, and asks again.
      while (claims.filter((claim) => claim !== undefined).length < 8) {
        claims.push(await storage.claimAttempt("again", { leaseMs: minute }));
      }
      expect(claims.flatMap((claim) => claim?.runId ?? []).toSorted()).toEqual(ids);
    });

    test("attempts are given by priority, then by the age of their runs", async () => {
      await using storage = await open();
      const request = { assets: [], tags: {} };
      await waiting(storage, "r1", { createdAtMs: 30, request });
      await waiting(storage, "r2", { createdAtMs: 20, request });
      await waiting(storage, "r3", { createdAtMs: 40, request: { ...request, priority: 5 } });
      const order = [];
      for (let index = 0; index < 3; index++) {
        order.push((await storage.claimAttempt("w", { leaseMs: minute }))?.runId);
      }
      expect(order).toEqual(["r3", "r2", "r1"]);
    });

    test("a worker can ask for the attempt of one run", async () => {
      await using storage = await open();
      await waiting(storage, "r1");
      await waiting(storage, "r2");
      const claim = () => storage.claimAttempt("w", { leaseMs: minute, runId: runId("r2") });
      expect(await claim()).toEqual({ runId: "r2", epoch: 1, worker: "w" });
      expect(await claim()).toBeUndefined();
    });

    test("a run that is being cancelled is given to nobody", async () => {
      await using storage = await open();
      await waiting(storage, "r1");
      await storage.setRunStatus(runId("r1"), "canceling", { at: 2 });
      expect(await storage.claimAttempt("w", { leaseMs: minute })).toBeUndefined();
    });

    test("a lease is renewed until another attempt replaces it", async () => {
      await using storage = await open();
      await waiting(storage, "r1");
      const renew = (epoch: number) => storage.renewLease(runId("r1"), epoch, minute);
      expect(await renew(1)).toBe(false);
      await storage.claimAttempt("w1", { leaseMs: minute });
      expect(await renew(1)).toBe(true);
      await storage.startAttempt(runId("r1"), 3);
      expect(await renew(1)).toBe(false);
      expect(await storage.claimAttempt("w2", { leaseMs: minute })).toMatchObject({ epoch: 2 });
      expect([await renew(1), await renew(2)]).toEqual([false, true]);
    });

    test.for(["success", "failure", "canceled"] as const)("no lease outlives a run's %s", async (status) => {
      await using storage = await open();
      const { append, epoch } = await begun(storage);
      await storage.claimAttempt("w", { leaseMs: minute });
      await storage.claimPools(claimOf("r1", [one("db", 1)]));
      if (status === "success") await append({ type: "run.succeeded" });
      else await storage.setRunStatus(runId("r1"), status, { at: 9 });
      expect(await storage.renewLease(runId("r1"), epoch, minute)).toBe(false);
      expect(await storage.poolLeases()).toEqual([]);
      expect(await storage.lostAttempts({ unclaimedMs: 0 })).toEqual([]);
    });

    test("an attempt is lost when its lease has run out and when nobody claimed it in time", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      await storage.claimAttempt("w1", { leaseMs: 1 });
      await begun(storage, "r2");
      await storage.claimAttempt("w2", { leaseMs: minute });
      await waiting(storage, "r3");
      await setTimeout(5);
      const lost = async (unclaimedMs: number) =>
        (await storage.lostAttempts({ unclaimedMs })).map(({ runId: id, worker }) => [id, worker]);
      expect(await lost(minute)).toEqual([["r1", "w1"]]);
      expect((await lost(0)).toSorted()).toEqual([
        ["r1", "w1"],
        ["r3", ""],
      ]);
      await storage.renewLease(runId("r1"), 1, minute);
      expect(await lost(minute)).toEqual([]);
    });

    test("of two that replace the same lost attempt one is refused", async () => {
      await using storage = await open();
      await begun(storage);
      const replace = () => storage.startAttempt(runId("r1"), 5, { replaces: 1 });
      const outcomes = await Promise.allSettled([replace(), replace()]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      await expect(replace()).rejects.toMatchObject({ reason: "stale-attempt" });
      expect(await storage.getRun(runId("r1"))).toMatchObject({ epoch: 2 });
    });

    test("of two that take a run from the queue in the same turn one is refused, and its run stays as it is", async () => {
      await using storage = await open();
      for (const id of ["r1", "r2", "r3"]) await storage.createRun(newRun(id, { status: "queued" }));
      const take = (id: string, expected: string | undefined, value: string) =>
        storage.startAttempt(runId(id), 5, { turn: { key: "turn", expected, value } });
      const outcomes = await Promise.allSettled([take("r1", undefined, "a"), take("r2", undefined, "b")]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
      expect((await storage.queuedRuns(9)).length).toBe(2);
      await expect(take("r3", undefined, "c")).rejects.toMatchObject({ reason: "stale-attempt" });
      expect(await take("r3", await storage.getValue("turn"), "c")).toBe(1);
    });

    test("a run is failed only while the attempt that is meant is its own", async () => {
      await using storage = await open();
      await begun(storage);
      await storage.startAttempt(runId("r1"), 5);
      const fail = (epoch: number) => storage.setRunStatus(runId("r1"), "failure", { at: 6, epoch });
      await expect(fail(1)).rejects.toMatchObject({ reason: "stale-attempt" });
      expect(await fail(2)).toMatchObject({ status: "failure" });
    });

    test("why a run failed is kept", async () => {
      await using storage = await open();
      const first = await begun(storage, "r1");
      await first.append({
        type: "run.failed",
        error: { name: "Error", message: "a" },
        reason: "step_failure",
      });
      await begun(storage, "r2");
      await storage.setRunStatus(runId("r2"), "failure", { at: 5, reason: "worker_lost" });
      expect(await storage.getRun(runId("r1"))).toMatchObject({ failureReason: "step_failure" });
      expect(await storage.getRun(runId("r2"))).toMatchObject({ failureReason: "worker_lost" });
    });

    test("a run that goes back to the queue has no attempt and holds nothing", async () => {
      await using storage = await open();
      await waiting(storage, "r1");
      await storage.claimPools(claimOf("r1", [one("db", 1)]));
      await storage.setRunStatus(runId("r1"), "queued", { at: 5 });
      expect(await storage.claimAttempt("w", { leaseMs: minute })).toBeUndefined();
      expect(await storage.poolLeases()).toEqual([]);
      expect(await storage.startAttempt(runId("r1"), 6)).toBe(2);
    });
  });

  describe("the queue", () => {
    test("queued runs go by priority, age and id, and others are in progress", async () => {
      await using storage = await open();
      const queued = (id: string, createdAtMs: number, priority: number) =>
        storage.createRun(
          newRun(id, { status: "queued", createdAtMs, request: { assets: [], tags: {}, priority } }),
        );
      await queued("r1", 5, 0);
      await queued("r3", 4, 0);
      await queued("r2", 4, 0);
      await queued("r4", 9, 1);
      await queued("r5", 1, -1);
      await begun(storage, "r6");
      await waiting(storage, "r7");
      const ids = (runs: readonly { id: string }[]) => runs.map(({ id }) => id);
      expect(ids(await storage.queuedRuns(10))).toEqual(["r4", "r2", "r3", "r1", "r5"]);
      expect(ids(await storage.queuedRuns(2))).toEqual(["r4", "r2"]);
      expect(ids(await storage.runsInProgress())).toEqual(["r6", "r7"]);
    });

    test("a run that waits takes another plan, and one that has begun does not", async () => {
      await using storage = await open();
      await storage.createRun(newRun("r1", { status: "queued", plan: planOf([{ key: "a" }, { key: "b" }]) }));
      const plan = planOf([{ key: "c" }]);
      await storage.setPlan(runId("r1"), "s2", plan);
      expect(await storage.getPlan(runId("r1"))).toEqual(plan);
      expect(await storage.getRun(runId("r1"))).toMatchObject({ snapshotId: "s2", status: "queued" });
      expect((await storage.listSteps(runId("r1"))).map(({ step }) => step)).toEqual(["c"]);
      await storage.startAttempt(runId("r1"), 5);
      await expect(storage.setPlan(runId("r1"), "s3", plan)).rejects.toMatchObject({
        reason: "refused-transition",
      });
      await expect(storage.setPlan(runId("r9"), "s3", plan)).rejects.toMatchObject({ reason: "unknown-run" });
    });

    test("re-executions of a run are found by its id, oldest first", async () => {
      await using storage = await open();
      await storage.createRun(newRun("r1"));
      const again = (id: string, parent: string, number: number) =>
        storage.createRun(
          newRun(id, {
            createdAtMs: 1000 + number,
            request: {
              assets: [],
              tags: {},
              reexecution: { parent: runId(parent), root: runId("r1"), number, automatic: true },
            },
          }),
        );
      await again("r3", "r2", 2);
      await again("r2", "r1", 1);
      expect((await storage.childRuns(runId("r1"))).map(({ id }) => id)).toEqual(["r2", "r3"]);
      expect(await storage.childRuns(runId("r2"))).toEqual([]);
    });

    test("a run key makes one run per source", async () => {
      await using storage = await open();
      const keyed = (id: string, source?: string) =>
        storage.createRun(
          newRun(id, {
            request: { assets: [], tags: {}, runKey: "k" },
            ...(source === undefined ? {} : { source }),
          }),
        );
      const made = await Promise.all([keyed("r1"), keyed("r2"), keyed("r3", "files")]);
      expect(made[0]?.id).toBe(made[1]?.id);
      expect(made[2]?.id).toBe("r3");
      expect(await storage.listRuns({ limit: 9 })).toHaveLength(2);
    });
  });

  describe("pools", () => {
    test("slots are granted up to the limit and come back when they are released", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      const claim = (step: string) => storage.claimPools(claimOf("r1", [one("db", 2)], { step }));
      expect([await claim("a"), await claim("b"), await claim("c")]).toEqual([
        { granted: true },
        { granted: true },
        { granted: false, pool: "db" },
      ]);
      await storage.releasePools(runId("r1"), 1, "a");
      expect(await claim("c")).toEqual({ granted: true });
    });

    test("all pools of a claim are granted or none", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      await storage.claimPools(claimOf("r1", [one("full", 1)], { step: "x" }));
      const both = claimOf("r1", [one("free", 1), one("full", 1)]);
      expect(await storage.claimPools(both)).toEqual({ granted: false, pool: "full" });
      expect(await storage.poolLeases("free")).toEqual([]);
    });

    test("a claim weighs as much as it says, and more than the limit is never granted", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      const claim = (step: string, slots: number) =>
        storage.claimPools(claimOf("r1", [one("db", 5, slots)], { step }));
      expect(await claim("a", 3)).toEqual({ granted: true });
      expect(await claim("b", 3)).toMatchObject({ granted: false });
      expect(await claim("c", 2)).toEqual({ granted: true });
      expect(await claim("d", 6)).toMatchObject({ granted: false });
    });

    test("what a step holds is not counted against itself", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      const claim = () => storage.claimPools(claimOf("r1", [one("db", 1)]));
      expect([await claim(), await claim()]).toEqual([{ granted: true }, { granted: true }]);
      expect(await storage.poolLeases("db")).toMatchObject([{ runId: "r1", epoch: 1, step: "a", slots: 1 }]);
    });

    test("a run holds for itself what no step gives back", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      await storage.claimPools({ runId: runId("r1"), epoch: 1, pools: [one("db", 1)] });
      await storage.releasePools(runId("r1"), 1, "a");
      expect(await storage.poolLeases()).toMatchObject([{ pool: "db", step: null }]);
      await storage.releasePools(runId("r1"), 1);
      expect(await storage.poolLeases()).toEqual([]);
    });

    test("the limit that people set goes before that of the claim", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      const claim = (step: string) => storage.claimPools(claimOf("r1", [one("db", 1)], { step }));
      await storage.setPoolLimit("db", 2);
      expect([await claim("a"), await claim("b"), await claim("c")].map(({ granted }) => granted)).toEqual([
        true,
        true,
        false,
      ]);
      expect(await storage.poolLimits()).toEqual(new Map([["db", 2]]));
      await storage.setPoolLimit("db", undefined);
      expect(await storage.poolLimits()).toEqual(new Map());
      await storage.releasePools(runId("r1"), 1, "a");
      expect(await claim("c")).toMatchObject({ granted: false });
    });

    test("a replaced attempt gets no slots and loses those that it had", async () => {
      await using storage = await open();
      await begun(storage, "r1");
      await storage.claimPools(claimOf("r1", [one("db", 1)]));
      await storage.startAttempt(runId("r1"), 5);
      expect(await storage.poolLeases()).toEqual([]);
      await expect(storage.claimPools(claimOf("r1", [one("db", 1)]))).rejects.toMatchObject({
        reason: "stale-attempt",
      });
      await storage.claimPools(claimOf("r1", [one("db", 1)], { epoch: 2 }));
      await storage.releasePools(runId("r1"), 1, "a");
      expect(await storage.poolLeases()).toMatchObject([{ epoch: 2 }]);
    });

    test("an ended run gets no slots", async () => {
      await using storage = await open();
      const { append } = await begun(storage, "r1");
      await append({ type: "run.succeeded" });
      await expect(storage.claimPools(claimOf("r1", [one("db", 1)]))).rejects.toMatchObject({
        reason: "stale-attempt",
      });
    });

    test("however many claim at once, never more is held than the limit", async () => {
      await using storage = await open();
      const ids = ["r1", "r2", "r3", "r4"];
      for (const id of ids) await begun(storage, id);
      let held = 0;
      let most = 0;
      let granted = 0;
      // In either order of names, so that claims could wait for each other.
      const pools = [one("db", 3), one("api", 3)];
      const take = async (id: string, step: string, tries: number): Promise<void> => {
        const claim = claimOf(id, tries % 2 === 0 ? pools : pools.toReversed(), { step });
        if ((await storage.claimPools(claim)).granted) return;
        if (tries === 1000) throw new Error(`${step} of ${id} never got its turn`);
        await setTimeout(2);
        await take(id, step, tries + 1);
      };
      const work = async (id: string, step: string) => {
        await take(id, step, 0);
        granted++;
        most = Math.max(most, ++held);
        await setTimeout(1);
        held--;
        await storage.releasePools(runId(id), 1, step);
      };
      await Promise.all(
        ids.flatMap((id) => Array.from({ length: 8 }, (_, index) => work(id, `step${index}`))),
      );
      expect(granted).toBe(32);
      expect(most).toBeLessThanOrEqual(3);
      expect(await storage.poolLeases()).toEqual([]);
    });
  });
}
