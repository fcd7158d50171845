import { expect, test } from "vitest";
import type { RunEvent } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import { EventBatches } from "../../platform/storage/event-batches.ts";

const log = (message: string): RunEvent => ({
  runId: "r" as RunId,
  epoch: 1,
  seq: 1,
  at: 1,
  type: "log",
  level: "info",
  message,
});
const messages = (events: readonly RunEvent[]) =>
  events.map((event) => ("message" in event ? event.message : event.type));

test("what is appended together is committed together, in order", async () => {
  const commits: unknown[] = [];
  const batches = new EventBatches(async (events) => {
    commits.push(messages(events));
    return events.map(() => "appended");
  });
  await Promise.all([batches.append([log("1")]), batches.append([log("2"), log("3")])]);
  await batches.append([log("4")]);
  expect(commits).toEqual([["1", "2", "3"], ["4"]]);
});

test("events that cannot be stored cost only those who sent them", async () => {
  const batches = new EventBatches(async (events) => {
    if (messages(events).includes("bad")) throw new Error("refused");
    return events.map(() => "appended");
  });
  const results = await Promise.allSettled([
    batches.append([log("1")]),
    batches.append([log("bad")]),
    batches.append([log("2")]),
  ]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("each sender hears what became of its own events", async () => {
  const batches = new EventBatches(async (events) =>
    messages(events).map((one) => (one === "old" ? "repeated" : "appended")),
  );
  expect(await Promise.all([batches.append([log("1"), log("old")]), batches.append([log("2")])])).toEqual([
    ["appended", "repeated"],
    ["appended"],
  ]);
});

test("draining waits also for what comes while it drains", async () => {
  const committed: unknown[] = [];
  const batches = new EventBatches(async (events) => {
    await new Promise(setImmediate);
    if (committed.length === 0) void batches.append([log("late")]);
    committed.push(...messages(events));
    return events.map(() => "appended");
  });
  void batches.append([log("early")]);
  await batches.drain();
  expect(committed).toEqual(["early", "late"]);
});
