import { expect, test } from "vitest";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { askedPartition } from "../../platform/instance/asked-partition.ts";

const moment = { now: Temporal.Instant.from("2026-01-10T05:30Z") };
const day = cadencePartitions("daily", { start: "2026-01-01" });
const multi = { type: "multi", dimensions: { day, region: { type: "static", keys: ["eu", "us"] } } } as const;

test.for([
  { text: "2026-01-02", definition: day, key: "2026-01-02" },
  { text: "latest", definition: day, key: "2026-01-09" },
  { text: "day=2026-01-02,region=eu", definition: multi, key: '{"day":"2026-01-02","region":"eu"}' },
  { text: "2026-01-02|eu", definition: multi, key: '{"day":"2026-01-02","region":"eu"}' },
  { text: "2030-01-01", definition: day, key: "2030-01-01" },
  { text: "2026-01-03", definition: undefined, key: "2026-01-03" },
])("'$text' is the partition $key", ({ text, definition, key }) => {
  expect(askedPartition(text, { definition, moment })).toBe(key);
});

test.for([
  { text: "all", definition: day },
  { text: "day=all,region=eu", definition: multi },
  { text: "planet=mars", definition: multi },
])("'$text' names no one partition", ({ text, definition }) => {
  expect(() => askedPartition(text, { definition, moment })).toThrow(
    expect.objectContaining({ reason: "invalid-partition" }),
  );
});
