import { expect, test } from "vitest";
import { materialized, type PlayedHistory, playHistory, ranFor } from "./played-history.ts";

const daily = { type: "daily", start: "2024-03-01" };
const on = (condition: string, ...deps: readonly string[]) => ({
  deps: deps.map((key) => ({ key })),
  automation_condition: condition,
});
const plain = (...deps: readonly string[]) => ({ deps: deps.map((key) => ({ key })) });
const [a, b] = [materialized("a"), materialized("b")];
const failed = (asset: string, ...targets: readonly string[]) => ranFor([asset, ...targets]);
const check = (passed: boolean) => ({ kind: "check", check: "a:q", passed });
const code = (asset: string, version: string) => ({ kind: "code_version", asset, version });

test.for<PlayedHistory & { readonly rule: string }>([
  {
    rule: "`since` holds from its trigger on until its reset",
    assets: {
      a: plain(),
      b: plain(),
      c: on(
        "since(any_deps_match(newly_updated).allow(a), reset=any_deps_match(newly_updated).allow(b))",
        "a",
        "b",
      ),
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [a], requests: ["c"] },
      { at: "08T10:02", requests: ["c"] },
      { at: "08T10:03", after: [b] },
      { at: "08T10:04" },
    ],
  },
  {
    rule: "a reset that came after the trigger of the same tick counts",
    assets: {
      a: plain(),
      b: plain(),
      c: on(
        "since(any_deps_match(newly_updated).allow(a), reset=any_deps_match(newly_updated).allow(b))",
        "a",
        "b",
      ),
    },
    ticks: [{ at: "08T10:00" }, { at: "08T10:01", after: [a, b] }, { at: "08T10:02" }],
  },
  {
    rule: "a trigger that came after the reset of the same tick counts",
    assets: {
      a: plain(),
      b: plain(),
      c: on(
        "since(any_deps_match(newly_updated).allow(a), reset=any_deps_match(newly_updated).allow(b))",
        "a",
        "b",
      ),
    },
    ticks: [{ at: "08T10:00" }, { at: "08T10:01", after: [b, a], requests: ["c"] }],
  },
  {
    rule: "where one of both has no moment the reset counts",
    assets: { a: plain(), c: on("since(any_deps_match(newly_updated), reset=missing)", "a") },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [a] },
      { at: "08T10:02", after: [materialized("c")] },
      { at: "08T10:03", after: [a], requests: ["c"] },
    ],
  },
  {
    rule: "`newly_true` holds in the tick in which its part came true, and again after it was not",
    assets: { a: on("newly_true(execution_failed)") },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: failed("a"), requests: ["a"] },
      { at: "08T10:02" },
      { at: "08T10:03", after: [a] },
      { at: "08T10:04", after: failed("a"), requests: ["a"] },
    ],
  },
  {
    rule: "`newly_true` of what is so at the first evaluation holds at once",
    assets: { a: on("newly_true(missing)") },
    ticks: [{ at: "08T10:00", requests: ["a"] }, { at: "08T10:01" }],
  },
  {
    rule: "`newly_true` that is new under a known condition takes what it finds as given",
    assets: { a: on("execution_failed") },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [{ kind: "set_condition", asset: "a", condition: "newly_true(missing)" }] },
      { at: "08T10:02" },
    ],
  },
  {
    rule: "`on_missing` asks for a new window once its deps are there, and not for what was missing before",
    assets: { a: { ...plain(), partitions: daily }, b: { ...on("on_missing", "a"), partitions: daily } },
    ticks: [
      { at: "08T10:00" },
      { at: "08T11:00", after: [materialized("a", "2024-03-07")] },
      { at: "09T00:01" },
      { at: "09T02:00", after: [materialized("a", "2024-03-08")], requests: ["b 2024-03-08"] },
      { at: "09T02:01" },
    ],
  },
  {
    rule: "`any_downstream_conditions` asks the nearest condition below, and not those behind it",
    assets: {
      a: on("any_downstream_conditions"),
      b: plain("a"),
      c: on("cron_tick_passed(cron=0 11 * * *, tz=UTC)", "b"),
      d: on("cron_tick_passed(cron=30 10 * * *, tz=UTC)", "c"),
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:30", requests: ["d"] },
      { at: "08T11:00", requests: ["a", "c"] },
    ],
  },
  {
    rule: "a condition below is asked about the asset above, with its scope",
    assets: {
      a: on("any_downstream_conditions", "x", "y"),
      x: plain(),
      y: plain(),
      b: on("any_deps_match(newly_updated).ignore(x)", "a"),
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [materialized("x")] },
      { at: "08T10:02", after: [materialized("y")], requests: ["a"] },
    ],
  },
  {
    rule: "`allow` more than once unites, and `ignore` takes away from it",
    assets: {
      x: plain(),
      y: plain(),
      z: plain(),
      c: on("any_deps_match(newly_updated).allow(x).allow(y).ignore(y)", "x", "y", "z"),
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [materialized("x")], requests: ["c"] },
      { at: "08T10:02", after: [materialized("y"), materialized("z")] },
    ],
  },
  {
    rule: "what is ignored is ignored inside `since` too",
    assets: { a: plain(), b: plain(), c: on("eager.ignore(b)", "a", "b") },
    ticks: [
      { at: "08T10:00", after: [a] },
      { at: "08T10:01", after: [b] },
      { at: "08T10:02", after: [a], requests: ["c"] },
    ],
  },
  {
    rule: "an hourly cron ticks in the hour that comes twice both times",
    month: "2024-11",
    assets: { a: on("cron_tick_passed(cron=0 * * * *, tz=America/New_York)") },
    ticks: [
      { at: "03T05:01" },
      { at: "03T05:30" },
      { at: "03T06:00", requests: ["a"] },
      { at: "03T06:30" },
      { at: "03T07:00", requests: ["a"] },
    ],
  },
  {
    rule: "a daily cron in the hour that comes twice ticks the second time alone",
    month: "2024-11",
    assets: { a: on("cron_tick_passed(cron=30 1 * * *, tz=America/New_York)") },
    ticks: [{ at: "03T05:00" }, { at: "03T05:30" }, { at: "03T06:30", requests: ["a"] }],
  },
  {
    rule: "a daily cron in the hour that is left out ticks when it would have ended",
    assets: { a: on("cron_tick_passed(cron=30 2 * * *, tz=America/New_York)") },
    ticks: [{ at: "10T06:30" }, { at: "10T06:59" }, { at: "10T07:00", requests: ["a"] }, { at: "10T07:30" }],
  },
  {
    rule: "a tick that came while nobody looked counts once",
    assets: { a: on("cron_tick_passed(cron=0 * * * *, tz=UTC)") },
    ticks: [{ at: "08T10:30" }, { at: "08T14:10", requests: ["a"] }, { at: "08T14:11" }],
  },
  {
    rule: "an answer to a check counts until the asset is updated again",
    assets: {
      a: plain(),
      "a:q": { deps: [], check_of: "a", blocking: true },
      b: on("any_deps_match(any_checks_match(check_failed))", "a"),
    },
    ticks: [
      { at: "08T10:00", after: [a] },
      { at: "08T10:01", after: [check(false)], requests: ["b"] },
      { at: "08T10:02", after: [a] },
      { at: "08T10:03", after: [check(true)] },
    ],
  },
  {
    rule: "only blocking checks are asked where that is wanted, and no checks at all pass",
    assets: {
      a: plain(),
      "a:q": { deps: [], check_of: "a", blocking: false },
      b: on(
        "(any_deps_match(newly_updated) & all_deps_match(all_checks_match(check_passed, blocking_only=true)))",
        "a",
      ),
      c: on("(any_deps_match(newly_updated) & all_deps_match(all_checks_match(check_passed)))", "a"),
    },
    ticks: [{ at: "08T10:00" }, { at: "08T10:01", after: [a, check(false)], requests: ["b"] }],
  },
  {
    rule: "tags of the run that brought a dep up to date last",
    assets: { a: plain(), b: on("any_deps_match(executed_with_tags(tag_values={'env': 'prod'}))", "a") },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: ranFor(["a"], { made: ["a"], tags: { env: "test" } }) },
      { at: "08T10:02", after: ranFor(["a"], { made: ["a"], tags: { env: "prod" } }), requests: ["b"] },
      { at: "08T10:03", after: [a] },
    ],
  },
  {
    rule: "tags of any and of all runs since the last tick",
    assets: {
      a: plain(),
      b: on("any_deps_match(any_new_update_has_run_tags(tag_keys=['env']))", "a"),
      c: on("any_deps_match(all_new_updates_have_run_tags(tag_keys=['env']))", "a"),
    },
    ticks: [
      { at: "08T10:00" },
      {
        at: "08T10:01",
        after: [...ranFor(["a"], { made: ["a"], tags: { env: "x" } }), ...ranFor(["a"], { made: ["a"] })],
        requests: ["b"],
      },
      {
        at: "08T10:02",
        after: ranFor(["a"], { made: ["a"], tags: { env: "x" } }),
        requests: ["b", "c"],
      },
      { at: "08T10:03" },
    ],
  },
  {
    rule: "without an operand the rest decides",
    assets: {
      a: { ...plain(), partitions: daily },
      b: { ...on("eager without in_latest_time_window", "a"), partitions: daily },
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [materialized("a", "2024-03-02")], requests: ["b 2024-03-02"] },
    ],
  },
  {
    rule: "a code version is changed against the one of the evaluation before, and unknown at the first",
    assets: { a: on("code_version_changed") },
    ticks: [
      { at: "08T10:00", after: [code("a", "1")] },
      { at: "08T10:01", after: [code("a", "2")], requests: ["a"] },
      { at: "08T10:02" },
    ],
  },
  {
    rule: "an observation counts as an update where the data version is another one",
    assets: { a: { ...plain(), kind: "observable" }, b: on("any_deps_match(newly_updated)", "a") },
    ticks: [
      { at: "08T10:00", after: [{ kind: "observe", asset: "a", data_version: "1" }] },
      { at: "08T10:01", after: [{ kind: "observe", asset: "a", data_version: "1" }] },
      {
        at: "08T10:02",
        after: [{ kind: "observe", asset: "a", data_version: "2" }],
        requests: ["b"],
      },
    ],
  },
])("$rule", ({ rule: _rule, ...history }) => {
  expect(playHistory(history)).toEqual(history.ticks);
});
