// How quick is memory? Questions and appends with a million events stored, on SQLite and on Postgres.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { RunEvent, RunEventBody } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import type { PlannedStep, RunPlan } from "../../platform/core/run-plan.ts";
import { openPostgresStorage } from "../../platform/storage/open-postgres-storage.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { NewRun } from "../../platform/storage/run-records.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { PostgresServer } from "../postgres-server.ts";
import { findTool } from "../require-tool.ts";
import { printLoad, printTable } from "./measure.ts";

const wantedEvents = Number(process.env["DOP_BENCH_EVENTS"] ?? 1_000_000);
const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 200);
const backends = (process.env["DOP_BENCH_BACKENDS"] ?? "sqlite,postgres").split(",");

const eventsPerRun = 170;
const bigLog = 100_000;
const bigPartitions = 10_000;
const assetCount = 200;

type Row = { readonly [column: string]: string | number };
const rows: Row[] = [];

async function measureSqlite(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "dop-bench-storage-"));
  try {
    await using storage = await openSqliteStorage(join(folder, "dop.sqlite"));
    await measureAll("SQLite", storage);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measurePostgres(): Promise<void> {
  if (findTool("postgres") === undefined) return console.log("Postgres is not installed and not measured");
  await using server = await PostgresServer.start({ durable: true });
  await using storage = await openPostgresStorage(await server.createDatabase());
  await measureAll("Postgres", storage);
}

async function measureAll(backend: string, storage: Storage): Promise<void> {
  await fill(backend, storage);
  const { events, runs, sizeBytes } = await storage.describe();
  console.log(`${backend}: ${events} events of ${runs} runs in ${(sizeBytes / 1e6).toFixed(0)} MB`);
  await measureQueries(backend, storage);
  await measureEnqueue(backend, storage);
  await measureFlatness(backend, storage);
  await measureAppends(backend, storage);
}

const id = (text: string) => text as RunId;
const assetOf = (number: number) => `group/asset_${number % assetCount}` as AssetKey;

function newRun(name: string, number: number, plan?: RunPlan): NewRun {
  return {
    id: id(name),
    request: { assets: [assetOf(number)], tags: { team: `team_${number % 10}`, job: `job_${number % 100}` } },
    snapshotId: "snapshot",
    createdAtMs: 1_700_000_000_000 + number * 1000,
    ...(plan === undefined ? {} : { plan }),
  };
}

function planOf(steps: readonly Partial<PlannedStep>[]): RunPlan {
  const request = { assets: [], tags: {} };
  return {
    snapshotId: "snapshot",
    request,
    pools: {},
    resources: {},
    ioManagers: {},
    steps: steps.map(
      (step) => ({ execution: "materialize", assets: [], checks: [], ...step }) as PlannedStep,
    ),
  };
}

/** A writer of one run's events. */
async function begin(
  storage: Storage,
  run: NewRun,
): Promise<(bodies: readonly RunEventBody[]) => Promise<unknown>> {
  if ((await storage.getRun(run.id)) === undefined) await storage.createRun(run);
  const epoch = await storage.startAttempt(run.id, run.createdAtMs);
  let seq = 0;
  return (bodies) =>
    storage.appendEvents(
      bodies.map(
        (body): RunEvent => ({ runId: run.id, epoch, seq: ++seq, at: run.createdAtMs + seq, ...body }),
      ),
    );
}

const log = (number: number): RunEventBody => ({
  type: "log",
  level: "info",
  step: "load",
  message: `line ${number}: ${"what a step says while it works ".repeat(4)}`,
});

const materialized = (asset: AssetKey, partition: string | null): RunEventBody => ({
  type: "asset.materialized",
  step: "load",
  asset,
  partition,
  metadata: {
    row_count: { type: "int", value: 12345 },
    path: { type: "text", value: "/data/group/part-0.parquet" },
  },
  dataVersion: `version-${asset}-${partition}`,
  codeVersion: "code-1",
});

const evaluated = (asset: AssetKey, passed: boolean): RunEventBody => ({
  type: "check.evaluated",
  step: "load",
  check: `${asset}:not_empty` as never,
  partition: null,
  passed,
  severity: "error",
  blocking: false,
  metadata: {},
});

const partitionKey = (number: number) => `partition-${String(number).padStart(6, "0")}`;

async function fill(backend: string, storage: Storage): Promise<void> {
  const started = performance.now();
  const tail = await begin(storage, newRun("big-log", 0));
  await tail([{ type: "run.started" }]);
  for (let from = 0; from < bigLog; from += 5000) {
    await tail(Array.from({ length: 5000 }, (_, index) => log(from + index)));
  }
  const big = await begin(storage, newRun("big-partitions", 0));
  for (let from = 0; from < bigPartitions; from += 2000) {
    await big(
      Array.from({ length: 2000 }, (_, index) => materialized("big" as AssetKey, partitionKey(from + index))),
    );
  }
  const left = Math.max(0, wantedEvents - bigLog - bigPartitions);
  const runCount = Math.ceil(left / eventsPerRun);
  for (let from = 0; from < runCount; from += 100) {
    const runs = Array.from({ length: Math.min(100, runCount - from) }, (_, index) => {
      const number = from + index;
      const steps = [{ key: "load", assets: [assetOf(number)], partitions: [partitionKey(number % 500)] }];
      return newRun(`run-${String(number).padStart(8, "0")}`, number, planOf(steps));
    });
    const tick = { instigator: "bench", scheduledAtMs: from, startedAtMs: from, endedAtMs: from };
    await storage.commitTick({ ...tick, status: "success", runs, cursors: [] });
    await Promise.all(runs.map((run, index) => fillRun(storage, run, from + index)));
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(`${backend}: filled in ${seconds.toFixed(0)} s`);
}

async function fillRun(storage: Storage, run: NewRun, number: number): Promise<void> {
  const append = await begin(storage, run);
  const asset = assetOf(number);
  const partition = partitionKey(number % 500);
  const logs = Array.from({ length: eventsPerRun - 8 }, (_, index) => log(index));
  await append([{ type: "run.started" }, { type: "step.started", step: "load", attempt: 1 }, ...logs]);
  const failed = number % 7 === 0;
  await append([
    failed
      ? { type: "asset.failed", step: "load", asset, partition, error: { name: "Error", message: "no" } }
      : materialized(asset, partition),
    evaluated(asset, !failed),
    { type: "step.succeeded", step: "load", durationMs: 5 },
    ...(number % 50 === 0 ? [] : [{ type: "run.succeeded" } as const]),
  ]);
}

async function measureQueries(backend: string, storage: Storage): Promise<void> {
  const page = await storage.listEvents(id("big-log"), { limit: 1_000_000, types: ["run.started"] });
  const end = (page.events[0]?.cursor as number) + bigLog;
  const random = randomOf(7);
  await measure({ backend, what: "asset page: latest, checks, 50 of its history", bar: 20 }, async () => {
    const asset = assetOf(random(assetCount));
    await storage.latestAssets([asset]);
    await storage.latestChecks([`${asset}:not_empty` as never]);
    await storage.assetHistory(asset, { limit: 50 });
  });
  await measure({ backend, what: "states of 10,000 partitions", bar: 20 }, () =>
    storage.partitionStates("big" as AssetKey),
  );
  await measure({ backend, what: "50 runs by tag", bar: 20 }, async () => {
    await storage.listRuns({ tags: { team: `team_${random(10)}` }, limit: 50 });
  });
  await measure({ backend, what: "50 runs by tag, a later page", bar: 20 }, async () => {
    const before = id(`run-${String(random(1000) + 100).padStart(8, "0")}`);
    await storage.listRuns({ tags: { team: `team_${random(10)}` }, limit: 50, before });
  });
  await measure({ backend, what: "last 500 of a log of 100,000", bar: 20 }, () =>
    storage.listEvents(id("big-log"), { after: end - 500, limit: 500 }),
  );
  await measure({ backend, what: "500 in the middle of it", bar: 20 }, () =>
    storage.listEvents(id("big-log"), { after: end - 50_000 - random(1000), limit: 500 }),
  );
  await measure({ backend, what: "a step that is not in it", bar: "-" }, () =>
    storage.listEvents(id("big-log"), { step: "other", limit: 500 }),
  );
  await measure({ backend, what: "50 runs by asset", bar: "-" }, () =>
    storage.listRuns({ asset: assetOf(random(assetCount)), limit: 50 }),
  );
  await measure({ backend, what: "50 runs by an asset without any", bar: "-" }, () =>
    storage.listRuns({ asset: "nobody" as AssetKey, limit: 50 }),
  );
  await measure({ backend, what: "latest of all 200 assets", bar: "-" }, () => storage.latestAssets());
  await measure({ backend, what: "facts of 10,000 partitions", bar: "-" }, () =>
    storage.partitionFacts(["big" as AssetKey]),
  );
  await measure({ backend, what: "runs in progress", bar: "-" }, () => storage.runsInProgress());
}

/** Milliseconds that 95 of 100 may take. */
interface Question {
  readonly backend: string;
  readonly what: string;
  readonly bar: number | "-";
}

async function measure(question: Question, work: () => Promise<unknown>): Promise<void> {
  addRow(question, await timesOf(repeats, work));
}

interface Times {
  readonly times: readonly number[];
  /** Of this process, together; on Postgres the server's comes on top. */
  readonly cpuMs: number;
}

async function timesOf(count: number, work: (repeat: number) => Promise<unknown>): Promise<Times> {
  const times: number[] = [];
  const cpu = process.cpuUsage();
  for (let repeat = 0; repeat < count; repeat++) {
    const started = performance.now();
    await work(repeat);
    times.push(performance.now() - started);
  }
  const { user, system } = process.cpuUsage(cpu);
  return { times, cpuMs: (user + system) / 1000 };
}

function addRow({ backend, what, bar }: Question, { times, cpuMs }: Times): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.ceil(share * sorted.length) - 1] as number).toFixed(2);
  const cpu = (cpuMs / times.length).toFixed(2);
  rows.push({ backend, what, p50: at(0.5), p95: at(0.95), most: at(1), "CPU each": cpu, bar });
}

