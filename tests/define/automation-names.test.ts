import { expect, test } from "vitest";
import {
  type AutomationCondition,
  isAutomationCondition,
  plainOperands,
} from "../../platform/core/condition.ts";
import { conditionText } from "../../platform/core/condition-text.ts";
import { automation, automationParameters } from "../../platform/define/automation-names.ts";

type Call = (...values: unknown[]) => AutomationCondition;
const named = automation as unknown as { readonly [name: string]: Call };
const { missing, newly_updated } = automation;

test.for<[string, unknown[], string]>([
  ["eager", [], "eager()"],
  ["on_missing", [], "on_missing()"],
  ["on_cron", ["0 3 * * *"], 'on_cron("0 3 * * *", "UTC")'],
  ["on_cron", ["0 3 * * *", "Asia/Seoul"], 'on_cron("0 3 * * *", "Asia/Seoul")'],
  ["on_cron", ["0 3 * * *", null], 'on_cron("0 3 * * *", "UTC")'],
  ["cron_tick_passed", ["@hourly"], 'cron_tick_passed("@hourly", "UTC")'],
  ["all_deps_updated_since_cron", ["@hourly"], 'all_deps_updated_since_cron("@hourly", "UTC")'],
  ["in_latest_time_window", [], "in_latest_time_window()"],
  ["in_latest_time_window", [null], "in_latest_time_window()"],
  ["in_latest_time_window", [3600], "in_latest_time_window(lookback_seconds=3600)"],
  ["in_latest_time_window", ["2d"], "in_latest_time_window(lookback_seconds=172800)"],
  ["any_deps_match", [missing()], "any_deps_match(missing())"],
  ["all_deps_match", [missing()], "all_deps_match(missing())"],
  ["any_checks_match", [missing()], "any_checks_match(missing())"],
  ["all_checks_match", [missing(), true], "all_checks_match(missing(), blocking_only=true)"],
  ["asset_matches", ["raw/a", missing()], 'asset_matches("raw/a", missing())'],
  ["all_of", [missing(), newly_updated()], "missing() & newly_updated()"],
  ["any_of", [missing(), newly_updated()], "missing() | newly_updated()"],
  ["not_", [missing()], "~missing()"],
  ["since", [missing(), newly_updated()], "since(missing(), newly_updated())"],
  ["since_last_handled", [missing()], "since(missing(), handled)"],
  ["newly_true", [missing()], "newly_true(missing())"],
  ["allow", [automation.eager(), "group:raw"], 'eager().allow("group:raw")'],
  ["ignore", [automation.eager(), "group:raw"], 'eager().ignore("group:raw")'],
  ["with_label", [missing(), "gone"], "gone"],
  ["any_downstream_conditions", [], "any_downstream_conditions()"],
  ["executed_with_tags", [["a"], { b: "c" }], 'executed_with_tags("a", "b=c")'],
  ["executed_with_tags", [["a"], null], 'executed_with_tags("a")'],
  ["any_new_update_has_run_tags", [null, { b: "c" }], 'any_new_update_has_run_tags("b=c")'],
  ["all_new_updates_have_run_tags", [["a"]], 'all_new_updates_have_run_tags("a")'],
  ["without", [automation.eager(), "in_latest_time_window"], "eager().without(in_latest_time_window)"],
  ["without", [automation.all_of(missing(), newly_updated()), missing()], "newly_updated()"],
  ["replace", [automation.eager(), "handled", missing()], "eager().replace(handled, missing())"],
])("%s with %j is %s", ([name, values, text]) => {
  expect(conditionText((named[name] as Call)(...values))).toBe(text);
});

test.for<[string, unknown[]]>([
  ["all_of", []],
  ["any_of", [missing(), "eager"]],
  ["not_", [undefined]],
  ["since", [missing()]],
  ["any_deps_match", [{ type: "and" }]],
  ["on_cron", []],
  ["on_cron", [3]],
  ["on_cron", ["0 3 * * *", 9]],
  ["in_latest_time_window", ["soon"]],
  ["in_latest_time_window", [0]],
  ["asset_matches", ["raw//a", missing()]],
  ["asset_matches", ["", missing()]],
  ["allow", [missing()]],
  ["ignore", ["eager", "group:raw"]],
  ["with_label", [missing(), " "]],
  ["executed_with_tags", []],
  ["any_new_update_has_run_tags", ["a"]],
  ["without", [automation.eager(), "check_failed"]],
  ["without", [missing(), missing()]],
  ["replace", [automation.eager(), "check_failed", missing()]],
  ["replace", [automation.eager(), " ", missing()]],
])("%s refuses %j", ([name, values]) => {
  expect(() => (named[name] as Call)(...values)).toThrow(
    /expected|is no|is needed|is empty|needs|takes|has no/,
  );
});

test("a name in place of a condition is told how to write it", () => {
  expect(() => named["not_"]?.("eager")).toThrow("write `automation.eager()`");
});

test("every operand without arguments has its name", () => {
  expect(plainOperands.every((name) => isAutomationCondition(named[name]?.()))).toBe(true);
});

test("parameters are named for every name that needs any, and for no other", () => {
  const variadic = ["all_of", "any_of"];
  const needing = Object.entries(named)
    .filter(([name, call]) => call.length > 0 && !variadic.includes(name))
    .map(([name]) => name);
  expect(Object.keys(automationParameters).toSorted()).toEqual(needing.toSorted());
  for (const [name, parameters] of Object.entries(automationParameters)) {
    expect(parameters.length).toBe(named[name]?.length);
  }
});
