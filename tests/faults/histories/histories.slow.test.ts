import { expect, test } from "vitest";
import { faultNumber } from "../seeded.ts";
import { playHistories } from "./play-histories.ts";

const only = faultNumber("SEED", 0);
const first = only > 0 ? only : faultNumber("FIRST", 1);
const count = only > 0 ? 1 : faultNumber("HISTORIES", 500);

test("seeded histories of crashes, pauses, clock jumps and database errors lose and double nothing", {
  timeout: 36_000_000,
}, async () => {
  const { failed, ...sums } = await playHistories({ first, count, tells: only > 0 });
  console.log(`seeds from ${first}: ${JSON.stringify(sums)}`);
  // `just soak --seed N` plays one of them again, and tells what happened in it.
  expect(failed).toEqual([]);
  expect(sums).toMatchObject({ histories: count });
});
