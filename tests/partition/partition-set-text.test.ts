import { expect, test } from "vitest";
import type { PartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { ordinalsOfNumbers } from "../../platform/partition/ordinals.ts";
import { parsePartitionSet } from "../../platform/partition/parse-partition-set.ts";
import { partitionKeys } from "../../platform/partition/partition-keys.ts";
import { partitionSetOf, resolvePartitionSet } from "../../platform/partition/partition-set.ts";
import { partitionSetText } from "../../platform/partition/partition-set-text.ts";

const moment = { now: Temporal.Instant.from("2026-01-31T00:00Z") };

test.for([
  { set: { kind: "all" } as const, text: "all" },
  { set: { kind: "keys", keys: ["a", "b"] } as const, text: "a, b" },
  {
    set: {
      kind: "ranges",
      ranges: [
        ["a", "c"],
        ["x", "x"],
      ],
    } as const,
    text: "a..c, x",
  },
  {
    set: {
      kind: "product",
      boxes: [{ day: { kind: "all" }, shop: { kind: "keys", keys: ["a", "b"] } }],
    } as const,
    text: "{day: all, shop: [a, b]}",
  },
  {
    set: { kind: "keys", keys: ["all", "latest", "a,b", "a..b", " a"] } as const,
    text: '"all", "latest", "a,b", "a..b", " a"',
  },
])("a set is written as $text", ({ set, text }) => {
  expect(partitionSetText(set)).toBe(text);
});

const odd = ["all", "latest", "a b", "a,b", "a..b", '"', "{x}", "[y]", "k:v", "plain", "ü", "back\\slash"];
const definitions: readonly PartitionsDefinition[] = [
  cadencePartitions("daily", { start: "2026-01-01" }),
  cadencePartitions("hourly", { start: "2026-01-29-00:00" }),
  { type: "static", keys: odd },
  {
    type: "multi",
    dimensions: {
      day: cadencePartitions("daily", { start: "2026-01-25" }),
      shop: { type: "static", keys: odd },
    },
  },
];

test("what is written is read back as the same partitions", () => {
  let state = 7;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let round = 0; round < 200; round++) {
    const keys = partitionKeys(definitions[round % definitions.length] as PartitionsDefinition, moment);
    const numbers = Array.from({ length: keys.count }, (_, ordinal) => ordinal).filter(() => random(3) > 0);
    if (numbers.length === 0) continue;
    const ordinals = ordinalsOfNumbers(numbers);
    const text = partitionSetText(partitionSetOf(ordinals, keys));
    const read = parsePartitionSet(text, keys);
    expect({ text, read: "set" in read ? resolvePartitionSet(read.set, keys).ordinals : read }).toEqual({
      text,
      read: ordinals,
    });
  }
});
