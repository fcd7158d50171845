import { describe, expect, test } from "vitest";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { asset, begun, checkOf, evaluated, failed, materialized, planOf, runId } from "./stored-runs.ts";

const snapshotOf = (id: string) => ({ id, schema: "dop.snapshot/1" }) as unknown as DefinitionsSnapshot;
const plan = planOf([{ key: "a", assets: [asset("a")], partitions: ["1", "2"] }]);

/** Two runs that ended at about 2010, one of them after `late`, and one that goes on. */
async function filled(storage: Storage) {
  for (const id of ["s1", "s2", "s3", "unused"]) await storage.putSnapshot(snapshotOf(id), 1);
  const old = await begun(storage, "r1", { plan, snapshotId: "s1" });
  await old.append(
    { type: "log", level: "info", message: "noise" },
    { type: "step.started", step: "a", attempt: 1 },
    { ...materialized("a", "1"), dataVersion: "v" } as never,
    failed("a", "2"),
    evaluated("a:fine", true),
    { type: "run.succeeded" },
  );
  const going = await begun(storage, "r2", { plan, snapshotId: "s2" });
  await going.append({ type: "log", level: "info", message: "kept" });
  const late = await begun(storage, "r3", { plan, snapshotId: "s3", createdAtMs: 5000 });
  await storage.setRunStatus(runId("r3"), "failure", { at: 900_000 });
  return { old, going, late };
}

const typesOf = async (storage: Storage, id: string) =>
  (await storage.listEvents(runId(id), { limit: 100 })).events.map(({ event }) => event.type);

export function purgeConformance(open: () => Promise<Storage>): void {
  describe("purging", () => {
    test("noise of runs that ended before goes, and what is known of assets and checks stays", async () => {
      await using storage = await open();
      await filled(storage);
      const known = async () => ({
        latest: await storage.latestAssets(),
        facts: await storage.partitionFacts(),
        states: await storage.partitionStates(asset("a")),
        checks: await storage.latestChecks([checkOf("a:fine")]),
        history: await storage.assetHistory(asset("a"), { limit: 100 }),
        runs: await storage.listRuns({ limit: 100 }),
        steps: await storage.listSteps(runId("r1")),
      });
      const before = await known();
      expect(before.history.length).toBeGreaterThan(2);
      const counts = await storage.purge({ beforeMs: 100_000 });
      expect(counts).toEqual({ events: 5, plans: 1, snapshots: 2, ticks: 0 });
      expect(await known()).toEqual(before);
      expect(await typesOf(storage, "r1")).toEqual(["asset.materialized", "asset.failed", "check.evaluated"]);
    });

    test("runs that go on or ended later lose nothing", async () => {
      await using storage = await open();
      await filled(storage);
      await storage.purge({ beforeMs: 100_000 });
      expect(await typesOf(storage, "r2")).toEqual(["run.starting", "run.started", "log"]);
      expect(await typesOf(storage, "r3")).toHaveLength(3);
      expect(await storage.getPlan(runId("r1"))).toBeUndefined();
      expect(await storage.getPlan(runId("r2"))).toEqual(plan);
      expect(await storage.getPlan(runId("r3"))).toEqual(plan);
      const snapshots = await Promise.all(["s1", "s2", "s3", "unused"].map((id) => storage.getSnapshot(id)));
      expect(snapshots.map((snapshot) => snapshot?.id)).toEqual([undefined, "s2", "s3", undefined]);
    });

    test("a dry run counts the same and removes nothing; a second run finds nothing", async () => {
      await using storage = await open();
      await filled(storage);
      const events = await typesOf(storage, "r1");
      const counted = await storage.purge({ beforeMs: 100_000, dryRun: true });
      expect(await typesOf(storage, "r1")).toEqual(events);
      expect(await storage.purge({ beforeMs: 100_000 })).toEqual(counted);
      const nothing = { events: 0, plans: 0, snapshots: 0, ticks: 0 };
      expect(await storage.purge({ beforeMs: 100_000 })).toEqual(nothing);
    });

    test("the end of the log does not go back when its newest event is noise", async () => {
      await using storage = await open();
      const old = await begun(storage, "r1", { plan });
      await old.append(materialized("a", "1"), { type: "run.succeeded" });
      const newest = await storage.newestCursor();
      await storage.purge({ beforeMs: 100_000 });
      expect(await storage.newestCursor()).toBe(newest);
      expect(await typesOf(storage, "r1")).toEqual(["asset.materialized", "run.succeeded"]);
    });

    test("the newest run's snapshot stays however old it is", async () => {
      await using storage = await open();
      await storage.putSnapshot(snapshotOf("s1"), 1);
      const { append } = await begun(storage, "r1", { snapshotId: "s1" });
      await append({ type: "run.succeeded" });
      await storage.purge({ beforeMs: 1_000_000 });
      expect(await storage.getSnapshot("s1")).toMatchObject({ id: "s1" });
    });

    test("old ticks go but for the newest of each instigator", async () => {
      await using storage = await open();
      for (const [instigator, at] of [
        ["a", 1],
        ["a", 2],
        ["b", 1],
        ["a", 5000],
      ] as const) {
        const base = { status: "success", startedAtMs: at, endedAtMs: at, runs: [], cursors: [] } as const;
        await storage.commitTick({ ...base, instigator, scheduledAtMs: at });
      }
      expect(await storage.purge({ beforeMs: 1000 })).toMatchObject({ ticks: 2 });
      const left = async (instigator: string) =>
        (await storage.listTicks(instigator, { limit: 9 })).map(({ scheduledAtMs }) => scheduledAtMs);
      expect([await left("a"), await left("b")]).toEqual([[5000], [1]]);
    });

    test("more than one batch is removed to the last event", async () => {
      await using storage = await open();
      const { event, append } = await begun(storage);
      const logs = Array.from({ length: 4500 }, () => event({ type: "log", level: "info", message: "x" }));
      await storage.appendEvents(logs);
      await append({ type: "run.succeeded" });
      await begun(storage, "r2");
      expect(await storage.purge({ beforeMs: 1_000_000 })).toMatchObject({ events: 4503 });
      expect(await typesOf(storage, "r1")).toEqual([]);
    });

    test("the storage tells of itself", async () => {
      await using storage = await open();
      await filled(storage);
      const { dialect, schema, sizeBytes, runs, events } = await storage.describe();
      expect({ dialect, runs, events }).toEqual({
        dialect: expect.stringMatching(/^(sqlite|postgres)$/),
        runs: 3,
        events: 14,
      });
      expect(schema).toBeGreaterThan(0);
      expect(sizeBytes).toBeGreaterThan(10_000);
    });
  });
}
