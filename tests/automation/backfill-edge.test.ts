import { expect, test } from "vitest";
import { backfillEdge } from "../../platform/automation/backfill-edge.ts";
import { depMapping } from "../../platform/automation/dep-mapping.ts";
import { universeOf } from "../../platform/automation/universe.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import type { Ordinals } from "../../platform/partition/ordinals.ts";

const moment = { now: Temporal.Instant.from("2026-04-02T05:30Z") };
const offsets = [
  [-1, -1],
  [-3, -1],
  [-2, 0],
  [0, 1],
  [1, 2],
  [-1, 1],
] as const;

test.for(offsets)(
  "windows moved by %i and %i are counted as the mapping maps them",
  ([startOffset, endOffset]) => {
    // Berlin's clocks change within it.
    const hours = cadencePartitions("hourly", { start: "2026-03-28-00:00", timeZone: "Europe/Berlin" });
    const universe = universeOf(hours, moment);
    const sides = { downstream: universe, upstream: universe };
    const mapping = { type: "time_window", startOffset, endOffset, allowNonexistent: false } as const;
    const edge = backfillEdge(sides, { mapping, moment });
    const mapped = depMapping(universe, universe, { mapping, moment });
    expect(edge.isCheap).toBe(true);
    const count = universe.keys?.count ?? 0;
    for (let at = 0; at < count; at++) {
      const one: Ordinals = [[at, at + 1]];
      expect(edge.needs(one)).toEqual(mapped.up(one).ordinals);
      expect(edge.touches(one)).toEqual(mapped.down(one));
    }
  },
);

test("what an asset needs of a longer past is known at its first window too", () => {
  const early = universeOf(cadencePartitions("daily", { start: "2026-01-01" }), moment);
  const late = universeOf(cadencePartitions("daily", { start: "2026-01-05" }), moment);
  const mapping = { type: "time_window", startOffset: -2, endOffset: -1, allowNonexistent: false } as const;
  const { up, down } = depMapping(late, early, { mapping, moment });
  expect(up([[0, 1]]).ordinals).toEqual([[2, 4]]);
  expect(down([[2, 3]])).toEqual([[0, 1]]);
  expect(down([[3, 4]])).toEqual([[0, 2]]);
  expect(down([[1, 2]])).toEqual([]);
});
