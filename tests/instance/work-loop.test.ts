import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { createWorkLoop } from "../../platform/instance/work-loop.ts";

function loopOf(work: () => Promise<void>, everyMs?: number) {
  const errors: unknown[] = [];
  const loop = createWorkLoop({
    work,
    onError: (error) => errors.push(error),
    ...(everyMs === undefined ? {} : { everyMs }),
  });
  onTestFinished(() => loop[Symbol.asyncDispose]());
  return { loop, errors };
}

test("rounds never overlap, and any number of wake-ups during one make one more", async () => {
  let working = 0;
  let most = 0;
  let rounds = 0;
  const { loop } = loopOf(async () => {
    rounds += 1;
    most = Math.max(most, ++working);
    await delay(10);
    working -= 1;
  });
  for (let wakes = 0; wakes < 5; wakes++) loop.wake();
  await delay(60);
  expect({ rounds, most }).toEqual({ rounds: 2, most: 1 });
});

test("a round that fails is told, and the next one comes", async () => {
  let rounds = 0;
  const { errors } = (() => {
    const made = loopOf(async () => {
      rounds += 1;
      if (rounds === 1) throw new Error("once");
    }, 5);
    made.loop.wake();
    return made;
  })();
  while (rounds < 3) await delay(5);
  expect(errors).toMatchObject([{ message: "once" }]);
});

test("after its end it works no more, and the end waits for the round that goes on", async () => {
  let ended = false;
  const { loop } = loopOf(async () => {
    await delay(20);
    ended = true;
  });
  loop.wake();
  await loop[Symbol.asyncDispose]();
  expect(ended).toBe(true);
  ended = false;
  loop.wake();
  await delay(30);
  expect(ended).toBe(false);
});
