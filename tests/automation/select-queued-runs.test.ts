import { expect, test } from "vitest";
import {
  type QueueEntry,
  type QueueState,
  selectQueuedRuns,
} from "../../platform/automation/select-queued-runs.ts";

function entry(id: string, given: Partial<QueueEntry> = {}): QueueEntry {
  return { id, tags: {}, priority: 0, createdAtMs: 0, pools: [], ...given };
}

function select(
  queued: readonly QueueEntry[],
  {
    inProgress = [],
    ...settings
  }: Partial<QueueState["settings"]> & Partial<Pick<QueueState, "inProgress">> = {},
) {
  return selectQueuedRuns({
    queued,
    inProgress,
    settings: { maxConcurrentRuns: 10, tagLimits: [], poolLimits: {}, ...settings },
  });
}

test.for([
  {
    order: "the higher priority first",
    queued: [entry("a"), entry("b", { priority: 5 })],
    chosen: ["b", "a"],
  },
  {
    order: "the older first",
    queued: [entry("a", { createdAtMs: 9 }), entry("b", { createdAtMs: 3 })],
    chosen: ["b", "a"],
  },
  { order: "by id what is equally old", queued: [entry("b"), entry("a")], chosen: ["a", "b"] },
  {
    order: "below zero after those that say nothing",
    queued: [entry("a", { priority: -1 }), entry("b", { createdAtMs: 5 })],
    chosen: ["b", "a"],
  },
])("runs start in order: $order", ({ queued, chosen }) => {
  expect(select(queued).chosen).toEqual(chosen);
});

test("no more runs are in progress than the limit, and the others say so", () => {
  const running = { tags: {}, pools: [] };
  expect(
    select([entry("a"), entry("b"), entry("c")], { maxConcurrentRuns: 3, inProgress: [running, running] }),
  ).toEqual({
    chosen: ["a"],
    waiting: [
      { id: "b", reason: { kind: "runs", limit: 3 } },
      { id: "c", reason: { kind: "runs", limit: 3 } },
    ],
  });
});

test("when the limit was lowered nothing starts until enough has ended", () => {
  const running = { tags: {}, pools: [] };
  expect(select([entry("a")], { maxConcurrentRuns: 1, inProgress: [running, running] }).chosen).toEqual([]);
});

const prod = { tags: { env: "prod" } };
const dev = { tags: { env: "dev" } };

test.for([
  {
    what: "of a value counts only runs with it",
    tagLimits: [{ key: "env", value: "prod", limit: 1 }],
    chosen: ["p1", "d1", "d2", "plain"],
  },
  {
    what: "of a key counts all its values together",
    tagLimits: [{ key: "env", limit: 2 }],
    chosen: ["p1", "p2", "plain"],
  },
  {
    what: "per value counts each value by itself",
    tagLimits: [{ key: "env", perValue: true as const, limit: 1 }],
    chosen: ["p1", "d1", "plain"],
  },
  {
    what: "beside another holds as well",
    tagLimits: [
      { key: "env", limit: 3 },
      { key: "env", value: "prod", limit: 0 },
    ],
    chosen: ["d1", "d2", "plain"],
  },
])("a tag limit $what", ({ tagLimits, chosen }) => {
  const queued = [
    entry("p1", prod),
    entry("p2", prod),
    entry("d1", dev),
    entry("d2", dev),
    entry("plain"),
  ].map((run, place) => ({ ...run, createdAtMs: place }));
  expect(select(queued, { tagLimits }).chosen).toEqual(chosen);
});

test("runs in progress count towards tag limits", () => {
  const tagLimits = [{ key: "env", value: "prod", limit: 1 }];
  expect(select([entry("a", prod)], { tagLimits, inProgress: [{ ...prod, pools: [] }] })).toEqual({
    chosen: [],
    waiting: [{ id: "a", reason: { kind: "tag", key: "env", value: "prod", limit: 1 } }],
  });
});

test("a pool that runs hold has room for as many as its limit, and one without a limit for all", () => {
  const queued = [
    entry("a", { pools: ["warehouse"] }),
    entry("b", { pools: ["api", "warehouse"] }),
    entry("c", { pools: ["api"] }),
  ];
  expect(select(queued, { poolLimits: { warehouse: 1 } })).toEqual({
    chosen: ["a", "c"],
    waiting: [{ id: "b", reason: { kind: "pool", pool: "warehouse", limit: 1 } }],
  });
});

test("a tag named like a property of every object is a tag like others", () => {
  expect(select([entry("a")], { tagLimits: [{ key: "constructor", limit: 0 }] }).chosen).toEqual(["a"]);
});
