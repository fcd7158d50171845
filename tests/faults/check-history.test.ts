import { expect, test } from "vitest";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunRecord } from "../../platform/core/run.ts";
import type { StoredEvent } from "../../platform/storage/stored-event.ts";
import { checkHistory, type History } from "./check-history.ts";

const materialized = {
  type: "asset.materialized",
  step: "a",
  asset: "a",
  partition: null,
  metadata: {},
} as unknown as RunEventBody;
const started: RunEventBody = { type: "step.started", step: "a", attempt: 1 };
const succeeded: RunEventBody = { type: "step.succeeded", step: "a", durationMs: 1 };

/** A log of one run: each event with its attempt. */
function log(...bodies: readonly (readonly [epoch: number, body: RunEventBody])[]): StoredEvent[] {
  const seqs = new Map<number, number>();
  return bodies.map(([epoch, body], index) => {
    const seq = (seqs.get(epoch) ?? 0) + 1;
    seqs.set(epoch, seq);
    return { cursor: index + 1, event: { runId: "r" as never, epoch, seq, at: index, ...body } };
  });
}

const whole = log(
  [0, { type: "run.starting" }],
  [1, { type: "run.started" }],
  [1, started],
  [0, { type: "run.starting" }],
  [2, { type: "run.started" }],
  [2, started],
  [2, materialized],
  [2, succeeded],
  [2, { type: "run.succeeded" }],
);

function run(id: string, more: Partial<RunRecord> = {}): RunRecord {
  const request = { assets: [], tags: {} };
  const base = { id: id as never, status: "success", request, snapshotId: "s", epoch: 1, createdAtMs: 1 };
  return { ...base, ...more } as RunRecord;
}

const sound: History = {
  runs: [run("r")],
  events: whole,
  leases: [],
  asked: ["r"],
  seen: whole.slice(0, 2),
  poolPeaks: [{ pool: "p", peak: 2, limit: 2 }],
  queueSlackMs: 0,
};

test("a sound history has no violation", () => {
  expect(checkHistory(sound)).toEqual([]);
});

const lease = { pool: "p", runId: "r" as never, epoch: 1, step: "a", slots: 1, claimedAtMs: 1 };
const begin = (runId: string, at: number): StoredEvent => ({
  cursor: 100 + at,
  event: { runId: runId as never, epoch: 0, seq: 1, at, type: "run.starting" },
});
const end = (runId: string, at: number): StoredEvent => ({
  cursor: 200 + at,
  event: { runId: runId as never, epoch: 1, seq: 1, at, type: "run.succeeded" },
});

