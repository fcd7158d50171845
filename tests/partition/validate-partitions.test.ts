import { expect, test } from "vitest";
import type { PartitionMapping, PartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { partitionKeys } from "../../platform/partition/partition-keys.ts";
import { validateMapping } from "../../platform/partition/validate-mapping.ts";
import { validatePartitions } from "../../platform/partition/validate-partitions.ts";

const daily = cadencePartitions("daily", { start: "2026-01-01" });
const letters: PartitionsDefinition = { type: "static", keys: ["a", "b"] };

test.for<PartitionsDefinition>([
  daily,
  cadencePartitions("hourly", { start: "2026-01-01-05:00", end: "2026-02-01" }),
  cadencePartitions("monthly", { start: "2026-01", format: "%Y-%m", exclusions: ["2026-03", "0 0 1 12 *"] }),
  letters,
  { type: "dynamic", name: "tenants" },
  { type: "multi", dimensions: { day: daily, letter: letters } },
])("right partitions have no faults: $type $cadence", (definition) => {
  expect(validatePartitions(definition)).toEqual([]);
  expect(
    () => partitionKeys(definition, { now: Temporal.Instant.from("2026-06-01T00:00Z") }).count,
  ).not.toThrow();
});

test.for<{ why: string; definition: PartitionsDefinition; code: string }>([
  { why: "start is no date", definition: { ...daily, start: "soon" }, code: "invalid-partitions" },
  { why: "end is no date", definition: { ...daily, end: "2026-02-30" }, code: "invalid-partitions" },
  { why: "end before start", definition: { ...daily, end: "2025-01-01" }, code: "invalid-partitions" },
  { why: "wrong cron", definition: { ...daily, cron: "0 0 * *" }, code: "invalid-cron" },
  { why: "unknown zone", definition: { ...daily, timeZone: "Mars/Olympus" }, code: "invalid-time-zone" },
  { why: "unknown directive", definition: { ...daily, format: "%Q" }, code: "invalid-partitions" },
  { why: "format too coarse", definition: { ...daily, format: "%Y-%m" }, code: "invalid-partitions" },
  { why: "format without a date", definition: { ...daily, format: "day" }, code: "invalid-partitions" },
  { why: "wrong exclusion", definition: { ...daily, exclusions: ["never"] }, code: "invalid-partitions" },
  { why: "no keys", definition: { type: "static", keys: [] }, code: "invalid-partitions" },
  { why: "equal keys", definition: { type: "static", keys: ["a", "a"] }, code: "invalid-partitions" },
  { why: "empty key", definition: { type: "static", keys: [""] }, code: "invalid-partitions" },
  { why: "line break in a key", definition: { type: "static", keys: ["a\nb"] }, code: "invalid-partitions" },
  { why: "no name", definition: { type: "dynamic", name: " " }, code: "invalid-partitions" },
  {
    why: "one dimension",
    definition: { type: "multi", dimensions: { day: daily } },
    code: "invalid-partitions",
  },
  {
    why: "two time dimensions",
    definition: { type: "multi", dimensions: { a: daily, b: daily } },
    code: "invalid-partitions",
  },
  {
    why: "a wrong dimension",
    definition: { type: "multi", dimensions: { a: { ...daily, cron: "x" }, b: letters } },
    code: "invalid-cron",
  },
])("partitions are wrong: $why", ({ definition, code }) => {
  expect(validatePartitions(definition)).toMatchObject([{ code }]);
});

test("all that is wrong with time partitions is told at once", () => {
  const definition = { ...daily, cron: "x", timeZone: "Mars", start: "soon" };
  expect(validatePartitions(definition).map(({ code }) => code)).toEqual([
    "invalid-cron",
    "invalid-partitions",
  ]);
  expect(validatePartitions({ ...definition, cron: "0 0 * * *" }).map(({ code }) => code)).toEqual([
    "invalid-time-zone",
    "invalid-partitions",
  ]);
});

const multi: PartitionsDefinition = { type: "multi", dimensions: { day: daily, letter: letters } };
const back: PartitionMapping = {
  type: "time_window",
  startOffset: -1,
  endOffset: 0,
  allowNonexistent: false,
};

test.for<{
  mapping: PartitionMapping | undefined;
  downstream: PartitionsDefinition | undefined;
  upstream: PartitionsDefinition | undefined;
  right: boolean;
}>([
  { mapping: undefined, downstream: daily, upstream: daily, right: true },
  { mapping: undefined, downstream: daily, upstream: undefined, right: true },
  { mapping: undefined, downstream: daily, upstream: letters, right: true },
  { mapping: undefined, downstream: daily, upstream: multi, right: true },
  { mapping: undefined, downstream: { type: "static", keys: ["q"] }, upstream: multi, right: false },
  { mapping: undefined, downstream: daily, upstream: { ...daily, timeZone: "Asia/Seoul" }, right: false },
  {
    mapping: { type: "all" },
    downstream: daily,
    upstream: { ...daily, timeZone: "Asia/Seoul" },
    right: true,
  },
  { mapping: back, downstream: daily, upstream: daily, right: true },
  { mapping: back, downstream: letters, upstream: daily, right: false },
  { mapping: { ...back, startOffset: 0.5 }, downstream: daily, upstream: daily, right: false },
  { mapping: { type: "last" }, downstream: daily, upstream: undefined, right: false },
  { mapping: { type: "specific", keys: ["a"] }, downstream: undefined, upstream: letters, right: true },
  { mapping: { type: "specific", keys: ["z"] }, downstream: undefined, upstream: letters, right: false },
  { mapping: { type: "static", map: { a: ["b"] } }, downstream: letters, upstream: letters, right: true },
  { mapping: { type: "static", map: { a: ["z"] } }, downstream: letters, upstream: letters, right: false },
  {
    mapping: { type: "multi_to_single", dimension: "letter" },
    downstream: letters,
    upstream: multi,
    right: true,
  },
  {
    mapping: { type: "multi_to_single", dimension: "planet" },
    downstream: letters,
    upstream: multi,
    right: false,
  },
  {
    mapping: { type: "multi", dimensions: { day: { dimension: "day", mapping: back } } },
    downstream: multi,
    upstream: multi,
    right: true,
  },
  {
    mapping: { type: "multi", dimensions: { day: { dimension: "letter", mapping: back } } },
    downstream: multi,
    upstream: multi,
    right: false,
  },
])(
  "mapping $mapping.type from $upstream.type to $downstream.type is right: $right",
  ({ mapping, downstream, upstream, right }) => {
    expect(validateMapping(mapping, { downstream, upstream }) === undefined).toBe(right);
  },
);
