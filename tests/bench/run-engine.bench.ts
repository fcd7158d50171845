// What does the engine itself cost? No-op steps in one process and in processes of their own, with the events going
// nowhere and into SQLite. Each case runs in a process of its own: `node run-engine.bench.ts CASE SINK` measures one.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { RunEvent, RunEventBody } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import { asset } from "../../platform/define/asset.ts";
import type { Definitions } from "../../platform/define/definitions.ts";
import { staticPartitions } from "../../platform/define/partitions.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import { createEventSender } from "../../platform/host/event-sender.ts";
import { createStepProcesses } from "../../platform/host/step-processes.ts";
import { nothingKnown } from "../../platform/run/known-state.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { collected, items, one, opStep, out } from "../run/op-step.ts";
import { planOf, runInProcess } from "../run/run-in-process.ts";
import { measureNode, median, printLoad, printTable, spread } from "./measure.ts";

const repository = resolve(import.meta.dirname, "../..");
const startUp = resolve(repository, "platform/host/start-up.js");
const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 5);

interface Case {
  readonly what: string;
  readonly steps: number;
  readonly parts: readonly Definitions[];
  readonly isolated?: true;
}

function chain(length: number): StepDefinition[] {
  return Array.from({ length }, (_, index) =>
    opStep(
      `s${index}`,
      index === 0
        ? { outputs: [out] }
        : { outputs: [out], inputs: [{ name: "x", from: [one(`s${index - 1}`)] }] },
      async ({ value, output }) => output("out", index === 0 ? 0 : await value("x")),
    ),
  );
}

function fan(width: number): StepDefinition[] {
  return [
    opStep("list", { outputs: [items] }, async ({ output }) => {
      for (let index = 0; index < width; index++) await output("items", index, { mappingKey: `k${index}` });
    }),
    opStep(
      "each",
      {
        mapOver: { step: "list", output: "items" },
        inputs: [{ name: "item", from: [one("list", "items")] }],
        outputs: [out],
      },
      async ({ value, output }) => output("out", await value("item")),
    ),
    opStep("join", { inputs: [{ name: "all", from: [collected("each")] }] }, ({ value }) => value("all")),
  ];
}

/** Milliseconds of one materialization, for each thousand of them. */
const blocks: number[] = [];

/** Reports 10,000 materializations over 2,000 partitions and notes what one costs at the start and at the end. */
function logger(): Definitions {
  const keys = Array.from({ length: 2000 }, (_, index) => `p${index}`);
  return asset(
    { key: "logger", partitions: staticPartitions(keys), backfillPolicy: { type: "single_run" } },
    async ({ materialized }) => {
      let since = performance.now();
      for (let index = 0; index < 10_000; index++) {
        const partition = keys[index % keys.length] as never;
        materialized("logger" as never, { partition, metadata: { rows: index } });
        if (index % 100 === 99) await new Promise((next) => setImmediate(next));
        if (index % 1000 !== 999) continue;
        blocks.push((performance.now() - since) / 1000);
        since = performance.now();
      }
    },
  );
}

const noOp = (index: number) =>
  `export const a${index} = asset({ key: "a${index}", isolation: "process" }, () => {});`;

const cases: { readonly [name: string]: () => Case } = {
  chain: () => ({ what: "chain of 400", steps: 400, parts: [{ steps: chain(400) }] }),
  fan: () => ({ what: "1 → 500 → 1", steps: 502, parts: [{ steps: fan(500) }] }),
  dynamic: () => ({ what: "1 → 10,000 → 1", steps: 10_002, parts: [{ steps: fan(10_000) }] }),
  logger: () => ({ what: "10,000 materializations", steps: 10_000, parts: [logger()] }),
  isolated: () => ({
    what: "40 in processes",
    steps: 40,
    parts: Array.from({ length: 40 }, (_, index) =>
      asset({ key: `a${index}`, isolation: "process" }, () => {}),
    ),
    isolated: true,
  }),
};

const [name, sink = "nothing"] = process.argv.slice(2);
if (name === undefined) report();
else await measure((cases[name] as () => Case)(), sink);

