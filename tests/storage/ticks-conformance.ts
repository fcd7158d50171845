import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { Storage, TickCommit } from "../../platform/storage/storage.ts";
import { newRun, runId } from "./stored-runs.ts";

function tick(scheduledAtMs: number, more: Partial<TickCommit> = {}): TickCommit {
  return {
    instigator: "nightly",
    scheduledAtMs,
    status: "success",
    startedAtMs: scheduledAtMs + 1,
    endedAtMs: scheduledAtMs + 2,
    runs: [],
    cursors: [],
    ...more,
  };
}

const keyed = (id: string, runKey: string) => newRun(id, { request: { assets: [], tags: {}, runKey } });
const ids = (runs: readonly { id: string }[]) => runs.map(({ id }) => id);

/** Ticks, cursors, dynamic partitions and values. */
export function ticksConformance(open: () => Promise<Storage>): void {
  describe("ticks", () => {
    test("a tick is recorded with its runs and its cursors", async () => {
      await using storage = await open();
      const { recorded, runs } = await storage.commitTick(
        tick(100, {
          runs: [newRun("r1"), newRun("r2")],
          cursors: [
            { name: "files", value: "7" },
            { name: "old", value: null },
          ],
          body: { proof: ["due"] },
        }),
      );
      expect([recorded, ids(runs)]).toEqual([true, ["r1", "r2"]]);
      expect(await storage.getCursor("files")).toBe("7");
      expect(await storage.listTicks("nightly", { limit: 9 })).toEqual([
        {
          id: expect.any(Number),
          instigator: "nightly",
          scheduledAtMs: 100,
          status: "success",
          startedAtMs: 101,
          endedAtMs: 102,
          runIds: ["r1", "r2"],
          body: { proof: ["due"] },
        },
      ]);
    });

    test("a tick of the same time changes nothing and gives the runs of the first", async () => {
      await using storage = await open();
      await storage.commitTick(tick(100, { runs: [newRun("r1")], cursors: [{ name: "c", value: "1" }] }));
      const again = await storage.commitTick(
        tick(100, { runs: [newRun("r2")], cursors: [{ name: "c", value: "2" }] }),
      );
      expect([again.recorded, ids(again.runs)]).toEqual([false, ["r1"]]);
      expect(await storage.getRun(runId("r2"))).toBeUndefined();
      expect(await storage.getCursor("c")).toBe("1");
      const other = await storage.commitTick(tick(100, { instigator: "other", runs: [newRun("r3")] }));
      expect(other.recorded).toBe(true);
    });

    test("of many that commit the same tick at once one does", async () => {
      await using storage = await open();
      const commits = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          storage.commitTick(tick(100, { runs: [newRun(`r${index}`)] })),
        ),
      );
      expect(commits.filter(({ recorded }) => recorded)).toHaveLength(1);
      expect(new Set(commits.flatMap(({ runs }) => ids(runs))).size).toBe(1);
      expect(await storage.listRuns({ limit: 9 })).toHaveLength(1);
    });

    test("a run key makes one run however many ticks ask for it", async () => {
      await using storage = await open();
      await storage.commitTick(tick(100, { runs: [keyed("r1", "file-a")] }));
      const next = await storage.commitTick(
        tick(200, { runs: [keyed("r2", "file-a"), keyed("r3", "file-b"), keyed("r4", "file-b")] }),
      );
      expect(ids(next.runs)).toEqual(["r3"]);
      const other = await storage.commitTick(
        tick(200, { instigator: "other", runs: [keyed("r5", "file-a")] }),
      );
      expect(ids(other.runs)).toEqual(["r5"]);
      expect((await storage.listTicks("nightly", { limit: 1 }))[0]?.runIds).toEqual(["r3"]);
    });

    test("what of a tick cannot be stored leaves nothing of it", async () => {
      await using storage = await open();
      await storage.createRun(newRun("r1"));
      const commit = storage.commitTick(
        tick(100, { runs: [keyed("r2", "k"), newRun("r1")], cursors: [{ name: "c", value: "1" }] }),
      );
      await expect(commit).rejects.toMatchObject({ reason: "run-exists" });
      expect(await storage.listTicks("nightly", { limit: 9 })).toEqual([]);
      expect(await storage.getRun(runId("r2"))).toBeUndefined();
      const again = await storage.commitTick(tick(100, { runs: [keyed("r2", "k")] }));
      expect(ids(again.runs)).toEqual(["r2"]);
    });

    test("what a tick tells of freshness stands in the log once, and numbered for each asset", async () => {
      await using storage = await open();
      const asset = "raw/orders" as AssetKey;
      const other = {
        asset: "raw/other" as AssetKey,
        from: "unknown",
        to: "pass",
        reason: "materialized",
      } as const;
      const late = { asset, from: "pass", to: "fail", reason: "time", since: 90, due: 90 } as const;
      const heard: string[] = [];
      storage.subscribe(({ events }) => heard.push(...events.map(({ event }) => event.type)));
      await storage.commitTick(tick(100, { freshness: [late, other] }));
      await storage.commitTick(tick(100, { freshness: [late] }));
      await storage.commitTick(tick(200, { freshness: [{ ...late, from: "fail", to: "pass" }] }));
      const { freshness, cursor } = await storage.changesSince(0, 100);
      expect(freshness.map(({ asset, to, at }) => [asset, to, at])).toEqual([
        ["raw/orders", "fail", 102],
        ["raw/other", "pass", 102],
        ["raw/orders", "pass", expect.any(Number)],
      ]);
      expect(freshness[0]).toMatchObject(late);
      expect((await storage.changesSince(cursor, 100)).freshness).toEqual([]);
      const history = await storage.freshnessHistory(asset, { limit: 5 });
      expect(history.map(({ event }) => [event.seq, event.type])).toEqual([
        [2, "freshness.changed"],
        [1, "freshness.changed"],
      ]);
      await expect.poll(() => heard).toHaveLength(3);
    });

    test("ticks are listed newest first, page by page", async () => {
      await using storage = await open();
      for (const at of [1, 2, 3]) {
        await storage.commitTick(tick(at, { status: "skipped", reason: `nothing new at ${at}` }));
      }
      const first = await storage.listTicks("nightly", { limit: 2 });
      expect(first.map(({ reason }) => reason)).toEqual(["nothing new at 3", "nothing new at 2"]);
      const rest = await storage.listTicks("nightly", { limit: 2, before: first.at(-1)?.id as number });
      expect(rest.map(({ scheduledAtMs }) => scheduledAtMs)).toEqual([1]);
      expect(await storage.listTicks("other", { limit: 2 })).toEqual([]);
    });
  });

  describe("what is kept by name", () => {
    test("a cursor is swapped by whoever knows it, and by nobody else", async () => {
      await using storage = await open();
      const swaps = [
        { expected: null, value: "1", isSwapped: true },
        { expected: null, value: "2", isSwapped: false },
        { expected: "1", value: "2", isSwapped: true },
        { expected: "1", value: null, isSwapped: false },
        { expected: "2", value: null, isSwapped: true },
        { expected: null, value: null, isSwapped: true },
      ];
      const found: boolean[] = [];
      for (const { expected, value } of swaps) found.push(await storage.swapCursor("c", { expected, value }));
      expect(found).toEqual(swaps.map(({ isSwapped }) => isSwapped));
      expect(await storage.getCursor("c")).toBeUndefined();
    });

    test("a cursor is set, replaced and forgotten", async () => {
      await using storage = await open();
      expect(await storage.getCursor("c")).toBeUndefined();
      await storage.setCursor("c", "1");
      await storage.setCursor("c", "2");
      expect(await storage.getCursor("c")).toBe("2");
      await storage.setCursor("c", undefined);
      expect(await storage.getCursor("c")).toBeUndefined();
    });

    test("dynamic partitions are listed in the order of adding, each once", async () => {
      await using storage = await open();
      expect(await storage.addPartitions("regions", ["us", "eu", "us"], 1)).toBe(2);
      expect(await storage.addPartitions("regions", ["asia", "eu"], 2)).toBe(1);
      expect(await storage.addPartitions("other", ["us"], 3)).toBe(1);
      expect(await storage.listPartitions("regions")).toEqual(["us", "eu", "asia"]);
      expect(await storage.removePartitions("regions", ["us", "mars"])).toBe(1);
      await storage.addPartitions("regions", ["us"], 4);
      expect(await storage.listPartitions("regions")).toEqual(["eu", "asia", "us"]);
      expect(await storage.listPartitions("nothing")).toEqual([]);
      expect(await storage.addPartitions("regions", [], 5)).toBe(0);
    });

    test("a value is swapped only for the expected one", async () => {
      await using storage = await open();
      const swap = (expected: string | undefined, value: string | undefined) =>
        storage.swapValue("k", { expected, value });
      expect(await swap("1", "2")).toBe(false);
      expect(await swap(undefined, "1")).toBe(true);
      expect(await swap(undefined, "9")).toBe(false);
      expect(await swap("1", "2")).toBe(true);
      expect(await swap("1", undefined)).toBe(false);
      expect(await storage.getValue("k")).toBe("2");
      expect(await swap("2", undefined)).toBe(true);
      expect(await swap(undefined, undefined)).toBe(true);
      expect(await storage.getValue("k")).toBeUndefined();
    });

    test("of many that swap at once one does", async () => {
      await using storage = await open();
      await storage.setValue("k", "0");
      const swaps = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          storage.swapValue("k", { expected: "0", value: `by ${index}` }),
        ),
      );
      expect(swaps.filter(Boolean)).toHaveLength(1);
    });
  });
}
