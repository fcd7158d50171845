import { expect, test } from "vitest";
import { eventLine, lengthText, runSummary } from "../../platform/cli/run-text.ts";
import type { EventView, RunView } from "../../platform/core/views.ts";

test.for([
  { ms: 0, text: "0 ms" },
  { ms: 999, text: "999 ms" },
  { ms: 1000, text: "1.0 s" },
  { ms: 59_900, text: "59.9 s" },
  { ms: 60_000, text: "1 m 0 s" },
  { ms: 3_599_000, text: "59 m 59 s" },
  { ms: 7_500_000, text: "2 h 05 m" },
])("$ms milliseconds are $text", ({ ms, text }) => {
  expect(lengthText(ms)).toBe(text);
});

test.for([
  { fields: { type: "step.started", step: "a", attempt: 1 }, line: "a started" },
  { fields: { type: "step.started", step: "a", attempt: 2 }, line: "a started (attempt 2)" },
  { fields: { type: "step.failed", step: "a", error: { message: "no\nstack" } }, line: "a failed: no" },
  {
    fields: {
      type: "asset.materialized",
      asset: "raw/a",
      partition: "2026-01-01",
      metadata: { rows: { type: "int", value: 1 } },
    },
    line: "raw/a [2026-01-01] materialized (1 row)",
  },
  {
    fields: { type: "asset.observed", asset: "raw/a", partition: null, metadata: {} },
    line: "raw/a observed",
  },
  {
    fields: {
      type: "check.evaluated",
      check: "raw/a:full",
      partition: null,
      passed: false,
      severity: "warn",
      description: "3 missing",
    },
    line: "raw/a:full failed (warn): 3 missing",
  },
  { fields: { type: "run.queued" }, line: undefined },
])("the event $fields.type is told as: $line", ({ fields, line }) => {
  expect(eventLine({ cursor: 1, run_id: "r", epoch: 1, seq: 1, at_ms: 0, ...fields } as EventView)).toBe(
    line,
  );
});

test("a run's summary has its length and failure", () => {
  const run = {
    id: "r1",
    status: "failure",
    started_at_ms: 1000,
    ended_at_ms: 3500,
    failure: "step a failed",
  } as RunView;
  expect(runSummary(run)).toBe("run r1: failure in 2.5 s: step a failed");
});
