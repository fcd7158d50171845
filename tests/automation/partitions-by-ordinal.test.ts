import { expect, test } from "vitest";
import type { PartitionFacts, UpdateFact } from "../../platform/automation/automation-facts.ts";
import { ChangedPartitions } from "../../platform/automation/partition-changes.ts";
import { partitionsByOrdinal } from "../../platform/automation/partitions-by-ordinal.ts";
import { universeOf } from "../../platform/automation/universe.ts";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";

const letters: PartitionsDefinition = { type: "static", keys: ["a", "b", "c", "d"] } as never;
const universe = universeOf(letters, { now: Temporal.Instant.from("2026-01-01T00:00Z") });

function made(cursor: number, more: Partial<PartitionFacts> = {}): PartitionFacts {
  return { materialized: { cursor } as UpdateFact, failed: false, inRun: false, ...more };
}

function facts() {
  const partitions = new Map<string, PartitionFacts>();
  const changes = new ChangedPartitions();
  const put = (key: string, known: PartitionFacts): void => {
    partitions.set(key, known);
    changes.note(key);
  };
  return {
    put,
    read: () => partitionsByOrdinal({ materializable: true }, universe, { partitions, changes }),
  };
}

test("a partition that changes after a reading is seen by the next one", () => {
  const { put, read } = facts();
  put("a", made(1));
  put("b", made(2, { failed: true, inRun: true }));
  expect(read()).toMatchObject({ there: [[0, 2]], failed: [[1, 2]], inRun: [[1, 2]], newest: 2 });
  put("b", made(5));
  put("d", made(4));
  expect(read()).toMatchObject({
    there: [
      [0, 2],
      [3, 4],
    ],
    failed: [],
    inRun: [],
    newest: 5,
  });
});

test("more changes than are kept are read from all partitions", () => {
  const { put, read } = facts();
  put("a", made(1));
  read();
  for (let cursor = 2; cursor < 6000; cursor++) put(cursor % 2 === 0 ? "b" : "c", made(cursor));
  expect(read()).toMatchObject({ there: [[0, 3]], newest: 5999 });
});

test("a key that is no partition is left out", () => {
  const { put, read } = facts();
  put("z", made(1));
  put("c", made(2));
  expect(read()).toMatchObject({ there: [[2, 3]], newest: 2 });
  expect(read().byOrdinal.size).toBe(1);
});
