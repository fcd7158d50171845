import { expect, test } from "vitest";
import {
  checksHealth,
  freshnessHealth,
  materializationHealth,
} from "../../platform/automation/asset-health.ts";

test.for([
  { materializable: true, isMade: true, hasFailed: false, health: "healthy" },
  { materializable: true, isMade: false, hasFailed: false, health: "unknown" },
  { materializable: true, isMade: true, hasFailed: true, health: "degraded" },
  { materializable: true, isMade: false, hasFailed: true, health: "degraded" },
  { materializable: false, isMade: false, hasFailed: false, health: "not_applicable" },
] as const)(
  "made $isMade, failed $hasFailed, materializable $materializable is $health",
  ({ health, ...known }) => {
    expect(materializationHealth(known)).toBe(health);
  },
);

const good = { passed: true, severity: "error" } as const;
const warning = { passed: false, severity: "warn" } as const;
const error = { passed: false, severity: "error" } as const;

test.for([
  { answers: [], health: "not_applicable" },
  { answers: [good], health: "healthy" },
  { answers: [good, undefined], health: "unknown" },
  { answers: [warning, undefined], health: "warning" },
  { answers: [warning, error, good], health: "degraded" },
] as const)("checks that answered $answers are $health", ({ answers, health }) => {
  expect(checksHealth(answers)).toBe(health);
});

test.for([
  ["pass", "healthy"],
  ["warn", "warning"],
  ["fail", "degraded"],
  ["unknown", "unknown"],
  [undefined, "not_applicable"],
] as const)("the freshness %s is %s", ([state, health]) => {
  expect(freshnessHealth(state)).toBe(health);
});