test.for<{ what: string; planted: Partial<History>; found: string[] }>([
  { what: "a run without an end", planted: { events: whole.slice(0, -1) }, found: ["I1"] },
  { what: "a run that goes on", planted: { runs: [run("r", { status: "started" })] }, found: ["I1"] },
  {
    what: "an end that is not the run's",
    planted: { runs: [run("r", { status: "failure" })] },
    found: ["I1"],
  },
  {
    what: "a second end",
    planted: { events: [...whole, ...log([0, { type: "run.canceled" }])], seen: [] },
    found: ["I1"],
  },
  { what: "a lost run", planted: { asked: ["r", "lost"] }, found: ["I2"] },
  { what: "a run that nobody asked for", planted: { asked: [] }, found: ["I2"] },
  {
    what: "two retries with one key",
    planted: {
      runs: ["r", "q"].map((id) => run(id, { request: { assets: [], tags: {}, runKey: "k" } })),
      events: [...whole, begin("q", 1), end("q", 2)],
      asked: ["r", "q"],
    },
    found: ["I2"],
  },
  {
    what: "a step that is done again",
    planted: {
      events: log([1, started], [1, succeeded], [2, started], [2, succeeded], [2, { type: "run.succeeded" }]),
      seen: [],
    },
    found: ["I2"],
  },
  {
    what: "a word of a replaced attempt",
    planted: { events: log([2, started], [1, succeeded], [2, { type: "run.succeeded" }]), seen: [] },
    found: ["I3"],
  },
  { what: "a full pool", planted: { poolPeaks: [{ pool: "p", peak: 3, limit: 2 }] }, found: ["I4"] },
  { what: "a slot of an ended run", planted: { leases: [lease] }, found: ["I5"] },
  {
    what: "a run that is overtaken",
    planted: {
      runs: [run("first"), run("second", { createdAtMs: 2 })],
      asked: ["first", "second"],
      events: [begin("second", 5), begin("first", 6), end("second", 7), end("first", 8)],
      seen: [],
    },
    found: ["I6"],
  },
  {
    what: "one run more at once than may be",
    planted: {
      runs: ["r", "q"].map((id) => run(id, { status: "success" })),
      asked: ["r", "q"],
      events: [...whole.slice(0, -1), begin("q", 1), ...whole.slice(-1), end("q", 9)],
      mostRuns: 1,
    },
    found: ["I6"],
  },
  {
    what: "a run of higher priority that is overtaken",
    planted: {
      runs: [run("low"), run("high", { createdAtMs: 2, request: { assets: [], tags: {}, priority: 1 } })],
      asked: ["low", "high"],
      events: [begin("low", 5), begin("high", 6), end("low", 7), end("high", 8)],
      seen: [],
    },
    found: ["I6"],
  },
  {
    what: "a made asset whose step never ended",
    planted: { events: log([1, started], [1, materialized], [1, { type: "run.succeeded" }]), seen: [] },
    found: ["I7"],
  },
  {
    what: "an asset made before its step began",
    planted: { events: log([1, materialized], [1, succeeded], [1, { type: "run.succeeded" }]), seen: [] },
    found: ["I7"],
  },
  {
    what: "an event that is gone",
    planted: { seen: [{ ...(whole[0] as StoredEvent), cursor: 77 }] },
    found: ["I8"],
  },
])("$what is found", ({ planted, found }) => {
  expect(checkHistory({ ...sound, ...planted }).map((line) => line.slice(0, 2))).toEqual(found);
});

test("a materialization of an attempt that was lost before its step ended is no violation", () => {
  const events = log(
    [1, started],
    [1, materialized],
    [2, started],
    [2, materialized],
    [2, succeeded],
    [2, { type: "run.succeeded" }],
  );
  expect(checkHistory({ ...sound, events, seen: [] })).toEqual([]);
});

const ticked = { id: 1, instigator: "schedule/a", startedAtMs: 1, endedAtMs: 1, status: "success" } as const;

test.for([
  { what: "one with its run", ticks: [{ ...ticked, scheduledAtMs: 1, runIds: ["r"] }], found: [] },
  {
    what: "one that is there twice",
    ticks: [
      { ...ticked, scheduledAtMs: 1, runIds: ["r"] },
      { ...ticked, scheduledAtMs: 1, runIds: [] },
    ],
    found: [
      "I2: the tick of schedule/a at 1 is there twice",
      "I1: the tick of schedule/a at 1 is success with 0 runs",
    ],
  },
  {
    what: "a run that is gone",
    ticks: [{ ...ticked, scheduledAtMs: 1, runIds: ["r", "s"] }],
    found: ["I2: run s of the tick of schedule/a at 1 is gone"],
  },
  {
    what: "a run of two ticks",
    ticks: [
      { ...ticked, scheduledAtMs: 1, runIds: ["r"] },
      { ...ticked, scheduledAtMs: 2, runIds: ["r"] },
    ],
    found: ["I2: run r is of the ticks of schedule/a at 1 and schedule/a at 2"],
  },
])("of ticks and the runs that they made $what is judged right", ({ ticks, found }) => {
  const run = { id: "r", status: "success", request: { assets: [], tags: {} } };
  const events = log([1, { type: "run.succeeded" }]);
  const history = {
    runs: [run],
    events,
    leases: [],
    asked: [],
    seen: [],
    poolPeaks: [],
    queueSlackMs: 0,
    ticks,
  };
  expect(checkHistory(history as unknown as History)).toEqual(found);
});