/** A run of 183 assets and 816 checks, planned as so many steps. */
async function measureEnqueue(backend: string, storage: Storage): Promise<void> {
  const plan = planOf([
    ...Array.from({ length: 183 }, (_, index) => ({
      key: `model_${index}`,
      assets: [assetOf(index)],
      after: [`model_${index - 1}`],
      tags: { kind: "dbt" },
    })),
    ...Array.from({ length: 816 }, (_, index) => ({
      key: `check_${index}`,
      execution: "check" as const,
      checks: [`${assetOf(index)}:check_${index}` as never],
      after: [`model_${index % 183}`],
    })),
  ]);
  const enqueued = await timesOf(50, (repeat) =>
    storage.createRun(newRun(`enqueued-${repeat}`, 100_000 + repeat, plan)),
  );
  addRow({ backend, what: "enqueue 183 assets and 816 checks", bar: 100 }, enqueued);
}

/** Ten thousand materializations of one step, one hundred at a time: the last thousand beside the first. */
async function measureFlatness(backend: string, storage: Storage): Promise<void> {
  const append = await begin(storage, newRun("flat", 200_000));
  await append([{ type: "run.started" }, { type: "step.started", step: "load", attempt: 1 }]);
  const hundred = (turn: number) =>
    append(
      Array.from({ length: 100 }, (_, index) =>
        materialized("flat" as AssetKey, partitionKey((turn * 100 + index) % 2000)),
      ),
    );
  const first = await timesOf(30, hundred);
  await timesOf(40, (turn) => hundred(turn + 30));
  const last = await timesOf(30, (turn) => hundred(turn + 70));
  addRow({ backend, what: "100 materializations, the first 3,000", bar: "-" }, first);
  addRow({ backend, what: "100 materializations, the last 3,000", bar: "-" }, last);
}

