import { expect, test } from "vitest";
import type { SurroundingRun, SurroundingSchedule } from "../../platform/automation/explain-surroundings.ts";
import { explained, type Past, type Question } from "./explained-history.ts";

const raw = { deps: [] };
const mart = { deps: [{ key: "raw" }], automation_condition: "eager" };
const daily = { type: "daily", start: "2024-03-01" };
const made = (asset: string, partition?: string) => ({
  kind: "materialize",
  asset,
  ...(partition === undefined ? {} : { partition }),
});

/** Both are there, and nothing has happened since. */
const settled: Past = {
  assets: { raw, mart },
  moments: [["08T01:00", made("raw")], ["08T01:01", made("mart")], ["08T01:02"], ["08T01:03"]],
};

/** Beside what is told the run is of `mart`. */
function run(given: Partial<SurroundingRun>): SurroundingRun {
  return { id: "run-1", state: "queued", isOf: (entity) => entity === "mart", createdAtMs: 0, ...given };
}

const inRun: Past = {
  ...settled,
  moments: [
    ...settled.moments,
    ["08T02:00", made("raw")],
    ["08T02:01", { kind: "run_start", run: "run-1", targets: ["mart"] }],
  ],
};

function schedule(given: Partial<SurroundingSchedule>): SurroundingSchedule {
  return {
    spec: {
      name: "nightly",
      cron: "0 3 * * *",
      timeZone: "UTC",
      target: { selection: "raw" },
      defaultStatus: "running",
    },
    isOn: true,
    onSinceMs: Date.parse("2024-03-01T00:00Z"),
    lastTickAtMs: Date.parse("2024-03-07T03:00Z"),
    ...given,
  };
}

interface Incident extends Omit<Question, "of" | "at"> {
  readonly incident: string;
  readonly past: Past;
  readonly of?: string;
  readonly at?: string;
  readonly causes: readonly (readonly [code: string, subject: string])[];
}

const incidents: readonly Incident[] = [
  {
    incident: "an upstream asset is missing",
    past: { assets: { raw, mart }, moments: [["08T01:00"], ["08T01:01"]] },
    causes: [["upstream_missing", "raw"]],
  },
  {
    incident: "the latest run of an upstream asset failed",
    past: {
      ...settled,
      moments: [
        ...settled.moments,
        ["08T02:00", { kind: "run_start", run: "r", targets: ["raw"] }],
        ["08T02:01", { kind: "run_end", run: "r", status: "failed" }],
      ],
    },
    causes: [["upstream_failed", "raw"]],
  },
  {
    incident: "a blocking check of an upstream asset did not pass",
    past: {
      assets: {
        raw,
        "raw:sane": { deps: [], check_of: "raw", blocking: true },
        mart: {
          ...mart,
          automation_condition:
            "any_deps_updated & all_deps_match(all_checks_match(check_passed | will_be_requested, blocking_only=True))",
        },
      },
      moments: [["08T01:00", made("raw")], ["08T01:01"]],
    },
    events: [made("raw"), { kind: "check", check: "raw:sane", passed: false }],
    causes: [["check_failed", "raw:sane"]],
  },
  {
    incident: "the partition is not in the range",
    past: {
      assets: { mart: { ...mart, deps: [], partitions: daily } },
      moments: [["08T01:00"], ["08T01:01"]],
    },
    partition: "2024-02-28",
    causes: [["partition_not_in_range", "mart"]],
  },
  {
    incident: "the cron has not ticked",
    past: {
      assets: { mart: { deps: [], automation_condition: 'on_cron("0 3 * * *")' } },
      moments: [["08T01:00"], ["08T01:01"]],
    },
    at: "08T02:00",
    causes: [["cron_not_reached", "mart"]],
  },
  {
    incident: "a tick passed unwatched and catch-up is off",
    past: settled,
    of: "raw",
    surroundings: {
      schedules: [schedule({ spec: { ...schedule({}).spec, catchUp: { type: "none" } } })],
    },
    causes: [["catch_up_off", "nightly"]],
  },
  {
    incident: "somebody has switched automation off",
    past: settled,
    events: [made("raw")],
    surroundings: { group: { name: "marts", isOn: false } },
    causes: [["paused", "marts"]],
  },
  {
    incident: "a pool is full",
    past: inRun,
    surroundings: { runs: [run({ waitsFor: { kind: "pool", pool: "warehouse", limit: 2 } })] },
    causes: [["pool_full", "mart"]],
  },
  {
    incident: "the queue is at its limit",
    past: inRun,
    surroundings: { runs: [run({ waitsFor: { kind: "runs", limit: 4 } })] },
    causes: [["queue_limit", "mart"]],
  },
  {
    incident: "a run is in progress",
    past: inRun,
    surroundings: { runs: [run({ state: "in_progress" })] },
    causes: [["run_in_progress", "mart"]],
  },
  {
    incident: "a failed run waits for its retry",
    past: {
      ...settled,
      moments: [...inRun.moments, ["08T02:02", { kind: "run_end", run: "run-1", status: "failed" }]],
    },
    surroundings: { runs: [run({ state: "waits_for_retry", retryAtMs: Date.parse("2024-03-08T06:00Z") })] },
    causes: [["retry_delay", "mart"]],
  },
  {
    incident: "the code of its component is not loaded",
    past: settled,
    events: [made("raw")],
    surroundings: {
      unreadyComponent: (entity) =>
        entity === "mart" ? { name: "marts", status: "quarantined", needs: [] } : undefined,
    },
    causes: [["code_not_loaded", "marts"]],
  },
  {
    incident: "a variable of its component is missing",
    past: settled,
    events: [made("raw")],
    surroundings: {
      unreadyComponent: (entity) =>
        entity === "mart" ? { name: "marts", status: "needs_credentials", needs: ["SHOP_URL"] } : undefined,
    },
    causes: [["variable_missing", "marts"]],
  },
  {
    incident: "freshness is not due",
    past: {
      assets: { mart: { deps: [], automation_condition: "freshness_failed" } },
      moments: [["08T01:00", made("mart")], ["08T01:01"]],
    },
    freshness: "pass",
    causes: [["freshness_not_due", "mart"]],
  },
  {
    incident: "the condition was changed, and what is so already is not new",
    past: {
      assets: { mart: { deps: [], automation_condition: 'cron_tick_passed("0 3 * * *")' } },
      moments: [
        ["08T01:00"],
        ["08T01:01", { kind: "set_condition", asset: "mart", condition: "newly_true(missing)" }],
      ],
    },
    changed: (definitions) => ({
      ...definitions,
      assets: definitions.assets.map((asset) => ({
        ...asset,
        automationCondition: {
          type: "newly_true",
          operand: { type: "not", operand: { type: "newly_updated" } },
        },
      })),
    }),
    causes: [["condition_changed", "mart"]],
  },
];

test("there are fifteen incidents", () => {
  expect(incidents).toHaveLength(15);
});

test.for(incidents)(
  "$incident: exactly that is named",
  ({ past, of = "mart", at = "08T05:00", causes, ...question }) => {
    const explanation = explained(past, { of, at, ...question });
    expect(explanation.causes.map(({ code, subject }) => [code, subject])).toEqual(causes);
  },
);
