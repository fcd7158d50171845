import { expect, test } from "vitest";
import { isAutomationCondition } from "../../platform/core/condition.ts";
import { cronTickPassed, eager, onCron, operand } from "../../platform/core/condition-builders.ts";
import { isFreshnessPolicy } from "../../platform/core/freshness.ts";
import { isPartitionsDefinition } from "../../platform/core/partitions.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";

test.for<[unknown]>([
  [operand("missing")],
  [eager()],
  [onCron("0 3 * * *")],
  [{ type: "any_downstream_conditions" }],
  [{ type: "executed_with_tags", tagKeys: ["a"], tagValues: { b: "c" } }],
  [{ type: "custom", name: "quiet_hours" }],
  [{ type: "asset_matches", asset: "raw/orders", operand: { type: "missing" } }],
])("a condition is known by its form: %j", ([value]) => {
  expect(isAutomationCondition(value)).toBe(true);
});

test.for<[unknown]>([
  ["eager"],
  [null],
  [[eager()]],
  [{ type: "eager" }],
  [{ type: "constructor" }],
  [{ type: "missing", label: 3 }],
  [{ type: "and" }],
  [{ type: "and", operands: [] }],
  [{ type: "or", operands: ["eager"] }],
  [{ type: "not" }],
  [{ type: "since", trigger: operand("missing") }],
  [{ type: "cron_tick_passed", cron: "* * * * *" }],
  [{ type: "in_latest_time_window", lookbackSeconds: "2d" }],
  [{ type: "any_deps_match", operand: operand("missing"), ignore: "raw" }],
  [{ type: "all_checks_match", operand: operand("missing") }],
  [{ type: "executed_with_tags", tagKeys: ["a"], tagValues: { b: 1 } }],
  [{ type: "not", operand: { type: "not", operand: { type: "and" } } }],
])("something else is no condition: %j", ([value]) => {
  expect(isAutomationCondition(value)).toBe(false);
});

const day = cadencePartitions("daily", { start: "2026-01-01" });

test.for<[unknown, boolean]>([
  [day, true],
  [{ type: "static", keys: ["a"] }, true],
  [{ type: "dynamic", name: "files" }, true],
  [{ type: "multi", dimensions: { day, region: { type: "static", keys: ["eu"] } } }, true],
  [{ type: "static", partition_keys: ["a"] }, false],
  [{ type: "static", keys: ["a"], partition_keys: ["a"] }, false],
  [{ type: "static", keys: [1] }, false],
  [{ type: "dynamic", name: "files", fmt: "%Y" }, false],
  [{ type: "daily", start_date: "2026-01-01" }, false],
  [{ type: "time", cron: "0 0 * * *", start: "2026-01-01" }, false],
  [{ type: "multi", dimensions: { day, region: { type: "static", partition_keys: ["eu"] } } }, false],
  [{ type: "multi", dimensions: { day, both: { type: "multi", dimensions: { day } } } }, false],
  [null, false],
])("whether %j is a partitions definition is %s", ([value, isDefinition]) => {
  expect(isPartitionsDefinition(value)).toBe(isDefinition);
});

test.for<[unknown, boolean]>([
  [{ type: "time_window", failSeconds: 3600 }, true],
  [{ type: "time_window", failSeconds: 3600, warnSeconds: 60, scope: "all_partitions" }, true],
  [{ type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 60, timeZone: "UTC" }, true],
  [{ type: "time_window", failSeconds: "1h" }, false],
  [{ type: "time_window", failSeconds: 3600, scope: "some" }, false],
  [{ type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 60 }, false],
  [{ time_window: { fail_window: 3600 } }, false],
  [cronTickPassed("0 9 * * *"), false],
])("whether %j is a freshness policy is %s", ([value, isPolicy]) => {
  expect(isFreshnessPolicy(value)).toBe(isPolicy);
});
