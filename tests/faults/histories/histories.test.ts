import { expect, test } from "vitest";
import { playHistories } from "./play-histories.ts";
import { playHistory } from "./play-history.ts";

/** The slow test plays 500, and `just soak` as many as one likes. */
const count = 25;

test("the first seeded histories lose and double nothing", { timeout: 120_000 }, async () => {
  const { failed, ...sums } = await playHistories({ first: 1, count });
  expect(failed).toEqual([]);
  expect(sums.histories).toBe(count);
  for (const sum of Object.values(sums)) expect(sum).toBeGreaterThan(count - 1);
});

test.for([
  { seed: 2157, tells: "a schedule is followed by a new daemon after it was switched on" },
  { seed: 1610, tells: "the newest event of the log is old and noise" },
  { seed: 2935, tells: "all events of the log are noise" },
  { seed: 2695, tells: "a dependency is updated before the work on a request begins" },
])("nothing is lost or doubled where $tells", { timeout: 60_000 }, async ({ seed }) => {
  const { violations } = await playHistory(seed);
  expect(violations).toEqual([]);
});

test("the same seed plays the same history", async () => {
  const [once, again] = [await playHistory(7), await playHistory(7)];
  expect(once.trace().length).toBeGreaterThan(100);
  expect(again.trace()).toEqual(once.trace());
});
