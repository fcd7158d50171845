import { expect, test } from "vitest";
import type { FreshnessPolicy } from "../../platform/core/freshness.ts";
import { type HealthFacts, healthView } from "../../platform/instance/asset-health-view.ts";

const at = (text: string) => Temporal.Instant.from(text).epochMilliseconds;
const momentAt = (text: string) => ({
  run_id: "r1",
  step: "s",
  at_ms: at(text),
  partition: null,
  metadata: {},
  data_version: null,
});
const policy: FreshnessPolicy = { type: "time_window", failSeconds: 86_400 };
const facts = (more: Partial<HealthFacts> = {}): HealthFacts => ({
  asset: { materializable: true, freshnessPolicy: policy },
  materialized: momentAt("2026-01-01T03:00Z"),
  failed: null,
  hasFailed: false,
  checks: [],
  record: undefined,
  now: at("2026-01-01T04:00Z"),
  ...more,
});

test("an asset that is made in time is healthy, and nothing speaks against it", () => {
  expect(healthView(facts())).toEqual({
    status: "healthy",
    materialization: "healthy",
    checks: "not_applicable",
    freshness: "healthy",
    why: [],
  });
});

test("what is overdue is degraded, and says since when", () => {
  const { status, why } = healthView(facts({ now: at("2026-01-02T09:00Z") }));
  expect({ status, why }).toMatchInlineSnapshot(`
    {
      "status": "degraded",
      "why": [
        "freshness: fail since 2026-01-02 03:00 UTC: last materialized 2026-01-01 03:00 UTC, due 2026-01-02 03:00 UTC",
      ],
    }
  `);
});

test("a failed try and a failed check are told", () => {
  const check = {
    check: "a:filled",
    name: "filled",
    blocking: true,
    description: null,
    latest: {
      run_id: "r1",
      at_ms: at("2026-01-01T03:10Z"),
      partition: null,
      passed: false,
      severity: "warn",
      description: null,
      metadata: {},
    },
  } as const;
  const { materialization, checks, why } = healthView(
    facts({ failed: momentAt("2026-01-01T03:30Z"), hasFailed: true, checks: [check] }),
  );
  expect({ materialization, checks, why }).toMatchInlineSnapshot(`
    {
      "checks": "warning",
      "materialization": "degraded",
      "why": [
        "the last try failed, at 2026-01-01 03:30 UTC in run r1",
        "check filled warns since 2026-01-01 03:10 UTC",
      ],
    }
  `);
});

test("for single partitions what a daemon settled counts", () => {
  const partitions = { type: "static", keys: ["a"] } as const;
  const asset = {
    materializable: true,
    freshnessPolicy: { ...policy, scope: "all_partitions" } as const,
    partitions,
  };
  const record = { state: "fail", at: 0, cursor: 1, policy: "" } as const;
  expect(healthView(facts({ asset }))).toMatchObject({ freshness: "unknown" });
  expect(healthView(facts({ asset, record }))).toMatchObject({ freshness: "degraded" });
});