/** What ten runs append at once, in batches as workers send them. */
async function measureAppends(backend: string, storage: Storage): Promise<void> {
  for (const [kind, size, body] of [
    ["logs, 50 at a time", 50, () => log(1)],
    ["logs, one at a time", 1, () => log(1)],
    [
      "materializations, 50 at a time",
      50,
      (number: number) => materialized("many" as AssetKey, partitionKey(number)),
    ],
  ] as const) {
    const writers = await Promise.all(
      Array.from({ length: 10 }, (_, index) => begin(storage, newRun(`append-${kind}-${index}`, 300_000))),
    );
    const total = size === 1 ? 10_000 : 50_000;
    const used = process.cpuUsage();
    const started = performance.now();
    await Promise.all(
      writers.map(async (append) => {
        for (let sent = 0; sent < total / writers.length; sent += size) {
          await append(Array.from({ length: size }, (_, index) => body(sent + index)));
        }
      }),
    );
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = process.cpuUsage(used);
    const perSecond = `${Math.round(total / seconds)}/s`;
    const cpu = ((user + system) / 1000 / total).toFixed(3);
    const what = `append ${kind}`;
    rows.push({ backend, what, p50: perSecond, p95: "-", most: "-", "CPU each": cpu, bar: "-" });
  }
}

/** The same numbers each time, below `limit`. */
function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % limit;
  };
}

printLoad("at the start");
if (backends.includes("sqlite")) await measureSqlite();
if (backends.includes("postgres")) await measurePostgres();
printLoad("at the end");
printTable(`storage with ${wantedEvents} events: milliseconds unless said otherwise`, rows);
