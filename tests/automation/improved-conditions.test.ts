import { expect, test } from "vitest";
import { materialized, type PlayedHistory, playHistory, ranFor } from "./played-history.ts";

const daily = { type: "daily", start: "2024-03-01" };
const on = (condition: string, ...deps: readonly string[]) => ({
  deps: deps.map((key) => ({ key })),
  automation_condition: condition,
});
const plain = (...deps: readonly string[]) => ({ deps: deps.map((key) => ({ key })) });
const view = (...deps: readonly string[]) => ({ ...plain(...deps), kind: "view" });
const [a, b] = [materialized("a"), materialized("b")];

test.for<PlayedHistory & { readonly rule: string }>([
  {
    rule: "`eager()` leaves partitions of earlier windows as they are",
    assets: { a: { ...plain(), partitions: daily }, b: { ...on("eager", "a"), partitions: daily } },
    ticks: [{ at: "08T10:00" }, { at: "08T10:01", after: [materialized("a", "2024-03-03")] }],
  },
  {
    rule: '`eager("all")` goes on into partitions of all windows',
    assets: { a: { ...plain(), partitions: daily }, b: { ...on('eager("all")', "a"), partitions: daily } },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [materialized("a", "2024-03-03")], requests: ["b 2024-03-03"] },
      { at: "08T10:02" },
    ],
  },
  {
    rule: "`eager` with a length goes on into the windows that began within it",
    assets: { a: { ...plain(), partitions: daily }, b: { ...on('eager("3d")', "a"), partitions: daily } },
    ticks: [
      { at: "08T10:00" },
      {
        at: "08T10:01",
        after: [materialized("a", "2024-03-04"), materialized("a", "2024-03-05")],
        requests: ["b 2024-03-05"],
      },
    ],
  },
  {
    rule: "`all_deps_updated_since_last_handled` waits for every dep, and after a request for every one again",
    assets: { a: plain(), b: plain(), c: on("all_deps_updated_since_last_handled", "a", "b") },
    ticks: [
      { at: "08T10:00", after: [a, b] },
      { at: "08T10:01", after: [a] },
      { at: "08T10:02" },
      { at: "08T10:03", after: [b], requests: ["c"] },
      { at: "08T10:04", after: [materialized("c")] },
      { at: "08T10:05", after: [b] },
      { at: "08T10:06", after: [b] },
      { at: "08T10:07", after: [a], requests: ["c"] },
    ],
  },
  {
    rule: "a dep that is requested in the same tick counts for `all_deps_updated_since_last_handled`",
    assets: {
      a: on("cron_tick_passed(cron=0 11 * * *, tz=UTC)"),
      b: plain(),
      c: on("all_deps_updated_since_last_handled", "a", "b"),
    },
    ticks: [{ at: "08T10:00" }, { at: "08T10:30", after: [b] }, { at: "08T11:00", requests: ["a", "c"] }],
  },
  {
    rule: "an update by hand is a handling for `all_deps_updated_since_last_handled`",
    assets: { a: plain(), b: plain(), c: on("all_deps_updated_since_last_handled", "a", "b") },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [a] },
      { at: "08T10:02", after: [materialized("c")] },
      { at: "08T10:03", after: [b] },
      { at: "08T10:04", after: [a], requests: ["c"] },
    ],
  },
  {
    rule: "what one partition is requested for is not over for another one that reads the same dep",
    assets: {
      a: plain(),
      b: { ...plain(), partitions: { type: "static", keys: ["x", "y"] } },
      c: {
        ...on("all_deps_updated_since_last_handled", "a", "b"),
        partitions: { type: "static", keys: ["x", "y"] },
      },
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [a, materialized("b", "x")], requests: ["c x"] },
      { at: "08T10:02", after: [materialized("b", "y")], requests: ["c y"] },
      { at: "08T10:03", after: [materialized("b", "y")] },
    ],
  },
  {
    rule: "without deps `all_deps_updated_since_last_handled` never holds, and ignored deps are none",
    assets: {
      a: plain(),
      b: on("all_deps_updated_since_last_handled"),
      c: on("all_deps_updated_since_last_handled.ignore(a)", "a"),
    },
    ticks: [{ at: "08T10:00" }, { at: "08T10:01", after: [a] }, { at: "08T10:02" }],
  },
  {
    rule: "`on_cron` asks for deps since its own tick, so that what came before it is not enough",
    assets: { a: plain(), b: on('on_cron("0 4 * * *")', "a") },
    ticks: [
      { at: "07T10:00" },
      { at: "08T02:00", after: [a] },
      { at: "08T04:00" },
      { at: "08T05:00", after: [a], requests: ["b"] },
    ],
  },
  {
    rule: "`deps_since` asks for deps since the tick of another cron",
    assets: { a: plain(), b: on('on_cron("0 4 * * *", "UTC", deps_since="0 0 * * *")', "a") },
    ticks: [
      { at: "07T10:00" },
      { at: "08T02:00", after: [a] },
      { at: "08T04:00", requests: ["b"] },
      { at: "08T05:00", after: [a] },
    ],
  },
  {
    rule: "a tick whose deps came after the next tick of `deps_since` is over",
    assets: { a: plain(), b: on('on_cron("0 4 * * *", "UTC", deps_since="0 0 * * *")', "a") },
    ticks: [
      { at: "07T10:00" },
      { at: "08T04:00" },
      { at: "09T00:00" },
      { at: "09T02:00", after: [a] },
      { at: "09T04:00", requests: ["b"] },
    ],
  },
  {
    rule: "a tick at the moment of a tick of `deps_since` stands",
    assets: { a: plain(), b: on('on_cron("0 0 * * *", "UTC", deps_since="0 */6 * * *")', "a") },
    ticks: [{ at: "07T10:00" }, { at: "08T00:00" }, { at: "08T01:00", after: [a], requests: ["b"] }],
  },
  {
    rule: "`deps_since` freshness asks that deps are there and not overdue, whenever they were updated",
    assets: { a: plain(), b: on('on_cron("0 4 * * *", "UTC", deps_since="freshness")', "a") },
    ticks: [
      { at: "07T10:00" },
      { at: "08T04:00" },
      { at: "08T05:00", after: [a], requests: ["b"] },
      { at: "09T03:00", after: [{ kind: "freshness", asset: "a", state: "fail" }] },
      { at: "09T04:00" },
      {
        at: "09T04:30",
        after: [{ kind: "freshness", asset: "a", state: "warn" }],
        requests: ["b"],
      },
    ],
  },
  {
    rule: "what a tick asked for in vain is not asked for again when the dep recovers",
    assets: { a: on("cron_tick_passed(cron=0 4 * * *, tz=UTC)"), b: on('on_cron("0 4 * * *")', "a") },
    ticks: [
      { at: "07T10:00" },
      { at: "08T04:00", requests: ["a", "b"] },
      { at: "08T04:10", after: ranFor(["a", "b"]) },
      { at: "08T05:00", after: ranFor(["a"], { made: ["a"] }) },
    ],
  },
  {
    rule: "with `catch_up` it is, once for each update of the dep, until it came about",
    assets: {
      a: on("cron_tick_passed(cron=0 4 * * *, tz=UTC)"),
      b: on('on_cron("0 4 * * *", "UTC", catch_up="all")', "a"),
    },
    ticks: [
      { at: "07T10:00" },
      { at: "08T04:00", requests: ["a", "b"] },
      { at: "08T04:10", after: ranFor(["a", "b"]) },
      { at: "08T05:00", after: ranFor(["a"], { made: ["a"] }), requests: ["b"] },
      { at: "08T05:10", after: ranFor(["b"]) },
      { at: "08T06:00", after: ranFor(["a"], { made: ["a"] }), requests: ["b"] },
      { at: "08T06:10", after: ranFor(["b"], { made: ["b"] }) },
      { at: "08T07:00", after: ranFor(["a"], { made: ["a"] }) },
    ],
  },
  {
    rule: "`catch_up` with a length makes up for what is missing in the windows that began within it",
    assets: {
      a: { ...plain(), partitions: daily },
      b: { ...on('on_cron("0 4 * * *", "UTC", catch_up="2d")', "a"), partitions: daily },
    },
    ticks: [
      { at: "06T10:00" },
      { at: "07T04:00" },
      { at: "08T04:00" },
      {
        at: "08T05:00",
        after: ["05", "06", "07"].map((day) => materialized("a", `2024-03-${day}`)),
        requests: ["b 2024-03-06", "b 2024-03-07"],
      },
    ],
  },
  {
    rule: "through a view an update of what it reads counts, and that the view is missing does not",
    assets: { a: plain(), v: view("a"), b: on("eager.with_transparent_views()", "v") },
    ticks: [
      { at: "08T10:00", after: [a] },
      { at: "08T10:01", after: [materialized("v")] },
      { at: "08T10:02", after: [a], requests: ["b"] },
    ],
  },
  {
    rule: "a condition that is not told to look through views asks the views",
    assets: { a: plain(), v: view("a"), b: on("eager", "v") },
    ticks: [
      { at: "08T10:00", after: [a] },
      { at: "08T10:01", after: [a] },
      { at: "08T10:02", after: [materialized("v")], requests: ["b"] },
    ],
  },
  {
    rule: "views of views are looked through, each of what they read is asked once",
    assets: {
      a: plain(),
      c: plain(),
      v: view("a"),
      w: view("v", "c", "a"),
      b: on("all_deps_updated_since_last_handled.with_transparent_views()", "w"),
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [a] },
      { at: "08T10:02", after: [materialized("c")], requests: ["b"] },
    ],
  },
  {
    rule: "partitions are mapped through a view, step by step",
    assets: {
      a: { ...plain(), partitions: { type: "hourly", start: "2024-03-07-00:00" } },
      v: { ...view("a"), partitions: daily },
      b: { ...on("any_deps_updated.with_transparent_views()", "v"), partitions: daily },
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [materialized("a", "2024-03-07-13:00")], requests: ["b 2024-03-07"] },
    ],
  },
  {
    rule: "behind a view that is not asked for, what is requested in the same tick has to come first",
    assets: {
      a: on("cron_tick_passed(cron=0 11 * * *, tz=UTC)"),
      v: view("a"),
      b: on("any_deps_match(will_be_requested | newly_updated).with_transparent_views()", "v"),
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T11:00", requests: ["a"] },
      { at: "08T11:01", after: [a], requests: ["b"] },
    ],
  },
  {
    rule: "behind a view that is asked for too they are requested together",
    assets: {
      a: on("cron_tick_passed(cron=0 11 * * *, tz=UTC)"),
      v: { ...view("a"), automation_condition: "any_deps_match(will_be_requested)" },
      b: on("any_deps_match(will_be_requested).with_transparent_views()", "v"),
    },
    ticks: [{ at: "08T10:00" }, { at: "08T11:00", requests: ["a", "v", "b"] }],
  },
  {
    rule: "a request ends what was new since it was last handled",
    assets: { a: on("(code_version_changed.since_last_handled() & ~in_progress)") },
    ticks: [
      { at: "08T10:00", after: [{ kind: "code_version", asset: "a", version: "1" }] },
      {
        at: "08T10:01",
        after: [{ kind: "code_version", asset: "a", version: "2" }],
        requests: ["a"],
      },
      { at: "08T10:02", after: ranFor(["a"]) },
    ],
  },
  {
    rule: "by `updated` a request that came to nothing ends nothing",
    assets: { a: on('(code_version_changed.since_last_handled("updated") & ~in_progress)') },
    ticks: [
      { at: "08T10:00", after: [{ kind: "code_version", asset: "a", version: "1" }] },
      {
        at: "08T10:01",
        after: [{ kind: "code_version", asset: "a", version: "2" }],
        requests: ["a"],
      },
      { at: "08T10:02", after: ranFor(["a"]), requests: ["a"] },
      { at: "08T10:03", after: ranFor(["a"], { made: ["a"] }) },
    ],
  },
  {
    rule: "by `requested` an update by hand ends nothing",
    assets: {
      a: plain(),
      b: on(
        '(any_deps_match(newly_updated).since_last_handled("requested") & ~any_deps_match(run_in_progress))',
        "a",
      ),
    },
    ticks: [
      { at: "08T10:00" },
      { at: "08T10:01", after: [a, { kind: "run_start", run: "r", targets: ["a"] }] },
      { at: "08T10:02", after: [materialized("b")] },
      { at: "08T10:03", after: [{ kind: "run_end", run: "r", status: "failed" }], requests: ["b"] },
    ],
  },
])("$rule", ({ rule: _rule, ...history }) => {
  expect(playHistory(history)).toEqual(history.ticks);
});
