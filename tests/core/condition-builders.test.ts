import { expect, test } from "vitest";
import { assetKey } from "../../platform/core/asset-key.ts";
import { type AutomationCondition, conditionChildren, walkCondition } from "../../platform/core/condition.ts";
import {
  allChecksMatch,
  allDepsBlockingChecksPassed,
  allDepsMatch,
  allDepsUpdatedSinceCron,
  and,
  anyChecksMatch,
  anyDepsInProgress,
  anyDepsMatch,
  anyDepsMissing,
  anyDepsUpdated,
  assetMatches,
  cronTickPassed,
  eager,
  inLatestTimeWindow,
  inProgress,
  labelled,
  newlyMissing,
  newlyTrue,
  not,
  onCron,
  onMissing,
  operand,
  or,
  since,
  sinceLastHandled,
} from "../../platform/core/condition-builders.ts";
import { conditionText } from "../../platform/core/condition-text.ts";
import { allowDeps, ignoreDeps } from "../../platform/core/scope-deps.ts";
import { withoutLabels } from "./without-labels.ts";

/** What a condition stands for, with no name left. */
const expanded = (condition: AutomationCondition): string => conditionText(withoutLabels(condition));

const depsUpdated = "any_deps_match(newly_updated() & ~executed_with_root_target() | will_be_requested())";
const depsMissing = "any_deps_match(missing() & ~will_be_requested())";
const running = "run_in_progress() | backfill_in_progress()";
const handled = "newly_requested() | newly_updated() | initial_evaluation()";
const cron = 'cron_tick_passed("0 3 * * *", "Asia/Seoul")';
const depsUpdatedSinceCron = `all_deps_match(since(newly_updated(), ${cron}) | will_be_requested())`;

test.for<[string, AutomationCondition, string]>([
  ["in_progress()", inProgress(), running],
  ["newly_missing()", newlyMissing(), "newly_true(missing())"],
  ["any_deps_updated()", anyDepsUpdated(), depsUpdated],
  ["any_deps_missing()", anyDepsMissing(), depsMissing],
  ["any_deps_in_progress()", anyDepsInProgress(), `any_deps_match(${running})`],
  [
    "all_deps_blocking_checks_passed()",
    allDepsBlockingChecksPassed(),
    "all_deps_match(all_checks_match(check_passed() | will_be_requested(), blocking_only=true))",
  ],
  [
    'all_deps_updated_since_cron("0 3 * * *", "Asia/Seoul")',
    allDepsUpdatedSinceCron("0 3 * * *", "Asia/Seoul"),
    depsUpdatedSinceCron,
  ],
  [
    "eager()",
    eager(),
    `in_latest_time_window() & since(newly_true(missing()) | ${depsUpdated}, ${handled})` +
      ` & ~${depsMissing} & ~any_deps_match(${running}) & ~(${running})`,
  ],
  [
    'on_cron("0 3 * * *", "Asia/Seoul")',
    onCron("0 3 * * *", "Asia/Seoul"),
    `in_latest_time_window() & since(${cron}, ${handled}) & ${depsUpdatedSinceCron}`,
  ],
  [
    "on_missing()",
    onMissing(),
    `in_latest_time_window() & since(newly_true(missing()), ${handled}) & ~${depsMissing}`,
  ],
])("%s prints by its name and stands for exactly its parts", ([name, condition, parts]) => {
  expect(conditionText(condition)).toBe(name);
  expect(expanded(condition)).toBe(parts);
});

test("what was handled is named so", () => {
  expect(conditionText(sinceLastHandled(operand("missing")))).toBe("since(missing(), handled)");
});

test("the time zone of a cron condition is UTC unless it is named", () => {
  expect(cronTickPassed("0 3 * * *")).toEqual({
    type: "cron_tick_passed",
    cron: "0 3 * * *",
    timeZone: "UTC",
  });
  expect(conditionText(onCron("@daily"))).toBe('on_cron("@daily", "UTC")');
  expect(conditionText(allDepsUpdatedSinceCron("@daily"))).toBe(
    'all_deps_updated_since_cron("@daily", "UTC")',
  );
});

const [a, b, c] = [operand("missing"), operand("newly_updated"), operand("check_passed")] as const;

test("unlabelled operands of the same kind are flattened, from the left and from the right", () => {
  expect(and(and(a, b), c)).toEqual({ type: "and", operands: [a, b, c] });
  expect(or(a, or(b, c))).toEqual({ type: "or", operands: [a, b, c] });
});

