import { describe, expect, test } from "vitest";
import type { BackfillId, BackfillRecord, BackfillState } from "../../platform/core/backfill.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { newRun, runId } from "./stored-runs.ts";

const state: BackfillState = {
  assets: {
    orders: {
      targets: { kind: "ranges", ranges: [["2026-01-01", "2026-01-03"]], count: 3 },
      left: { kind: "keys", keys: ["2026-01-03"] },
      failed: null,
      blocked: null,
      counts: { total: 3, done: 2, running: 0, waiting: 1, failed: 0, blocked: 0 },
    },
  },
  runs: [],
  plannedRuns: 3,
  launchedRuns: 2,
  round: 0,
  reasons: [],
};

function backfill(id: string, more: Partial<BackfillRecord> = {}): BackfillRecord {
  return {
    id: id as BackfillId,
    status: "running",
    request: { selection: "orders", partition: "all", order: "oldest", maxRuns: 20, tags: {} },
    state,
    version: 1,
    createdAtMs: 1000,
    updatedAtMs: 1000,
    ...more,
  };
}

const change = (id: string, expectedVersion: number) => ({
  id: id as BackfillId,
  expectedVersion,
  status: "running" as const,
  state,
  at: 2000,
  runs: [],
});

/** Backfills and their runs. */
export function backfillsConformance(open: () => Promise<Storage>): void {
  describe("backfills", () => {
    test("a backfill is remembered as it was asked for, and once", async () => {
      await using storage = await open();
      await storage.createBackfill(backfill("b1"));
      await storage.createBackfill(backfill("b1", { status: "paused" }));
      expect(await storage.getBackfill("b1" as BackfillId)).toEqual(backfill("b1"));
      expect(await storage.getBackfill("b2" as BackfillId)).toBeUndefined();
    });

    test("a step is recorded with its runs", async () => {
      await using storage = await open();
      await storage.createBackfill(backfill("b1"));
      const { recorded, runs } = await storage.changeBackfill({
        ...change("b1", 1),
        status: "paused",
        state: { ...state, launchedRuns: 3 },
        runs: [newRun("r1"), newRun("r2")],
      });
      expect([recorded, runs.map(({ id }) => id)]).toEqual([true, ["r1", "r2"]]);
      expect(await storage.getBackfill("b1" as BackfillId)).toMatchObject({
        status: "paused",
        version: 2,
        updatedAtMs: 2000,
        state: { launchedRuns: 3 },
      });
    });

    test("of two steps from the same version one is recorded, and the other's runs are not", async () => {
      await using storage = await open();
      await storage.createBackfill(backfill("b1"));
      const steps = await Promise.all(
        ["r1", "r2"].map((id) => storage.changeBackfill({ ...change("b1", 1), runs: [newRun(id)] })),
      );
      expect(steps.map(({ recorded }) => recorded).toSorted()).toEqual([false, true]);
      expect(await storage.findRuns([runId("r1"), runId("r2")])).toHaveLength(1);
      expect(await storage.getBackfill("b1" as BackfillId)).toMatchObject({ version: 2 });
    });

    test("a step whose run cannot be recorded changes nothing", async () => {
      await using storage = await open();
      await storage.createRun(newRun("r1"));
      await storage.createBackfill(backfill("b1"));
      await expect(
        storage.changeBackfill({ ...change("b1", 1), runs: [newRun("r2"), newRun("r1")] }),
      ).rejects.toMatchObject({ reason: "run-exists" });
      expect(await storage.getBackfill("b1" as BackfillId)).toEqual(backfill("b1"));
      expect(await storage.getRun(runId("r2"))).toBeUndefined();
    });

    test("backfills are listed newest first, by status and page by page", async () => {
      await using storage = await open();
      for (const [at, id] of ["b1", "b2", "b3"].entries())
        await storage.createBackfill(
          backfill(id, {
            createdAtMs: 1000 + (at === 2 ? 1 : at),
            status: id === "b2" ? "paused" : "running",
          }),
        );
      const listed = async (filter: Parameters<Storage["listBackfills"]>[0]) =>
        (await storage.listBackfills(filter)).map(({ id }) => id);
      expect(await listed({ limit: 9 })).toEqual(["b3", "b2", "b1"]);
      expect(await listed({ limit: 1, before: "b3" as BackfillId })).toEqual(["b2"]);
      expect(await listed({ limit: 9, status: ["running"] })).toEqual(["b3", "b1"]);
    });

    test("an ended backfill is not active, and one that goes on again is", async () => {
      await using storage = await open();
      await storage.createBackfill(backfill("b1"));
      await storage.createBackfill(backfill("b2"));
      await storage.changeBackfill({ ...change("b1", 1), status: "failure", endedAtMs: 2000 });
      expect([...(await storage.activeBackfills())]).toEqual([["b2", 1]]);
      expect(await storage.getBackfill("b1" as BackfillId)).toMatchObject({ endedAtMs: 2000 });
      await storage.changeBackfill(change("b1", 2));
      expect([...(await storage.activeBackfills())]).toEqual([
        ["b1", 3],
        ["b2", 1],
      ]);
      expect(await storage.getBackfill("b1" as BackfillId)).not.toHaveProperty("endedAtMs");
    });

    test("whoever listens is told of a backfill that has no run yet", async () => {
      await using storage = await open();
      const { promise, resolve } = Promise.withResolvers<void>();
      const end = storage.subscribe(() => resolve());
      await storage.createBackfill(backfill("b1"));
      await promise;
      end();
    });
  });
}