async function measure({ parts, isolated }: Case, sinkName: string): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), "dop-bench-engine-"));
  const request = requestOf(parts);
  const planned = planOf(parts, request);
  await using storage = await openSqliteStorage(join(root, "dop.sqlite"));
  const { emit, drained } = await eventsTo(sinkName, { storage, plan: planned });
  const isolate = isolated === true ? await processesFor(root) : undefined;
  const plan = isolated === true ? inFile(planned) : planned;
  const options = {
    projectRoot: root,
    valuesFolder: join(root, "values"),
    ...(isolate === undefined ? {} : { isolate }),
  };
  // A project that has run before has its compiled code.
  if (isolated === true)
    await runInProcess(parts, { ...options, plan: { ...plan, steps: plan.steps.slice(0, 2) } });
  const before = childCpuSeconds();
  const start = performance.now();
  const { outcome } = await runInProcess(parts, { ...options, plan, emit });
  await drained();
  const wall = (performance.now() - start) / 1000;
  await isolate?.[Symbol.asyncDispose]();
  const blockText = blocks.map((ms) => (ms * 1000).toFixed(0)).join(" ");
  console.log(JSON.stringify({ wall, childCpuSeconds: childCpuSeconds() - before, blocks: blockText }));
  rmSync(root, { recursive: true, force: true });
  if (outcome !== "success") throw new Error(`the run ended with ${outcome}`);
}

/** Of child processes that have ended, in seconds; 0 where the system does not tell. */
function childCpuSeconds(): number {
  try {
    const fields = readFileSync("/proc/self/stat", "utf8")
      .replace(/^.*\) /s, "")
      .split(" ");
    return (Number(fields[13]) + Number(fields[14])) / 100;
  } catch {
    return 0;
  }
}

function requestOf(parts: readonly Definitions[]): Parameters<typeof planOf>[1] {
  const [first] = parts.flatMap(({ steps = [] }) => steps);
  if (first?.execution === "op") return { steps: [first.name] };
  return parts.some(({ assets = [] }) => assets.some(({ partitions }) => partitions !== undefined))
    ? { partitions: { kind: "all" } }
    : {};
}

/** The same steps as the project's file defines them. */
function inFile(plan: RunPlan): RunPlan {
  const component = { file: "defs/steps.ts", document: 1, type: "definitions" };
  return { ...plan, steps: plan.steps.map((step) => ({ ...step, component })) };
}

async function processesFor(root: string) {
  mkdirSync(join(root, "defs"));
  writeFileSync(join(root, "package.json"), '{ "type": "module", "dop": {} }');
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  const code = Array.from({ length: 40 }, (_, index) => noOp(index)).join("\n");
  writeFileSync(join(root, "defs/steps.ts"), `import { asset } from "#platform";\n${code}\n`);
  const { loadProject } = await import("../../platform/component/load-project.ts");
  const { project } = await loadProject({ root, variables: {} });
  const documents = project.components.map(({ file, document, hash }) => ({ file, document, hash }));
  return createStepProcesses({
    root,
    documents,
    valuesFolder: join(root, "values"),
    filesFolder: join(root, "files"),
    attachmentBytes: 0,
    known: nothingKnown,
  });
}

/** Where events go: into SQLite as the control plane stores them, a thousand in flight at most. */
async function eventsTo(
  sinkName: string,
  { storage, plan }: { storage: Awaited<ReturnType<typeof openSqliteStorage>>; plan: RunPlan },
) {
  if (sinkName === "nothing") return { emit: () => {}, drained: async () => {} };
  const runId = "run-1" as RunId;
  await storage.createRun({
    id: runId,
    request: plan.request,
    snapshotId: plan.snapshotId,
    createdAtMs: 1,
    plan,
  });
  const epoch = await storage.startAttempt(runId, 2);
  const sender = createEventSender({
    send(events) {
      void storage.appendEvents(events).then(() => sender.acknowledge(events.at(-1)?.seq ?? 0));
    },
  });
  let seq = 0;
  const emit = (body: RunEventBody) =>
    sender.push({ runId, epoch, seq: ++seq, at: Date.now(), ...body } as RunEvent);
  return { emit, drained: () => sender.drained() };
}

interface Told {
  readonly wall: number;
  readonly childCpuSeconds: number;
  readonly blocks: string;
}

function report(): void {
  printLoad("at the start");
  const rows = Object.entries(cases).flatMap(([caseName, make]) => {
    const { what, steps } = make();
    return ["nothing", "sqlite"].map((sinkName) => {
      const costs = Array.from({ length: repeats }, () =>
        measureNode(["--import", startUp, import.meta.filename, caseName, sinkName], { cwd: repository }),
      );
      const told = costs.map(({ stdout }) => JSON.parse(stdout) as Told);
      return {
        what,
        "events to": sinkName,
        "steps/s": spread(
          told.map(({ wall }) => steps / wall),
          0,
        ),
        "CPU s": median(
          costs.map(({ cpuSeconds }, at) => cpuSeconds + (told[at]?.childCpuSeconds ?? 0)),
        ).toFixed(2),
        "peak MB": median(costs.map(({ peakMb }) => peakMb)).toFixed(0),
        "µs each, by thousand": told[0]?.blocks ?? "",
      };
    });
  });
  printTable("run-engine: median (least–most)", rows);
  printLoad("at the end");
}
