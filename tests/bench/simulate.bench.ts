// How long does it take to simulate a week? 1,000 assets, 50 schedules, conditions, freshness, queue.
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { eager, onCron } from "../../platform/core/condition-builders.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { ScheduleSpec } from "../../platform/core/job.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { createSimulatedProject } from "../../platform/instance/simulated-project.ts";
import { simulate } from "../../platform/simulate/simulate.ts";
import { noHistory } from "../../platform/simulate/simulation-history.ts";
import { printLoad, printTable, spread } from "./measure.ts";

const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 5);
const dayMs = 86_400_000;
const from = Temporal.Instant.from("2026-03-02T00:00Z").epochMilliseconds;
const component = { file: "defs/shop/component.yaml", document: 1, type: ".shop.Shop" };

printLoad("at the start");
printTable("a simulated week", [measureWeek(1000, 50)]);

function measureWeek(assets: number, schedules: number) {
  const snapshot = weekOf(assets, schedules);
  const times: number[] = [];
  const cpu: number[] = [];
  let runs = 0;
  let materializations = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const used = process.cpuUsage();
    const began = performance.now();
    const { totals } = simulate({
      project: createSimulatedProject(snapshot),
      history: noHistory,
      fromMs: from,
      forMs: 7 * dayMs,
      durations: "p50",
      failures: [],
      limits: { tagLimits: [] },
    });
    times.push(performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
    ({ runs, materializations } = totals);
  }
  return {
    assets,
    schedules,
    runs,
    materializations,
    "wall ms": spread(times),
    "CPU ms": spread(cpu),
    "heap MB": (process.memoryUsage().heapUsed / 1e6).toFixed(0),
  };
}

/** Sources by the hour and by the day, layers of eager assets below them, some by cron, one in ten partitioned. */
function weekOf(assetCount: number, scheduleCount: number): DefinitionsSnapshot {
  const sources = Math.floor(assetCount / 4);
  const daily = cadencePartitions("daily", { start: "2026-02-01" });
  const assets = Array.from({ length: assetCount }, (_, at) => {
    const isSource = at < sources;
    const deps = isSource ? [] : [at - sources, (at * 7) % Math.max(1, at - sources + 1)];
    return {
      key: `a${at}` as AssetKey,
      deps: [...new Set(deps)].map((dep) => `a${dep}` as AssetKey),
      owners: [],
      tags: {},
      kinds: [],
      groupName: isSource ? `g${at % scheduleCount}` : "marts",
      materializable: true,
      checks: [],
      step: `a${at}`,
      component,
      ...(isSource ? {} : { automationCondition: at % 5 === 0 ? onCron("0 6 * * *", "UTC") : eager() }),
      ...(isSource && at % 10 === 0 ? { partitions: daily } : {}),
      ...(at % 3 === 0
        ? { freshnessPolicy: { type: "time_window" as const, warnSeconds: 86_400, failSeconds: 129_600 } }
        : {}),
    };
  });
  const schedules = Array.from({ length: scheduleCount }, (_, at): ScheduleSpec => {
    const cron = at % 10 === 0 ? `${at} * * * *` : `${at % 60} ${at % 24} * * *`;
    return {
      name: `s${at}`,
      cron,
      timeZone: "Europe/Berlin",
      target: { selection: `group:g${at}` },
      defaultStatus: "running",
    };
  });
  return {
    schema: "dop.snapshot/1",
    id: "week",
    environment: "local",
    components: [],
    sources: [],
    problems: [],
    definitions: {
      assets,
      checks: [],
      steps: assets.map(({ key }) => ({
        name: key,
        assets: [key],
        checks: [],
        canSubset: false,
        execution: "materialize" as const,
        resources: [],
        component,
      })),
      jobs: [],
      schedules,
      sensors: [],
      resources: [],
      pools: [],
      ioManagers: [],
      io: "parquet",
    },
  };
}
