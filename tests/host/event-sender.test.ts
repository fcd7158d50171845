import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import type { RunEvent } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import { createEventSender } from "../../platform/host/event-sender.ts";

function event(seq: number): RunEvent {
  return { runId: "r" as RunId, epoch: 1, seq, at: 0, type: "log", level: "info", message: String(seq) };
}

test("events of one turn travel in one message, in order", async () => {
  const sent: number[][] = [];
  using sender = createEventSender({ send: (events) => sent.push(events.map(({ seq }) => seq)) });
  void sender.push(event(1));
  void sender.push(event(2));
  await nextTurn();
  void sender.push(event(3));
  await nextTurn();
  expect(sent).toEqual([[1, 2], [3]]);
});

test("with the most in flight a push waits for room", async () => {
  using sender = createEventSender({ send: () => {}, maxInFlight: 2 });
  const settled: number[] = [];
  for (const seq of [1, 2, 3]) void sender.push(event(seq)).then(() => settled.push(seq));
  await nextTurn();
  expect(settled).toEqual([1, 2]);
  sender.acknowledge(1);
  await nextTurn();
  expect(settled).toEqual([1, 2, 3]);
});

test("it is drained when the last event is acknowledged", async () => {
  using sender = createEventSender({ send: () => {} });
  void sender.push(event(1));
  void sender.push(event(2));
  await nextTurn();
  let drained = false;
  const end = sender.drained().then(() => {
    drained = true;
  });
  sender.acknowledge(1);
  await nextTurn();
  expect(drained).toBe(false);
  sender.acknowledge(2);
  await end;
});

test("what nobody acknowledges is sent again", async () => {
  vi.useFakeTimers();
  try {
    const sent: number[][] = [];
    using sender = createEventSender({
      send: (events) => sent.push(events.map(({ seq }) => seq)),
      resendMs: 50,
    });
    void sender.push(event(1));
    void sender.push(event(2));
    await vi.advanceTimersByTimeAsync(0);
    sender.acknowledge(1);
    await vi.advanceTimersByTimeAsync(60);
    expect(sent).toEqual([[1, 2], [2]]);
  } finally {
    vi.useRealTimers();
  }
});
