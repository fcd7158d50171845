import { expect, test } from "vitest";
import { simulationPage } from "../../platform/cli/simulation-page.ts";
import { comparisonText, simulationText } from "../../platform/cli/simulation-text.ts";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { eager } from "../../platform/core/condition-builders.ts";
import { createSimulatedProject } from "../../platform/instance/simulated-project.ts";
import { compareSimulations } from "../../platform/simulate/compare-simulations.ts";
import { simulate } from "../../platform/simulate/simulate.ts";
import { noHistory } from "../../platform/simulate/simulation-history.ts";
import { shopOf } from "../daemon/ticking-shop.ts";

const fromMs = Temporal.Instant.from("2026-11-21T00:00Z").epochMilliseconds;

function twoDays(cron: string, owner = "raw/orders") {
  const snapshot = shopOf(
    {
      [owner]: { freshnessPolicy: { type: "time_window", failSeconds: 26 * 3600 } },
      "mart/sales": { deps: [owner as AssetKey], automationCondition: eager() },
    },
    {
      schedules: [
        {
          name: "nightly",
          cron,
          timeZone: "UTC",
          target: { selection: "not key:mart/sales" },
          defaultStatus: "running",
        },
      ],
    },
  );
  return simulate({
    project: createSimulatedProject(snapshot),
    history: noHistory,
    fromMs,
    forMs: 2 * 86_400_000,
    durations: "p50",
    failures: [{ asset: owner, atMs: fromMs + 86_400_000 }],
    limits: { tagLimits: [], maxConcurrentRuns: 4 },
  });
}

test("the text tells totals, schedules, assets, the queue, freshness and what is not known", () => {
  expect(simulationText(twoDays("0 3 * * *"))).toMatchInlineSnapshot(`
    "from 2026-11-21 00:00 UTC to 2026-11-23 00:00 UTC, steps as long as p50

    3 runs: 2 succeed, 1 fail
    2 materializations, at most 1 run at once and 0 waiting

    SCHEDULE  STATUS  TICKS  RUNS  NOTHING BECAUSE
    nightly   on      2      2

    ASSET       RUNS  A DAY  MADE  FAILED  MOST IN AN HOUR
    raw/orders  2     1.0    1     1       1 from 2026-11-21 03:00 UTC
    mart/sales  1     0.5    1     0       1 from 2026-11-21 03:00 UTC

    no run waits for its turn

    OUTSIDE ITS FRESHNESS POLICY  WORST  FROM                  FOR
    raw/orders                    fail   2026-11-22 05:01 UTC  18h 59m and on

    failures asked for:
      raw/orders from 2026-11-22 00:00 UTC: sim-0000003

    supposed:
      steps that never ran take 60 s: mart/sales, raw/orders
      checks pass, and each run makes new data

    not known:
      what people and backfills will ask for"
  `);
});

test("a comparison tells only what is other", () => {
  const night = twoDays("0 3 * * *");
  expect(comparisonText(compareSimulations(night, night), "main")).toBe(
    "the same as with the definitions of main",
  );
  expect(comparisonText(compareSimulations(night, twoDays("0 */12 * * *")), "main")).toMatchInlineSnapshot(`
    "compared with the definitions of main
      runs: 3 → 5
      succeeded: 2 → 4
      materializations: 2 → 4
      breaches: 1 → 0
    ASSET       RUNS BEFORE  RUNS NOW
    mart/sales  1            2
    raw/orders  2            3
    fresh enough now:
      raw/orders"
  `);
});

test("the page needs nothing else, and what people wrote stands in it as text", () => {
  const page = simulationPage(twoDays("0 3 * * *", "raw/<script>&"));
  expect(page).toContain("raw/&#60;script&#62;&#38;");
  expect(page).not.toContain("<script");
  expect(page).not.toMatch(/https?:\/\//);
  expect(page).toContain("prefers-color-scheme: dark");
  expect(page).not.toMatch(/NaN|undefined/);
  expect(page).toBe(simulationPage(twoDays("0 3 * * *", "raw/<script>&")));
});
