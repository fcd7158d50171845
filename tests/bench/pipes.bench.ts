// What does a step in Python cost? No-op Pipes steps per second on two cores beside bare Python, messages per second,
// and the memory that the worker needs for 200,000 lines of a script's log.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import type { PlannedStep, RunPlan } from "../../platform/core/run-plan.ts";
import type { PipesOptions, StepDefinition } from "../../platform/define/step.ts";
import { executeRun } from "../../platform/run/execute-run.ts";
import { median, printLoad, printTable, spread } from "./measure.ts";

const repository = resolve(import.meta.dirname, "../..");
const own = join(repository, ".venv/bin/python3");
const python = existsSync(own) ? own : "python3";
const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 5);
const steps = Number(process.env["DOP_BENCH_STEPS"] ?? 40);
const folder = mkdtempSync(join(tmpdir(), "dop-bench-pipes-"));

const noop = `
from dagster_pipes import open_dagster_pipes
with open_dagster_pipes() as context:
    pass
`;
const logging = `
from dagster_pipes import open_dagster_pipes
with open_dagster_pipes() as context:
    for number in range(context.get_extra("lines")):
        context.log.info(f"line {number} of a script that has much to say about what it does")
`;
const printing = `
import sys
for number in range(200000):
    print(f"line {number} of a script that has much to say about what it does")
`;

interface Cost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakMb: number;
  readonly events: number;
}

/** Runs so many equal steps, two at a time, in this process. */
async function measure(script: string, count: number, options?: PipesOptions): Promise<Cost> {
  const file = join(folder, "script.py");
  writeFileSync(file, script);
  const definition: StepDefinition = {
    name: "step",
    assets: [],
    checks: [],
    canSubset: false,
    execution: "materialize",
    resources: [],
    run: async (context) => {
      await context.pipes(python, [file], options);
    },
  };
  const names = Array.from({ length: count }, (_, index) => `s${index}`);
  let events = 0;
  let peak = 0;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 50);
  const began = process.resourceUsage();
  const started = performance.now();
  const run = {
    runId: "00000000-0000-7000-8000-000000000000" as RunId,
    code: {
      step: () => definition,
      resource: () => undefined,
      ioManager: () => undefined,
      hook: () => undefined,
    },
    emit: (body: RunEventBody) => {
      events++;
      if (body.type === "step.failed") throw new Error(body.error.message);
    },
    signal: new AbortController().signal,
    projectRoot: folder,
    dataFolder: join(folder, "data"),
    logFolder: join(folder, "logs"),
    valuesFolder: join(folder, "values"),
    maxParallel: 2,
  };
  const outcome = await executeRun(planOf(names), run);
  const seconds = (performance.now() - started) / 1000;
  clearInterval(watch);
  if (outcome !== "success") throw new Error(`the run ended with ${outcome}`);
  const ended = process.resourceUsage();
  const cpuSeconds =
    (ended.userCPUTime - began.userCPUTime + ended.systemCPUTime - began.systemCPUTime) / 1_000_000;
  return { seconds, cpuSeconds, peakMb: peak / 1e6, events };
}

function planOf(names: readonly string[]): RunPlan {
  return {
    snapshotId: "bench",
    request: { assets: [], tags: {} },
    steps: names.map(
      (name): PlannedStep => ({
        key: name,
        step: "step",
        component: { file: "defs/a.ts", document: 1, type: "definitions" },
        execution: "materialize",
        assets: [] as AssetKey[],
        checks: [],
        blockingChecks: [],
        after: [],
        inputs: [],
        config: {},
        io: {},
        codeVersions: {},
        skippable: [],
        resources: [],
        tags: {},
      }),
    ),
    pools: {},
    resources: {},
    ioManagers: {},
  };
}

/** Starts of a Python that does what every script does before its first line. */
function bareStarts(count: number): number {
  const started = performance.now();
  for (let index = 0; index < count; index++) execFileSync(python, ["-c", "import dagster_pipes"]);
  return count / ((performance.now() - started) / 1000);
}

try {
  await measure(noop, 4);
  const rates: number[] = [];
  const bare: number[] = [];
  const cpu: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const cost = await measure(noop, steps);
    rates.push(steps / cost.seconds);
    cpu.push((cost.cpuSeconds / steps) * 1000);
    bare.push(bareStarts(10));
  }
  printTable("pipes: no-op steps in Python, two at a time", [
    {
      "steps/s": spread(rates, 1),
      bar: "8",
      "bare starts/s, one at a time": spread(bare, 1),
      "worker's CPU ms per step": median(cpu).toFixed(1),
    },
  ]);
  const ways: readonly { readonly what: string; readonly messages: NonNullable<PipesOptions["messages"]> }[] =
    [
      { what: "message file", messages: "file" },
      { what: "standard output", messages: "stdout" },
    ];
  const rows = [];
  for (const { what, messages } of ways) {
    const cost = await measure(logging, 1, { messages, extras: { lines: 200_000 } });
    rows.push({ what, "messages/s": Math.round(200_000 / cost.seconds), ...costOf(cost) });
  }
  printTable("pipes: 200,000 log messages of one script", rows);
  printTable("pipes: 200,000 printed lines of one script", [costOf(await measure(printing, 1))]);
  printLoad("at the end");
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function costOf({ seconds, cpuSeconds, peakMb, events }: Cost) {
  return {
    seconds: seconds.toFixed(1),
    "worker's CPU s": cpuSeconds.toFixed(1),
    "peak MB": peakMb.toFixed(0),
    events,
  };
}
