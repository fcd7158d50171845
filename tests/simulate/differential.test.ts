import { expect, onTestFinished, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { eager, onCron } from "../../platform/core/condition-builders.ts";
import type { ScheduleSpec } from "../../platform/core/job.ts";
import { createSimulatedProject } from "../../platform/instance/simulated-project.ts";
import { readSimulationHistory } from "../../platform/instance/simulation-history.ts";
import { simulate } from "../../platform/simulate/simulate.ts";
import { noHistory, type SimulationHistory } from "../../platform/simulate/simulation-history.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { shopOf } from "../daemon/ticking-shop.ts";
import { type PlayedProject, playDaemon, requestLine } from "./played-daemon.ts";
import { randomWeek, weekStart } from "./random-week.ts";

type Week = Omit<PlayedProject, "storage">;

function simulated(
  { snapshot, fromMs, forMs, durations, failures, settings }: Week,
  history: SimulationHistory = noHistory,
): string[] {
  const { requests } = simulate({
    project: createSimulatedProject(snapshot),
    history: {
      ...history,
      stepDurations: Object.fromEntries(Object.entries(durations).map(([step, ms]) => [step, [ms]])),
    },
    fromMs,
    forMs,
    durations: "p50",
    failures,
    limits: settings,
  });
  return requests
    .map(({ at_ms, cause, by, assets, partitions }) =>
      requestLine(at_ms, cause === "retry" ? "retry" : by, assets, partitions),
    )
    .sort();
}

async function played(week: Week): Promise<string[]> {
  const storage = await openSqliteStorage(":memory:");
  onTestFinished(() => storage.close());
  return await playDaemon({ ...week, storage });
}

const seeds = Array.from({ length: Number(process.env["DOP_SIMULATED_WEEKS"] ?? 16) }, (_, seed) => seed + 1);

test.for(seeds)(
  "the daemon asks for what the simulation of week %i says",
  { timeout: 60_000 },
  async (seed) => {
    const week = randomWeek(seed);
    expect(simulated(week)).toEqual(await played(week));
  },
);

test("a simulation goes on from what a daemon has recorded", async () => {
  const storage = await openSqliteStorage(":memory:");
  onTestFinished(() => storage.close());
  const key = (text: string) => text as AssetKey;
  const schedules: ScheduleSpec[] = [
    {
      name: "often",
      cron: "0 */2 * * *",
      timeZone: "UTC",
      target: { selection: "key:raw" },
      defaultStatus: "running",
    },
  ];
  const snapshot = shopOf(
    {
      raw: { freshnessPolicy: { type: "time_window", failSeconds: 3 * 3600 } },
      mart: { deps: [key("raw")], automationCondition: eager() },
      top: { deps: [key("mart")], automationCondition: onCron("30 */5 * * *", "UTC") },
    },
    { schedules },
  );
  const dayMs = 86_400_000;
  const week: Week = {
    snapshot,
    fromMs: weekStart,
    forMs: dayMs,
    durations: { raw: 61_000, mart: 12_000, top: 7_000 },
    failures: [{ asset: "raw", atMs: weekStart + dayMs + 3 * 3_600_000 }],
    settings: { maxConcurrentRuns: 100, tagLimits: [] },
  };
  const before = await playDaemon({ ...week, storage });
  const fromMs = weekStart + dayMs;
  const now = Temporal.Instant.fromEpochMilliseconds(fromMs);
  const history = await readSimulationHistory(storage, snapshot, now);
  expect(history.stepDurations["raw"]).toContain(61_000);
  const next = { ...week, fromMs };
  const all = await playDaemon({ ...next, storage });
  const asked = all.filter((line) => !before.includes(line));
  expect(asked.length).toBeGreaterThan(20);
  expect(simulated(next, JSON.parse(JSON.stringify(history)) as SimulationHistory)).toEqual(asked);
});
