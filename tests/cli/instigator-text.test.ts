import { expect, test } from "vitest";
import { scheduleTable, sensorTable, switchedText, tickTable } from "../../platform/cli/instigator-text.ts";
import type { InstigatorView, TickView } from "../../platform/core/views.ts";

const at = Date.UTC(2026, 2, 1, 3);
const tick: TickView = {
  id: 1,
  scheduled_at_ms: at,
  started_at_ms: at,
  ended_at_ms: at,
  status: "skipped",
  reason: "no new file",
  run_ids: [],
};
const nightly: InstigatorView = {
  name: "nightly",
  kind: "schedule",
  type: null,
  description: null,
  status: "running",
  default_status: "stopped",
  switched_at_ms: 1,
  target: "group:marts",
  cron: ["0 3 * * *"],
  time_zone: "UTC",
  minimum_interval_seconds: null,
  next: { at_ms: at, partitions: null },
  last_tick: null,
};
const dropped: InstigatorView = {
  ...nightly,
  name: "dropped",
  kind: "sensor",
  type: "file",
  cron: null,
  time_zone: null,
  next: null,
  last_tick: tick,
};

test("a schedule is a row with its next tick", () => {
  expect(scheduleTable([nightly])).toMatchInlineSnapshot(`
    "SCHEDULE  STATUS   CRON           TARGET       NEXT TICK             LAST TICK
    nightly   running  0 3 * * * UTC  group:marts  2026-03-01T03:00:00Z  none"
  `);
});

test("a schedule that is off has no next tick", () => {
  expect(scheduleTable([{ ...nightly, status: "stopped" }])).not.toContain("2026");
});

test("a sensor is a row with the reason of its last tick", () => {
  expect(
    sensorTable([dropped, { ...dropped, name: "automation", type: "automation", target: null }]),
  ).toMatchInlineSnapshot(`
    "SENSOR      STATUS   KIND        TARGET                       LAST TICK
    dropped     running  file        group:marts                  2026-03-01T03:00:00Z skipped: no new file
    automation  running  automation  all that no other group has  2026-03-01T03:00:00Z skipped: no new file"
  `);
});

test("ticks are rows with the runs that they made", () => {
  const made: TickView = {
    ...tick,
    status: "success",
    reason: null,
    run_ids: ["01a1fcdb-15d7-7000-8000-000000000001"],
  };
  expect(tickTable([made, tick])).toMatchInlineSnapshot(`
    "TICK                  STATUS   RUNS           REASON
    2026-03-01T03:00:00Z  success  01a1fcdb-15d7
    2026-03-01T03:00:00Z  skipped                 no new file"
  `);
});

test.for([
  { partitions: null, line: "first tick: 2026-03-01T03:00:00Z, of group:marts" },
  { partitions: ["2026-02-28"], line: "first tick: 2026-03-01T03:00:00Z, of group:marts for 2026-02-28" },
  {
    partitions: ["a", "b", "c", "d"],
    line: "first tick: 2026-03-01T03:00:00Z, of group:marts for a, b, c and 1 more",
  },
  {
    partitions: [],
    line: "first tick: 2026-03-01T03:00:00Z, of group:marts without a partition: there is none then",
  },
])(
  "switching a schedule on tells what it runs first, with the partitions $partitions",
  ({ partitions, line }) => {
    const text = switchedText({ ...nightly, next: { at_ms: at, partitions } });
    expect(text.split("\n")).toEqual(["schedule nightly: running", line]);
  },
);

test("switching something off tells only that", () => {
  expect(switchedText({ ...nightly, status: "stopped" })).toBe("schedule nightly: stopped");
});
