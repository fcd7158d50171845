import { expect, test } from "vitest";
import { isAutomationCondition, plainOperands } from "../../platform/core/condition.ts";
import { and, eager, newlyMissing, not, onCron } from "../../platform/core/condition-builders.ts";
import { conditionText } from "../../platform/core/condition-text.ts";
import { conditionType } from "../../platform/define/condition-attribute.ts";
import { namedConditions } from "../../platform/define/condition-names.ts";
import { hintsOf, readWith } from "./told.ts";

const textOf = (written: unknown): string | undefined => {
  const { value, told } = readWith(conditionType, written);
  expect(told).toEqual([]);
  return value && conditionText(value);
};

test.for<[string, string]>([
  ["eager", "eager()"],
  ["on_missing", "on_missing()"],
  ["in_progress", "in_progress()"],
  ["newly_missing", "newly_missing()"],
  ["any_deps_updated", "any_deps_updated()"],
  ["any_deps_missing", "any_deps_missing()"],
  ["any_deps_in_progress", "any_deps_in_progress()"],
  ["all_deps_blocking_checks_passed", "all_deps_blocking_checks_passed()"],
  ["in_latest_time_window", "in_latest_time_window()"],
  ["hourly_if_not_in_progress", 'cron_tick_passed("0 * * * *", "UTC") & ~in_progress()'],
  ["daily_if_not_in_progress", 'cron_tick_passed("0 0 * * *", "UTC") & ~in_progress()'],
  ...plainOperands.map((name): [string, string] => [name, `${name}()`]),
])("the name %s is `%s`", ([name, text]) => {
  expect(textOf(name)).toBe(text);
});

test.for<[object, string]>([
  [{ all_of: ["eager", { not: "in_progress" }] }, "eager() & ~in_progress()"],
  [{ any_of: ["on_missing", "eager"] }, "on_missing() | eager()"],
  [{ all_of: ["eager"] }, "eager()"],
  [{ not: { any_of: ["missing", "check_failed"] } }, "~(missing() | check_failed())"],
  [{ newly_true: "check_failed" }, "newly_true(check_failed())"],
  [{ any_deps_match: "newly_updated" }, "any_deps_match(newly_updated())"],
  [{ all_deps_match: "check_passed" }, "all_deps_match(check_passed())"],
  [{ since_last_handled: "missing" }, "since(missing(), handled)"],
  [{ since: { trigger: "missing", reset: "newly_updated" } }, "since(missing(), newly_updated())"],
  [{ on_cron: "0 3 * * *" }, 'on_cron("0 3 * * *", "UTC")'],
  [{ on_cron: { cron: "0 3 * * *" } }, 'on_cron("0 3 * * *", "UTC")'],
  [{ on_cron: { cron: "0 3 * * *", timezone: "Asia/Seoul" } }, 'on_cron("0 3 * * *", "Asia/Seoul")'],
  [
    { cron_tick_passed: { cron: "@hourly", timezone: "Europe/Paris" } },
    'cron_tick_passed("@hourly", "Europe/Paris")',
  ],
  [{ ignore: { selection: "group:raw", condition: "eager" } }, 'eager().ignore("group:raw")'],
  [
    { allow: { selection: "key:a", condition: { any_deps_match: "missing" } } },
    'any_deps_match(missing(), allow="key:a")',
  ],
  [{ any_of: ["missing", "check_failed"], label: "broken" }, "broken"],
  [
    { all_deps_updated_since_cron: { cron: "@hourly", timezone: "Asia/Seoul" } },
    'all_deps_updated_since_cron("@hourly", "Asia/Seoul")',
  ],
  [{ any_checks_match: "check_failed" }, "any_checks_match(check_failed())"],
  [
    { all_checks_match: { condition: "check_passed", blocking_only: true } },
    "all_checks_match(check_passed(), blocking_only=true)",
  ],
  [{ asset_matches: { asset: "raw/a", condition: "missing" } }, 'asset_matches("raw/a", missing())'],
  [{ in_latest_time_window: { lookback: "2d" } }, "in_latest_time_window(lookback_seconds=172800)"],
  [{ executed_with_tags: { tag_keys: ["a"], tag_values: { b: "c" } } }, 'executed_with_tags("a", "b=c")'],
  [{ any_new_update_has_run_tags: { tag_keys: ["a"] } }, 'any_new_update_has_run_tags("a")'],
  [{ all_new_updates_have_run_tags: { tag_values: { b: "c" } } }, 'all_new_updates_have_run_tags("b=c")'],
  [
    { without: { condition: "eager", part: "in_latest_time_window" } },
    "eager().without(in_latest_time_window)",
  ],
  [
    { without: { condition: "eager", part: { not: "any_deps_missing" } } },
    "eager().without(~any_deps_missing())",
  ],
  [
    { replace: { condition: "eager", old: "any_deps_updated", new: "newly_missing" } },
    "eager().replace(any_deps_updated, newly_missing())",
  ],
  [
    {
      replace: {
        condition: { all_of: ["missing", { not: "in_progress" }] },
        old: { not: "in_progress" },
        new: "check_failed",
      },
    },
    "missing() & check_failed()",
  ],
])("the mapping %j is `%s`", ([written, text]) => {
  expect(textOf(written)).toBe(text);
});

