import { expect, test } from "vitest";
import type { RunEvent } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import { createEventIntake } from "../../platform/host/event-intake.ts";

function event(seq: number, type: "run.started" | "run.succeeded" = "run.started"): RunEvent {
  return { runId: "a" as RunId, epoch: 1, seq, at: 0, type };
}

function intakeOf(store: (events: readonly RunEvent[]) => Promise<number>) {
  const acknowledged: number[] = [];
  const failed: string[] = [];
  const intake = createEventIntake(store, {
    acknowledge: (seq) => acknowledged.push(seq),
    fail: (loss) => failed.push(loss),
  });
  return { intake, acknowledged, failed };
}

test("events that are sent again are stored once, and acknowledged again", async () => {
  const stored: number[] = [];
  const { intake, acknowledged } = intakeOf(async (events) => {
    stored.push(...events.map(({ seq }) => seq));
    return 0;
  });
  intake.take([event(1), event(2)]);
  intake.take([event(1), event(2), event(3)]);
  intake.take([event(3)]);
  await intake.settled();
  expect(stored).toEqual([1, 2, 3]);
  expect(acknowledged).toEqual([2, 3, 3]);
});

test("it is complete with the event that ends the run", async () => {
  const { intake } = intakeOf(async () => 0);
  intake.take([event(1)]);
  await intake.settled();
  expect(intake.complete()).toBe(false);
  intake.take([event(2, "run.succeeded")]);
  await intake.settled();
  expect(intake.complete()).toBe(true);
});

test.for([
  { what: "refused", store: async () => 1, loss: "replaced" },
  { what: "not stored", store: async () => Promise.reject(new Error("disk full")), loss: "unstored" },
])("when events are $what nothing more is stored or acknowledged", async ({ store, loss }) => {
  const { intake, acknowledged, failed } = intakeOf(store);
  intake.take([event(1)]);
  intake.take([event(2, "run.succeeded")]);
  await intake.settled();
  expect({ acknowledged, failed, complete: intake.complete() }).toEqual({
    acknowledged: [],
    failed: [loss],
    complete: false,
  });
});
