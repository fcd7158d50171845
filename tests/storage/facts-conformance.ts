import { describe, expect, test } from "vitest";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { PartitionFact, Storage } from "../../platform/storage/storage.ts";
import { asset, begun, failed, materialized, newRun, planOf, runId } from "./stored-runs.ts";

const made = (key: string, dataVersion?: string, partition: string | null = null): RunEventBody =>
  ({
    ...materialized(key, partition),
    ...(dataVersion === undefined ? {} : { dataVersion }),
  }) as RunEventBody;

const started = (step: string, attempt = 1): RunEventBody => ({ type: "step.started", step, attempt });

/** Cursors of the events of a run, by their numbers. */
async function cursorsOf(storage: Storage, id = "r1"): Promise<ReadonlyMap<number, number>> {
  const { events } = await storage.listEvents(runId(id), { limit: 1000 });
  return new Map(
    events.filter(({ event }) => event.epoch > 0).map(({ event, cursor }) => [event.seq, cursor]),
  );
}

async function factOf(storage: Storage, key: string): Promise<PartitionFact | undefined> {
  return (await storage.partitionFacts([asset(key)])).get(asset(key))?.partitions[0];
}

/** What staleness is judged by, attached files, and steps without a place in the plan. */
export function factsConformance(open: () => Promise<Storage>): void {
  describe("past runs", () => {
    test("a past run is there with its facts, has ended, and is recorded once for its run key", async () => {
      await using storage = await open();
      const past = (id: string) =>
        newRun(id, { source: "project sales", request: { assets: [asset("a")], tags: {}, runKey: "7 a" } });
      const observed = { ...made("a", "v1"), type: "asset.observed" } as RunEventBody;
      expect(await storage.recordPastRun(past("p1"), [observed])).toBe(true);
      expect(await storage.recordPastRun(past("p2"), [observed])).toBe(false);
      expect(await storage.claimAttempt("w", { leaseMs: 1000 })).toBeUndefined();
      expect(await storage.getRun(runId("p1"))).toMatchObject({
        status: "success",
        epoch: 1,
        endedAtMs: 1000,
      });
      expect(await storage.getRun(runId("p2"))).toBeUndefined();
      expect(await factOf(storage, "a")).toMatchObject({ runId: "p1", at: 1000, dataVersion: "v1" });
    });
  });

  describe("times of events", () => {
    test("events that are there tell when they happened", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(started("a"), made("a"));
      const { events } = await storage.listEvents(runId("r1"), { limit: 1000 });
      const times = await storage.eventTimes([...events.map(({ cursor }) => cursor), 99_999]);
      expect([...times].toSorted(([a], [b]) => a - b)).toEqual(
        events.map(({ cursor, event }) => [cursor, event.at]),
      );
      expect(await storage.eventTimes([])).toEqual(new Map());
    });
  });

  describe("facts of partitions", () => {
    test("a materialization knows the start of the attempt that made it", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(started("a"));
      await append(started("a", 2), started("b"));
      await append({ ...made("a", "v1"), codeVersion: "c1" } as RunEventBody);
      const cursors = await cursorsOf(storage);
      expect(await factOf(storage, "a")).toEqual({
        partition: null,
        runId: "r1",
        cursor: cursors.get(5),
        startedCursor: cursors.get(3),
        at: 2005,
        dataVersion: "v1",
        changedCursor: cursors.get(5),
        changedAt: 2005,
        codeVersion: "c1",
      });
    });

    test("the start is known also when it stands in the same batch, and without one the event itself counts", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(started("a"), made("a"), made("b"));
      const cursors = await cursorsOf(storage);
      expect((await factOf(storage, "a"))?.startedCursor).toBe(cursors.get(2));
      expect((await factOf(storage, "b"))?.startedCursor).toBe(cursors.get(4));
    });

    test.for([
      { name: "the same version changes nothing", versions: ["v1", "v1"], changed: 2 },
      { name: "another version is a change", versions: ["v1", "v2"], changed: 3 },
      { name: "a version that comes back is a change", versions: ["v1", "v2", "v1"], changed: 4 },
      { name: "after a change the same version stays", versions: ["v1", "v2", "v2"], changed: 3 },
      { name: "without a version each is a change", versions: [undefined, undefined], changed: 3 },
      { name: "a version after none is a change", versions: [undefined, "v1"], changed: 3 },
    ])("$name, in one batch and in several", async ({ versions, changed }) => {
      await using storage = await open();
      const first = await begun(storage, "r1");
      await first.append(...versions.map((version) => made("a", version)));
      expect((await factOf(storage, "a"))?.changedCursor).toBe((await cursorsOf(storage, "r1")).get(changed));
      const second = await begun(storage, "r2");
      for (const version of versions) await second.append(made("b", version));
      const fact = await factOf(storage, "b");
      expect(fact?.changedCursor).toBe((await cursorsOf(storage, "r2")).get(changed));
      expect(fact?.changedAt).toBe(2000 + changed);
    });

    test("a failure changes nothing of what is there", async () => {
      await using storage = await open();
      const { append } = await begun(storage, "r1");
      await append(made("a", "v1", "1"));
      const before = await factOf(storage, "a");
      const later = await begun(storage, "r2");
      await later.append(failed("a", "1"), failed("b", "1"));
      expect(await factOf(storage, "a")).toEqual(before);
      expect(await factOf(storage, "b")).toBeUndefined();
    });

    test("each partition has its own facts, in the order of their text", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(made("a", "x", "2"), made("a", "y", "1"), made("b", "z"));
      const facts = await storage.partitionFacts();
      expect([...facts.keys()].toSorted()).toEqual(["a", "b"]);
      expect(facts.get(asset("a"))?.partitions.map(({ partition }) => partition)).toEqual(["1", "2"]);
      expect((await storage.partitionFacts([])).size).toBe(0);
      expect([...(await storage.partitionFacts([asset("b"), asset("zzz")])).keys()]).toEqual(["b"]);
    });

    test("of an asset that is only observed the observations count", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      const observed = (key: string, version: string) =>
        ({ ...made(key, version), type: "asset.observed" }) as RunEventBody;
      await append(observed("source", "v1"), made("both", "m1"), observed("both", "o1"));
      await append(observed("source", "v1"));
      const cursors = await cursorsOf(storage);
      expect(await factOf(storage, "source")).toMatchObject({
        dataVersion: "v1",
        cursor: cursors.get(5),
        changedCursor: cursors.get(2),
      });
      expect(await factOf(storage, "both")).toMatchObject({ dataVersion: "m1" });
    });

    test("of a failure and a materialization in one batch the later one counts", async () => {
      await using storage = await open();
      const { append } = await begun(storage, "r1", {
        plan: planOf([{ key: "a", assets: [asset("a")], partitions: ["1", "2"] }]),
      });
      await append(failed("a", "1"), made("a", "v", "1"), made("a", "v", "2"), failed("a", "2"));
      expect(await storage.partitionStates(asset("a"))).toEqual({
        materialized: ["1"],
        failed: ["2"],
        inProgress: [],
      });
    });

    test("partition keys may hold any character", async () => {
      await using storage = await open();
      const { append } = await begun(storage);
      await append(made("a", "v", "one\u001etwo"), made("a", "v", 'it\'s "so", {}'), made("a", "v", "한국"));
      expect((await storage.partitionStates(asset("a"))).materialized).toEqual([
        'it\'s "so", {}',
        "one\u001etwo",
        "한국",
      ]);
    });

    test("ten thousand partitions of one step are facts in a few appends", async () => {
      await using storage = await open();
      const { event } = await begun(storage);
      const events = Array.from({ length: 10_000 }, (_, index) => event(made("a", "v", `p${index}`)));
      const results = await Promise.all([
        storage.appendEvents(events.slice(0, 5000)),
        storage.appendEvents(events.slice(5000)),
      ]);
      expect(results.map(({ appended }) => appended)).toEqual([5000, 5000]);
      expect((await storage.partitionStates(asset("a"))).materialized).toHaveLength(10_000);
    });
  });

  describe("attached files", () => {
    const attached = (file: string, more: object = {}): RunEventBody => ({
      type: "file.attached",
      step: "a",
      file,
      name: `${file}.html`,
      mediaType: "text/html",
      sizeBytes: 12,
      ...more,
    });

    test("a file is found by its id, its run and its asset, newest first", async () => {
      await using storage = await open();
      const { append } = await begun(storage, "r1");
      await append(attached("f1", { asset: asset("a"), partition: "2026-01-01" }), attached("f2"));
      const other = await begun(storage, "r2");
      await other.append(attached("f3", { asset: asset("a"), partition: null }));
      expect(await storage.findAttachment("f1")).toEqual({
        file: "f1",
        name: "f1.html",
        mediaType: "text/html",
        sizeBytes: 12,
        runId: "r1",
        step: "a",
        asset: "a",
        partition: "2026-01-01",
        at: 2002,
      });
      expect(await storage.findAttachment("f2")).not.toHaveProperty("asset");
      expect(await storage.findAttachment("f9")).toBeUndefined();
      const files = async (filter: object) =>
        (await storage.listAttachments({ limit: 9, ...filter })).map(({ file }) => file);
      expect(await files({})).toEqual(["f3", "f2", "f1"]);
      expect(await files({ limit: 1 })).toEqual(["f3"]);
      expect(await files({ runId: "r1" })).toEqual(["f2", "f1"]);
      expect(await files({ asset: "a" })).toEqual(["f3", "f1"]);
      expect(await files({ asset: "a", runId: "r2" })).toEqual(["f3"]);
    });
  });

  describe("instances of a mapped step", () => {
    test("they follow the step that they are instances of", async () => {
      await using storage = await open();
      const { append } = await begun(storage, "r1", {
        plan: planOf([{ key: "list" }, { key: "load" }, { key: "report" }]),
      });
      await append(started("list"), started("load[b]"), started("load[a]"));
      await append({ type: "step.succeeded", step: "load[b]", durationMs: 1 });
      await append({ type: "step.skipped", step: "load[c]", reason: "no" });
      const steps = await storage.listSteps(runId("r1"));
      expect(steps.map(({ step, status }) => [step, status])).toEqual([
        ["list", "running"],
        ["load", "pending"],
        ["load[c]", "skipped"],
        ["load[b]", "success"],
        ["load[a]", "running"],
        ["report", "pending"],
      ]);
    });
  });
}
