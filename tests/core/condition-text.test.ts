import { expect, test } from "vitest";
import { assetKey } from "../../platform/core/asset-key.ts";
import { type AutomationCondition, plainOperands } from "../../platform/core/condition.ts";
import {
  allChecksMatch,
  and,
  anyChecksMatch,
  anyDepsMatch,
  assetMatches,
  cronTickPassed,
  eager,
  inLatestTimeWindow,
  inProgress,
  labelled,
  newlyTrue,
  not,
  operand,
  or,
  since,
} from "../../platform/core/condition-builders.ts";
import { conditionText } from "../../platform/core/condition-text.ts";

const [a, b, c, d] = [
  operand("missing"),
  operand("newly_updated"),
  operand("check_passed"),
  operand("check_failed"),
] as const;

test.for(plainOperands)("the operand %s prints as a call", (type) => {
  expect(conditionText(operand(type))).toBe(`${type}()`);
});

test.for<[AutomationCondition, string]>([
  [and(a, b, c), "missing() & newly_updated() & check_passed()"],
  [or(a, b, c), "missing() | newly_updated() | check_passed()"],
  [or(and(a, b), and(c, d)), "missing() & newly_updated() | check_passed() & check_failed()"],
  [and(or(a, b), or(c, d)), "(missing() | newly_updated()) & (check_passed() | check_failed())"],
  [not(a), "~missing()"],
  [not(not(a)), "~~missing()"],
  [not(and(a, b)), "~(missing() & newly_updated())"],
  [not(or(a, b)), "~(missing() | newly_updated())"],
  [and(not(a), not(or(b, c))), "~missing() & ~(newly_updated() | check_passed())"],
  [or(a, and(b, or(c, d))), "missing() | newly_updated() & (check_passed() | check_failed())"],
  [
    { type: "and", operands: [{ type: "and", operands: [a, b] }, c] },
    "missing() & newly_updated() & check_passed()",
  ],
  [newlyTrue(or(a, b)), "newly_true(missing() | newly_updated())"],
  [not(newlyTrue(or(a, b))), "~newly_true(missing() | newly_updated())"],
  [since(and(a, b), or(c, d)), "since(missing() & newly_updated(), check_passed() | check_failed())"],
  [anyDepsMatch(or(a, b)), "any_deps_match(missing() | newly_updated())"],
])("brackets stand only where they are needed: %#", ([condition, text]) => {
  expect(conditionText(condition)).toBe(text);
});

test.for<[AutomationCondition, string]>([
  [cronTickPassed("0 3 * * *", "Asia/Seoul"), 'cron_tick_passed("0 3 * * *", "Asia/Seoul")'],
  [inLatestTimeWindow(), "in_latest_time_window()"],
  [inLatestTimeWindow(172_800), "in_latest_time_window(lookback_seconds=172800)"],
  [anyChecksMatch(a), "any_checks_match(missing())"],
  [allChecksMatch(a, true), "all_checks_match(missing(), blocking_only=true)"],
  [assetMatches(assetKey("raw", "orders"), a), 'asset_matches("raw/orders", missing())'],
  [
    anyDepsMatch(a, { allow: ["x", "y"], ignore: ['key:"z"'] }),
    'any_deps_match(missing(), allow="x", allow="y", ignore="key:\\"z\\"")',
  ],
  [{ type: "custom", name: "quiet hours" }, 'custom("quiet hours")'],
  [{ type: "any_downstream_conditions" }, "any_downstream_conditions()"],
  [
    { type: "executed_with_tags", tagKeys: ["team"], tagValues: { cause: "manual" } },
    'executed_with_tags("team", "cause=manual")',
  ],
])("arguments print as they are asked for: %#", ([condition, text]) => {
  expect(conditionText(condition)).toBe(text);
});

test("a labelled part prints by its label and needs no brackets", () => {
  const named = labelled("quiet()", or(a, b));
  expect(conditionText(and(named, not(inProgress())))).toBe("quiet() & ~in_progress()");
});

test("names inside a condition without a name stay", () => {
  const { label: _label, ...parts } = eager();
  expect(conditionText(parts as AutomationCondition)).toBe(
    "in_latest_time_window() & since(newly_missing() | any_deps_updated(), handled)" +
      " & ~any_deps_missing() & ~any_deps_in_progress() & ~in_progress()",
  );
});