test("labelled operands and those of the other kind stay whole", () => {
  const named = labelled("both", and(a, b));
  expect(and(named, c)).toEqual({ type: "and", operands: [named, c] });
  expect(and(or(a, b), c)).toEqual({ type: "and", operands: [or(a, b), c] });
});

test("one operand stands for itself, and none is an error", () => {
  expect(and(eager())).toEqual(eager());
  expect(or(a)).toBe(a);
  expect(() => and()).toThrow(RangeError);
  expect(() => or()).toThrow(RangeError);
});

test("a label does not change the condition that it is given to", () => {
  const plain = operand("missing");
  expect(labelled("gone", plain)).toEqual({ type: "missing", label: "gone" });
  expect(plain).toEqual({ type: "missing" });
});

test("walking a condition meets parents before children, in the order of evaluation", () => {
  const condition = since(and(a, not(b)), assetMatches(assetKey("x"), anyChecksMatch(c)));
  expect([...walkCondition(condition)].map(({ type }) => type)).toEqual([
    "since",
    "and",
    "missing",
    "not",
    "newly_updated",
    "asset_matches",
    "any_checks_match",
    "check_passed",
  ]);
  expect(conditionChildren(a)).toEqual([]);
});

// Limits of deps.

test.for<[string, AutomationCondition, string]>([
  ["and", and(anyDepsMatch(a), b), 'any_deps_match(missing(), ignore="x") & newly_updated()'],
  ["or", or(b, allDepsMatch(a)), 'newly_updated() | all_deps_match(missing(), ignore="x")'],
  ["not", not(anyDepsMatch(a)), '~any_deps_match(missing(), ignore="x")'],
  ["newly_true", newlyTrue(anyDepsMatch(a)), 'newly_true(any_deps_match(missing(), ignore="x"))'],
  [
    "since",
    since(anyDepsMatch(a), allDepsMatch(b)),
    'since(any_deps_match(missing(), ignore="x"), all_deps_match(newly_updated(), ignore="x"))',
  ],
])("what is ignored reaches the deps below %s", ([, condition, text]) => {
  expect(conditionText(ignoreDeps(condition, "x"))).toBe(text);
});

test("a condition asked of each dep keeps its own limits", () => {
  const nested = anyDepsMatch(anyDepsMatch(a));
  expect(conditionText(ignoreDeps(nested, "x"))).toBe(
    'any_deps_match(any_deps_match(missing()), ignore="x")',
  );
});

test("a condition about checks or another asset has no deps to limit", () => {
  const condition = and(
    allChecksMatch(a),
    assetMatches(assetKey("x"), anyDepsMatch(b)),
    inLatestTimeWindow(),
  );
  expect(ignoreDeps(condition, "x")).toBe(condition);
});

test("repeated limits unite, and the same one twice counts once", () => {
  const once = allowDeps(ignoreDeps(allowDeps(anyDepsMatch(a), "x"), "z"), "y");
  expect(once).toEqual({ ...anyDepsMatch(a), allow: ["x", "y"], ignore: ["z"] });
  expect(allowDeps(once, "x")).toBe(once);
});

test("a named condition with limited deps does not print as if it were unchanged", () => {
  expect(conditionText(ignoreDeps(eager(), "group:raw"))).toBe('eager().ignore("group:raw")');
  expect(conditionText(allowDeps(ignoreDeps(eager(), "x"), 'key:"y"'))).toBe(
    'eager().ignore("x").allow("key:\\"y\\"")',
  );
  expect(conditionText(ignoreDeps(and(anyDepsUpdated(), inProgress()), "x"))).toBe(
    'any_deps_updated().ignore("x") & in_progress()',
  );
});

test.for(["allow", "ignore"] as const)(
  "in eager() `%s` reaches its three deps conditions and no other part",
  (field) => {
    const limited = (field === "allow" ? allowDeps : ignoreDeps)(eager(), "bar");
    const scoped = depsUpdated.replace(/\)$/, `, ${field}="bar")`);
    expect(expanded(limited)).toBe(
      `in_latest_time_window() & since(newly_true(missing()) | ${scoped}, ${handled})` +
        ` & ~${depsMissing.replace(/\)$/, `, ${field}="bar")`)}` +
        ` & ~any_deps_match(${running}, ${field}="bar") & ~(${running})`,
    );
  },
);

test("a name without deps conditions stays, limited or not", () => {
  const condition = labelled("mine", and(inProgress(), newlyMissing()));
  expect(allowDeps(condition, "x")).toBe(condition);
});
