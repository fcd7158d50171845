import { describe, expect, test } from "vitest";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import {
  asset,
  begun,
  checkOf,
  evaluated,
  failed,
  materialized,
  newRun,
  planOf,
  runId,
} from "./stored-runs.ts";

const observed = (text: string): RunEventBody => ({
  type: "asset.observed",
  step: text,
  asset: asset(text),
  partition: null,
  metadata: {},
  dataVersion: "1",
});
const failure: RunEventBody = { type: "run.failed", error: { name: "Error", message: "no" } };
const planned = (key: string, partitions?: readonly string[]) =>
  planOf([{ key, assets: [asset(key)], ...(partitions === undefined ? {} : { partitions }) }]);

/** What a daemon reads in bulk. */
export function automationConformance(open: () => Promise<Storage>): void {
  describe("what automation reads", () => {
    test("the log is followed by what became known after a place", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      const before = await storage.newestCursor();
      await append(materialized("a", "x"), observed("b"), evaluated("a:ok", true), { type: "run.succeeded" });
      const changes = await storage.changesSince(before, 100);
      expect(changes).toMatchObject({
        cursor: await storage.newestCursor(),
        more: false,
        updates: [
          { type: "materialized", asset: "a", partition: "x", runId: "r1" },
          { type: "observed", asset: "b", partition: null, runId: "r1" },
        ],
        checks: [{ check: "a:ok", runId: "r1" }],
        ended: ["r1"],
      });
      expect(await storage.changesSince(changes.cursor, 100)).toEqual({
        cursor: changes.cursor,
        freshness: [],
        more: false,
        updates: [],
        checks: [],
        ended: [],
      });
    });

    test("a long log is followed page by page, nothing left out", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(...["a", "b", "c", "d", "e"].map((key) => materialized(key)));
      const found: string[] = [];
      let cursor = 0;
      for (let more = true; more; ) {
        const page = await storage.changesSince(cursor, 2);
        found.push(...page.updates.map((update) => update.asset));
        ({ cursor, more } = page);
      }
      expect(found).toEqual(["a", "b", "c", "d", "e"]);
    });

    test("newest updates tell when the work began and since when the data is what it is", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append({ type: "step.started", step: "a", attempt: 1 } as RunEventBody);
      await append(materialized("a", "x"));
      const { updates } = await storage.updateFacts();
      const [update] = updates;
      expect(updates).toMatchObject([{ type: "materialized", asset: "a", partition: "x", runId: "r1" }]);
      expect(update?.started.cursor).toBe((update?.cursor ?? 0) - 1);
      expect(update?.changed).toEqual({ cursor: update?.cursor, at: update?.at });
    });

    test("updates and answers are those of the chosen keys, after the place", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(materialized("a"), evaluated("a:ok", false));
      const middle = await storage.newestCursor();
      await append(materialized("b"), observed("c"), evaluated("b:ok", true));
      const keysOf = async (filter: Parameters<Storage["updateFacts"]>[0]) => {
        const { updates, answers } = await storage.updateFacts(filter);
        return [
          ...updates.map((one) => one.asset),
          ...answers.map((one) => `${one.check} ${one.passed}`),
        ].toSorted();
      };
      expect(await keysOf({})).toEqual(["a", "a:ok false", "b", "b:ok true", "c"]);
      expect(await keysOf({ after: middle })).toEqual(["b", "b:ok true", "c"]);
      expect(await keysOf({ assets: [asset("a"), asset("c")], checks: [] })).toEqual(["a", "c"]);
      expect(await keysOf({ assets: [], checks: [checkOf("a:ok")] })).toEqual(["a:ok false"]);
    });

    test("what a run failed to make is known until it is made or planned again", async () => {
      await using storage = await open();
      const first = await begun(storage, "r1", { plan: planned("a", ["x", "y"]) });
      await first.append(materialized("a", "x"), failed("a", "y"), failure);
      expect(await storage.failedOutputs()).toEqual([{ asset: "a", partition: "y", runId: "r1" }]);
      await storage.createRun(newRun("r2", { plan: planned("a", ["y"]) }));
      expect(await storage.failedOutputs()).toEqual([]);
    });

    test("a canceled run failed to make nothing", async () => {
      await using storage = await open();
      const { append } = await begun(storage, "r1", { plan: planned("a") });
      await append({ type: "run.canceled" });
      expect(await storage.failedOutputs()).toEqual([]);
    });

    test("runs that have not ended are listed, and runs and plans are found by their ids", async () => {
      await using storage = await open();
      const { append } = await begun(storage, "r1", { plan: planned("a") });
      await storage.createRun(newRun("r2", { status: "queued", plan: planned("b") }));
      expect((await storage.unfinishedRuns()).toSorted()).toEqual(["r1", "r2"]);
      await append({ type: "run.succeeded" });
      expect(await storage.unfinishedRuns()).toEqual(["r2"]);
      const ids = [runId("r2"), runId("gone"), runId("r1")];
      expect((await storage.findRuns(ids)).map(({ id }) => id)).toEqual(["r2", "r1"]);
      expect(
        [...(await storage.getPlans(ids))].map(([id, { steps }]) => [id, steps[0]?.key]).toSorted(),
      ).toEqual([
        ["r1", "a"],
        ["r2", "b"],
      ]);
    });

    test("cursors are listed by the beginning of their names", async () => {
      await using storage = await open();
      for (const name of ["a/x", "a/y/z", "b/x", "a"]) await storage.setCursor(name, name.toUpperCase());
      expect(await storage.listCursors("a/")).toEqual(
        new Map([
          ["x", "A/X"],
          ["y/z", "A/Y/Z"],
        ]),
      );
    });

    test("cursors are listed page by page, and many are forgotten at once", async () => {
      await using storage = await open();
      for (const name of ["a/1", "a/2", "a/3", "b/1"]) await storage.setCursor(name, name);
      expect([...(await storage.listCursors("a/", { limit: 2 })).keys()]).toEqual(["1", "2"]);
      expect([...(await storage.listCursors("a/", { limit: 2, after: "2" })).keys()]).toEqual(["3"]);
      await storage.removeCursors(["a/1", "a/3", "unknown"]);
      expect([...(await storage.listCursors("a/")).keys()]).toEqual(["2"]);
      expect(await storage.getCursor("b/1")).toBe("b/1");
    });

    test("a tick whose turn is over changes nothing", async () => {
      await using storage = await open();
      const tick = (at: number, expected: string | null, value: string) =>
        storage.commitTick({
          instigator: "group",
          scheduledAtMs: at,
          status: "success",
          startedAtMs: at,
          endedAtMs: at,
          runs: [newRun(`r${at}`)],
          cursors: [{ name: "state", value: String(at) }],
          turn: { name: "turn", expected, value },
        });
      expect((await tick(1, null, "one")).recorded).toBe(true);
      expect(await tick(2, null, "other")).toEqual({ recorded: false, runs: [] });
      expect(await tick(3, "old", "other")).toEqual({ recorded: false, runs: [] });
      expect([await storage.getCursor("turn"), await storage.getCursor("state")]).toEqual(["one", "1"]);
      expect((await tick(4, "one", "two")).recorded).toBe(true);
      expect((await storage.listRuns({ limit: 9 })).map(({ id }) => id).toSorted()).toEqual(["r1", "r4"]);
    });
  });
}
