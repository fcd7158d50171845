import { describe, expect, test } from "vitest";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunStatus } from "../../platform/core/run.ts";
import type { Storage, StorageChange } from "../../platform/storage/storage.ts";
import { attemptsConformance } from "./attempts-conformance.ts";
import { automationConformance } from "./automation-conformance.ts";
import { backfillsConformance } from "./backfills-conformance.ts";
import { factsConformance } from "./facts-conformance.ts";
import { purgeConformance } from "./purge-conformance.ts";
import {
  asset,
  begun,
  checkOf,
  evaluated,
  failed,
  materialized,
  newRun,
  planOf,
  request,
  runId,
} from "./stored-runs.ts";
import { ticksConformance } from "./ticks-conformance.ts";

/** What every storage does; `open` gives an empty one. */
export function storageConformance({ name, open }: { name: string; open(): Promise<Storage> }): void {
  describe(name, () => {
    attemptsConformance(open);
    automationConformance(open);
    backfillsConformance(open);
    ticksConformance(open);
    factsConformance(open);
    purgeConformance(open);

    test("a run is remembered as it was asked for", async () => {
      await using storage = await open();
      const plan = planOf([{ key: "a", assets: [asset("a")] }]);
      await storage.createRun(newRun("r1", { commit: "c0ffee", plan }));
      expect(await storage.getRun(runId("r1"))).toEqual({
        id: "r1",
        status: "not_started",
        request,
        snapshotId: "s1",
        commit: "c0ffee",
        epoch: 0,
        createdAtMs: 1000,
      });
      expect(await storage.getPlan(runId("r1"))).toEqual(plan);
      expect(await storage.getRun(runId("r2"))).toBeUndefined();
      expect(await storage.getPlan(runId("r2"))).toBeUndefined();
    });

    test("a second run with the same id is refused and changes nothing", async () => {
      await using storage = await open();
      await storage.createRun(newRun("r1"));
      await expect(storage.createRun(newRun("r1", { snapshotId: "s2" }))).rejects.toMatchObject({
        reason: "run-exists",
      });
      expect(await storage.getRun(runId("r1"))).toMatchObject({ snapshotId: "s1" });
    });

    test("a run goes from its start to its end with its times", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append({ type: "run.succeeded" });
      expect(await storage.getRun(runId("r1"))).toMatchObject({
        status: "success",
        epoch: 1,
        startedAtMs: 2001,
        endedAtMs: 2002,
      });
    });

    test("a failed run keeps the first line of its error", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append({ type: "run.failed", error: { name: "Error", message: "broken\nwith details" } });
      expect(await storage.getRun(runId("r1"))).toMatchObject({ status: "failure", failure: "broken" });
    });

    test.for([
      { from: "not_started", to: "queued", allowed: true },
      { from: "not_started", to: "canceled", allowed: true },
      { from: "queued", to: "canceled", allowed: true },
      { from: "queued", to: "success", allowed: false },
      { from: "not_started", to: "started", allowed: false },
      { from: "started", to: "canceling", allowed: true },
      { from: "started", to: "failure", allowed: true },
      { from: "started", to: "queued", allowed: false },
      { from: "canceling", to: "canceled", allowed: true },
      { from: "canceling", to: "success", allowed: true },
      { from: "canceling", to: "started", allowed: false },
      { from: "success", to: "failure", allowed: false },
      { from: "success", to: "queued", allowed: false },
      { from: "canceled", to: "started", allowed: false },
    ] as const)("from $from to $to: $allowed", async ({ from, to, allowed }) => {
      await using storage = await open();
      await reach(storage, from);
      const change = storage.setRunStatus(runId("r1"), to, { at: 5000 });
      if (allowed) expect(await change).toMatchObject({ status: to });
      else {
        await expect(change).rejects.toMatchObject({ reason: "refused-transition" });
        expect(await storage.getRun(runId("r1"))).toMatchObject({ status: from });
      }
    });

    test("a change of an unknown run is refused", async () => {
      await using storage = await open();
      await expect(storage.setRunStatus(runId("r9"), "canceled", { at: 1 })).rejects.toMatchObject({
        reason: "unknown-run",
      });
      await expect(storage.startAttempt(runId("r9"), 1)).rejects.toMatchObject({ reason: "unknown-run" });
    });

    test("an ended run begins no attempt", async () => {
      await using storage = await open();
      await reach(storage, "success");
      await expect(storage.startAttempt(runId("r1"), 1)).rejects.toMatchObject({
        reason: "refused-transition",
      });
    });

    test("changes from outside stand in the run's log", async () => {
      await using storage = await open();
      await begun(storage);
      await storage.setRunStatus(runId("r1"), "canceling", { at: 3000 });
      await storage.setRunStatus(runId("r1"), "failure", {
        at: 4000,
        error: { name: "Error", message: "too long" },
      });
      const { events } = await storage.listEvents(runId("r1"), { limit: 10 });
      expect(events.map(({ event }) => [event.type, event.epoch])).toEqual([
        ["run.starting", 0],
        ["run.started", 1],
        ["run.canceling", 0],
        ["run.failed", 0],
      ]);
    });

    test("events that are sent again change nothing", async () => {
      await using storage = await open();
      const { event } = await begun(storage);
      const events = [event(materialized("a")), event({ type: "run.succeeded" })];
      expect(await storage.appendEvents(events)).toEqual({ appended: 2, repeated: 0, refused: 0 });
      expect(await storage.appendEvents(events)).toEqual({ appended: 0, repeated: 2, refused: 0 });
      expect((await storage.listEvents(runId("r1"), { limit: 10 })).events).toHaveLength(4);
    });

    test("what an earlier attempt still sends is refused", async () => {
      await using storage = await open();
      const { event, append } = await begun(storage);
      const epoch = await storage.startAttempt(runId("r1"), 3000);
      expect(epoch).toBe(2);
      expect(await append(materialized("a"), { type: "run.succeeded" })).toEqual({
        appended: 0,
        repeated: 0,
        refused: 2,
      });
      expect(await storage.getRun(runId("r1"))).toMatchObject({ status: "started", epoch: 2 });
      expect(await storage.latestAssets()).toEqual(new Map());
      const result = await storage.appendEvents([{ ...event(materialized("a")), epoch, seq: 1 }]);
      expect(result).toEqual({ appended: 1, repeated: 0, refused: 0 });
    });

    test("events of unknown runs and of epoch 0 are refused and the others of the batch are kept", async () => {
      await using storage = await open();
      const { event } = await begun(storage);
      const good = event(materialized("a"));
      const result = await storage.appendEvents([
        { ...good, runId: runId("r9") },
        { ...good, epoch: 0 },
        good,
      ]);
      expect(result).toEqual({ appended: 1, repeated: 0, refused: 2 });
    });

    test("late events of an ended run are recorded and do not change its status", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await storage.setRunStatus(runId("r1"), "failure", { at: 3000 });
      await append(materialized("a"), { type: "run.succeeded" });
      expect(await storage.getRun(runId("r1"))).toMatchObject({ status: "failure", endedAtMs: 3000 });
      expect((await storage.latestAssets()).size).toBe(1);
    });

    test("many writers at once lose nothing and keep their order", async () => {
      await using storage = await open();
      const runs = await Promise.all(["r1", "r2", "r3"].map((id) => begun(storage, id)));
      const results = await Promise.all(
        Array.from({ length: 300 }, (_, index) =>
          runs[index % 3]?.append({ type: "log", level: "info", message: String(index) }),
        ),
      );
      expect(results.every((result) => result?.appended === 1)).toBe(true);
      const { events } = await storage.listEvents(runId("r2"), { limit: 1000, types: ["log"] });
      const messages = events.map(({ event }) => Number("message" in event && event.message));
      expect(messages).toEqual(Array.from({ length: 100 }, (_, index) => index * 3 + 1));
    });

    test("a page of events goes on after the cursor of the last", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(
        ...["a", "b", "c"].map(
          (message) => ({ type: "log", level: "info", message, step: message }) as const,
        ),
      );
      const first = await storage.listEvents(runId("r1"), { limit: 3 });
      expect(first.more).toBe(true);
      const second = await storage.listEvents(runId("r1"), { limit: 3, after: first.cursor });
      expect(second.more).toBe(false);
      expect(second.events.map(({ event }) => "message" in event && event.message)).toEqual(["b", "c"]);
      const third = await storage.listEvents(runId("r1"), { limit: 3, after: second.cursor });
      expect(third).toEqual({ events: [], cursor: second.cursor, more: false });
      expect((await storage.listEvents(runId("r1"), { limit: 9, step: "b" })).events).toHaveLength(1);
    });

    test("an event comes back exactly as it was appended", async () => {
      await using storage = await open();
      const { event } = await begun(storage);
      const sent = event({
        type: "step.failed",
        step: "a",
        durationMs: 1.5,
        error: {
          name: "TypeError",
          message: "zéro\u0000 'quoted' 😀",
          stack: "at x",
          cause: { name: "E", message: "" },
        },
      });
      await storage.appendEvents([sent]);
      const { events } = await storage.listEvents(runId("r1"), { limit: 9, types: ["step.failed"] });
      expect(events.map(({ event: stored }) => stored)).toEqual([sent]);
    });

    test("the steps of a run are there when it is created and follow its events", async () => {
      await using storage = await open();
      const plan = planOf([{ key: "b" }, { key: "a" }, { key: "c" }, { key: "d" }]);
      const { append } = await begun(storage, "r1", { plan });
      const error = { name: "Error", message: "no\nluck" };
      await append(
        { type: "step.started", step: "b", attempt: 1 },
        { type: "step.retrying", step: "b", attempt: 1, delayMs: 5, error },
        { type: "step.started", step: "b", attempt: 2 },
        { type: "step.succeeded", step: "b", durationMs: 7 },
        { type: "step.started", step: "a", attempt: 1 },
        { type: "step.failed", step: "a", error, durationMs: 1 },
        { type: "step.skipped", step: "c", reason: "`a` failed" },
        { type: "step.started", step: "d", attempt: 1 },
      );
      expect(await storage.listSteps(runId("r1"))).toEqual([
        { step: "b", status: "success", attempt: 2, startedAtMs: 2002, endedAtMs: 2005 },
        { step: "a", status: "failure", attempt: 1, startedAtMs: 2006, endedAtMs: 2007, failure: "no" },
        { step: "c", status: "skipped", attempt: 0, endedAtMs: 2008, failure: "`a` failed" },
        { step: "d", status: "running", attempt: 1, startedAtMs: 2009 },
      ]);
    });

    test.for([
      { status: "canceled", running: "canceled", pending: "canceled" },
      { status: "failure", running: "failure", pending: "skipped" },
    ] as const)("a run that ends as $status ends its steps", async ({ status, running, pending }) => {
      await using storage = await open();
      const { append } = await begun(storage, "r1", { plan: planOf([{ key: "a" }, { key: "b" }]) });
      await append({ type: "step.started", step: "a", attempt: 1 });
      await storage.setRunStatus(runId("r1"), status, { at: 9000 });
      expect((await storage.listSteps(runId("r1"))).map((step) => step.status)).toEqual([running, pending]);
    });

    test("the latest facts of assets win, each kind for itself", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(materialized("a"), {
        ...materialized("b"),
        dataVersion: "v1",
        codeVersion: "c1",
      } as RunEventBody);
      await append({ ...materialized("a", "2026-01-02"), metadata: {} } as RunEventBody, failed("a"));
      await append({ ...materialized("a"), type: "asset.observed" } as RunEventBody);
      const all = await storage.latestAssets();
      expect(all.get(asset("b"))).toEqual({
        asset: "b",
        materialized: {
          runId: "r1",
          step: "b",
          at: 2003,
          partition: null,
          metadata: { row_count: { type: "int", value: 1 } },
          dataVersion: "v1",
          codeVersion: "c1",
        },
      });
      expect(all.get(asset("a"))).toMatchObject({
        materialized: { at: 2004, partition: "2026-01-02", metadata: {} },
        failed: { at: 2005 },
        observed: { at: 2006 },
      });
      expect([...(await storage.latestAssets([asset("b"), asset("nobody")])).keys()]).toEqual(["b"]);
      expect((await storage.latestAssets([])).size).toBe(0);
      const many = Array.from({ length: 2000 }, (_, index) => asset(`x${index}`));
      expect([...(await storage.latestAssets([...many, asset("a")])).keys()]).toEqual(["a"]);
    });

    test("a word of the control plane about a run stands in its log and changes nothing of it", async () => {
      await using storage = await open();
      await storage.createRun(newRun("r1"));
      await storage.noteRun(runId("r1"), { at: 5, message: "waits for r0" });
      const { events } = await storage.listEvents(runId("r1"), { limit: 10 });
      expect(events.at(-1)?.event).toMatchObject({ type: "log", epoch: 0, at: 5, message: "waits for r0" });
      const before = (await storage.getRun(runId("r1")))?.status;
      await storage.startAttempt(runId("r1"), 6);
      expect([before, (await storage.getRun(runId("r1")))?.status]).toEqual(["not_started", "starting"]);
    });

    test("the latest answer to a check is the newest of all partitions", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(
        evaluated("a:fine", false),
        evaluated("a:fine", true),
        evaluated("a:fine", false, "2026-01-01"),
        evaluated("b:fine", true, "2026-01-02"),
      );
      expect([...(await storage.latestChecks([checkOf("a:fine")])).values()]).toMatchObject([
        { check: "a:fine", partition: "2026-01-01", passed: false, at: 2004 },
      ]);
      expect([...(await storage.latestChecks()).keys()]).toEqual(["a:fine", "b:fine"]);
    });

    test("the history of an asset is newest first, with its checks, page by page", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(materialized("a"), evaluated("a:fine", true), materialized("b"), failed("a"));
      const first = await storage.assetHistory(asset("a"), { limit: 2 });
      expect(first.map(({ event }) => event.type)).toEqual(["asset.failed", "check.evaluated"]);
      const rest = await storage.assetHistory(asset("a"), {
        limit: 2,
        before: first.at(-1)?.cursor as number,
      });
      expect(rest.map(({ event }) => event.type)).toEqual(["asset.materialized"]);
    });

    test("partitions are materialized, failed or in progress", async () => {
      await using storage = await open();
      const partitions = ["1", "2", "3", "4"];
      const plan = planOf([{ key: "a", assets: [asset("a")], partitions }]);
      const { append } = await begun(storage, "r1", { plan });
      await append(
        materialized("a", "1"),
        materialized("a", "2"),
        failed("a", "2"),
        failed("a", "3"),
        materialized("a", "3"),
      );
      expect(await storage.partitionStates(asset("a"))).toEqual({
        materialized: ["1", "3"],
        failed: ["2"],
        inProgress: ["4"],
      });
      await append({ type: "run.succeeded" });
      expect(await storage.partitionStates(asset("a"))).toMatchObject({ inProgress: [] });
    });

    test("runs are listed newest first, by status, tag, asset and page", async () => {
      await using storage = await open();
      for (const [index, id] of ["r1", "r2", "r3", "r4"].entries()) {
        const tags: { [key: string]: string } = index % 2 === 0 ? { team: "a" } : { team: "b" };
        const plan = planOf([{ key: "x", assets: [asset(id === "r4" ? "x" : "y")] }]);
        // Two at the same moment: the id decides.
        const createdAtMs = id === "r4" ? 1002 : 1000 + index;
        await storage.createRun(newRun(id, { createdAtMs, request: { ...request, tags }, plan }));
      }
      await storage.setRunStatus(runId("r2"), "canceled", { at: 1 });
      const ids = async (filter: object) =>
        (await storage.listRuns({ limit: 10, ...filter })).map((run) => run.id);
      expect(await ids({})).toEqual(["r4", "r3", "r2", "r1"]);
      expect(await ids({ limit: 2 })).toEqual(["r4", "r3"]);
      expect(await ids({ before: "r3" })).toEqual(["r2", "r1"]);
      const newest = (await storage.getRun(runId("r3")))?.createdAtMs as number;
      expect(await ids({ before: "r2x", beforeMs: newest })).toEqual(["r2", "r1"]);
      expect(await ids({ before: "r4", beforeMs: newest })).toEqual(["r3", "r2", "r1"]);
      expect(await ids({ status: ["canceled", "queued"] })).toEqual(["r2"]);
      expect(await ids({ status: [] })).toEqual([]);
      expect(await ids({ tags: { team: "a" } })).toEqual(["r3", "r1"]);
      expect(await ids({ asset: "x" })).toEqual(["r4"]);
    });

    test("a snapshot is kept once under its id", async () => {
      await using storage = await open();
      const snapshot = { id: "s1", schema: "dop.snapshot/1", problems: [] } as unknown as DefinitionsSnapshot;
      await storage.putSnapshot(snapshot, 1);
      await storage.putSnapshot({ ...snapshot, environment: "other" }, 2);
      expect(await storage.getSnapshot("s1")).toEqual(snapshot);
      expect(await storage.getSnapshot("s2")).toBeUndefined();
    });

    test("values are set, replaced and forgotten by key", async () => {
      await using storage = await open();
      await storage.setValue("k", "1");
      await storage.setValue("k", "2");
      expect(await storage.getValue("k")).toBe("2");
      await storage.setValue("k", undefined);
      expect(await storage.getValue("k")).toBeUndefined();
    });

    test("listeners hear of what was committed, in order and no longer than they want", async () => {
      await using storage = await open();
      const changes: StorageChange[] = [];
      const stop = storage.subscribe((change) => changes.push(change));
      const { event, append } = await begun(storage);
      const again = event(materialized("a"));
      await storage.appendEvents([again]);
      await storage.appendEvents([again]);
      const told = () => changes.flatMap(({ events }) => events.map(({ event: one }) => one.type));
      await expect.poll(told).toEqual(["run.starting", "run.started", "asset.materialized"]);
      stop();
      await append({ type: "run.succeeded" });
      expect(told()).toHaveLength(3);
      expect(changes.every(({ runs }) => runs.includes(runId("r1")))).toBe(true);
      const cursors = changes.flatMap(({ events }) => events.map(({ cursor }) => cursor));
      expect(cursors).toEqual(cursors.toSorted((a, b) => a - b));
    });
  });
}

async function reach(storage: Storage, status: RunStatus): Promise<void> {
  if (status === "not_started" || status === "queued") {
    await storage.createRun(newRun("r1", { status }));
    return;
  }
  const { append } = await begun(storage);
  if (status === "canceling") await append({ type: "run.canceling" });
  if (status === "success") await append({ type: "run.succeeded" });
  if (status === "canceled") await append({ type: "run.canceled" });
}