test("conditions that templates give may stand inside a mapping", () => {
  const written = { all_of: [onCron("0 3 * * *"), { not: newlyMissing() }] };
  expect(readWith(conditionType, written).value).toEqual(and(onCron("0 3 * * *"), not(newlyMissing())));
});

const wrong = "invalid-condition";

test.for<[unknown, string[]]>([
  ["eagre", [": template-type"]],
  ["constructor", [": template-type"]],
  [3, [`: ${wrong}`]],
  [null, [`: ${wrong}`]],
  [["eager"], [`: ${wrong}`]],
  [{}, [`: ${wrong}`]],
  [{ label: "only" }, [`: ${wrong}`]],
  [{ type: "and" }, [`type: ${wrong}`]],
  [{ al_of: ["eager"] }, [`al_of: ${wrong}`]],
  [{ toString: "eager" }, [`toString: ${wrong}`]],
  [{ not: "eager", newly_true: "eager" }, [`: ${wrong}`]],
  [{ not: "eager", label: 3 }, [`label: ${wrong}`]],
  [{ not: "eager", label: " " }, [`label: ${wrong}`]],
  [{ all_of: "eager" }, [`all_of: ${wrong}`]],
  [{ all_of: [] }, [`all_of: ${wrong}`]],
  [
    { all_of: ["eager", "eagr", { not: "in_progres" }] },
    ["all_of.1: template-type", "all_of.2.not: template-type"],
  ],
  [{ since: "missing" }, [`since: ${wrong}`]],
  [{ since: { trigger: "missing" } }, [`since: ${wrong}`]],
  [{ since: { trigger: "missing", reset: "missing", until: 1 } }, [`since.until: ${wrong}`]],
  [
    { since: { trigger: "mising", reset: { not: 3 } } },
    ["since.trigger: template-type", `since.reset.not: ${wrong}`],
  ],
  [{ on_cron: 3 }, [`on_cron: ${wrong}`]],
  [{ on_cron: { timezone: "UTC" } }, [`on_cron: ${wrong}`]],
  [{ on_cron: { cron: "0 3 * * *", tz: "Asia/Seoul" } }, [`on_cron.tz: ${wrong}`]],
  [{ on_cron: { cron: "0 3 * * *", timezone: 9 } }, [`on_cron.timezone: ${wrong}`]],
  [{ on_cron: { cron: 3, timezone: 9 } }, [`on_cron.cron: ${wrong}`, `on_cron.timezone: ${wrong}`]],
  [{ ignore: { condition: "eager" } }, [`ignore: ${wrong}`]],
  [{ ignore: { selection: ["a"], condition: "eager" } }, [`ignore.selection: ${wrong}`]],
  [{ allow: { selection: "a", condition: "eagr" } }, ["allow.condition: template-type"]],
  [{ without: { condition: "eager", part: "missing" } }, [`without.part: ${wrong}`]],
  [{ without: { condition: "missing", part: "missing" } }, [`without.part: ${wrong}`]],
  [{ without: { condition: "eager" } }, [`without: ${wrong}`]],
  [{ replace: { condition: "eager", old: "check_failed", new: "missing" } }, [`replace.old: ${wrong}`]],
  [
    { replace: { condition: "eager", old: 3, new: "mising" } },
    [`replace.old: ${wrong}`, "replace.new: template-type"],
  ],
  [{ asset_matches: { asset: "a//b", condition: "missing" } }, [`asset_matches.asset: ${wrong}`]],
  [{ in_latest_time_window: { lookback: "soon" } }, [`in_latest_time_window.lookback: ${wrong}`]],
  [{ executed_with_tags: {} }, [`executed_with_tags: ${wrong}`]],
  [{ executed_with_tags: { tag_keys: "a" } }, [`executed_with_tags: ${wrong}`]],
  [
    { any_checks_match: { condition: "missing", blocking_only: 1 } },
    [`any_checks_match.blocking_only: ${wrong}`],
  ],
])("%j is no condition, told at the right place", ([written, told]) => {
  expect(readWith(conditionType, written)).toEqual({ value: undefined, told });
});

test("a name or form that is nearly right is suggested", () => {
  expect(hintsOf(conditionType, "eagre")).toEqual(["did you mean `eager`?"]);
  expect(hintsOf(conditionType, { al_of: [] })).toEqual(["did you mean `all_of`?"]);
  expect(hintsOf(conditionType, { on_cron: { cron: "0 3 * * *", timezon: "UTC" } })).toEqual([
    "did you mean `timezone`?",
  ]);
});

test("every name stands for a condition, and a template may give one as data", () => {
  expect(Object.values(namedConditions).every((make) => isAutomationCondition(make()))).toBe(true);
  expect(conditionType.isReady(eager())).toBe(true);
  expect(conditionType.isReady({ type: "and" })).toBe(false);
});
