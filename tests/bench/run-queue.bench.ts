// How fast do runs get to user code, and through the queue? Whole projects with real workers.
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type Instance, materialize } from "../../platform/instance/instance.ts";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { PostgresServer } from "../postgres-server.ts";
import { findTool } from "../require-tool.ts";
import { printLoad, printTable, spread } from "./measure.ts";

const repository = resolve(import.meta.dirname, "../..");
const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 15);
const queuedRuns = Number(process.env["DOP_BENCH_RUNS"] ?? 300);

/** An asset that tells when its code runs, and one that does nothing. */
const firstLine = `
import { asset } from "#platform";
export const first = asset({ key: "first", io: "memory" }, ({ log }) => { log.info("at " + Date.now()); });
export const nothing = asset({ key: "nothing", io: "memory" }, () => {});
`;

/** 183 assets with 816 checks, as of a large dbt project. */
const manyChecks = `
import { asset, check } from "#platform";
const numbers = Array.from({ length: 183 }, (_, index) => index);
export const models = numbers.map((index) => asset({ key: "models/model_" + index, io: "memory" }, () => {}));
export const checks = numbers.flatMap((index) =>
  Array.from({ length: index < 84 ? 5 : 4 }, (_, number) =>
    check("models/model_" + index, "check_" + number, () => ({ passed: true })),
  ),
);
`;

function projectOf(files: { readonly [path: string]: string }): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "dop-bench-queue-")));
  cpSync(join(repository, "tests/fixtures/tiny-shop"), root, { recursive: true });
  symlinkSync(join(repository, "node_modules"), join(root, "node_modules"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

async function withProject<T>(
  files: { readonly [path: string]: string },
  work: (instance: Instance) => Promise<T>,
): Promise<T> {
  const root = projectOf(files);
  try {
    await using instance = await openInstance({ root, watch: true });
    await instance.definitions.ready();
    return await work(instance);
  } finally {
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Milliseconds from the request to the first line of user code. */
async function toFirstLine({ runs }: Instance): Promise<number> {
  const askedAt = Date.now();
  const { id } = await materialize(runs, { target: { selection: "key:first" } });
  const { events } = await runs.events(id);
  const told = events.find(({ type, step }) => type === "log" && step === "first");
  return Number(String(told?.["message"]).slice("at ".length)) - askedAt;
}

const measured = await withProject({ "defs/runs.ts": firstLine }, async (instance) => {
  const cold: number[] = [await toFirstLine(instance)];
  const ready: number[] = [];
  const again: number[] = [];
  for (let repeat = 0; repeat < repeats; repeat++) again.push(await toFirstLine(instance));
  for (let repeat = 0; repeat < Math.ceil(repeats / 3); repeat++) {
    // Longer than a worker waits for another run: the next run takes one that only has the platform loaded.
    await delay(18_000);
    ready.push(await toFirstLine(instance));
  }
  return { cold, ready, again };
});
interface Backend {
  readonly name: string;
  /** Of a database that nobody else uses. */
  newUrl?(): Promise<string>;
}

async function filesFor({ newUrl }: Backend, files: { readonly [path: string]: string }) {
  const url = await newUrl?.();
  if (url === undefined) return files;
  return {
    ...files,
    "package.json": JSON.stringify({ name: "shop", type: "module", dop: { storage: { url } } }),
  };
}

/** Records so many runs at once and waits for them all. */
async function drain(backend: Backend) {
  return await withProject(await filesFor(backend, { "defs/runs.ts": firstLine }), async ({ runs }) => {
    await materialize(runs, { target: { selection: "key:nothing" } });
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    const ids: string[] = [];
    for (let run = 0; run < queuedRuns; run++)
      ids.push((await runs.start({ target: { selection: "key:nothing" } })).id);
    const recordedMs = performance.now() - startedAt;
    const ended = await Promise.all(ids.map((id) => runs.wait(id)));
    const wallMs = performance.now() - startedAt;
    const used = process.cpuUsage(cpu);
    return {
      storage: backend.name,
      "recorded in s": (recordedMs / 1000).toFixed(2),
      "all ended in s": (wallMs / 1000).toFixed(2),
      "runs/s": (queuedRuns / (wallMs / 1000)).toFixed(1),
      "CPU s of the control plane": ((used.user + used.system) / 1e6).toFixed(2),
      failed: ended.filter(({ status }) => status !== "success").length,
    };
  });
}

async function enqueue(backend: Backend) {
  return await withProject(await filesFor(backend, { "defs/models.ts": manyChecks }), async ({ runs }) => {
    const times: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const startedAt = performance.now();
      const { id } = await runs.start({ target: { selection: "key:models/*" } });
      times.push(performance.now() - startedAt);
      await runs.cancel(id).catch(() => {});
      await runs.wait(id);
    }
    return { storage: backend.name, milliseconds: spread(times, 0) };
  });
}

await using servers = new AsyncDisposableStack();
const backends: Backend[] = [{ name: "sqlite" }];
if (findTool("postgres") === undefined) console.log("Postgres is not installed and not measured");
else {
  const server = servers.use(await PostgresServer.start({ durable: true }));
  backends.push({ name: "postgres", newUrl: () => server.createDatabase() });
}
const drained = [];
const enqueued = [];
for (const backend of backends) {
  drained.push(await drain(backend));
  enqueued.push(await enqueue(backend));
}

printLoad("at the end");
printTable("request to the first line of user code, milliseconds: median (least–most)", [
  { worker: "first of the server", "to first line": spread(measured.cold, 0) },
  { worker: "ready, platform loaded", "to first line": spread(measured.ready, 0) },
  { worker: "has served a run of the same code", "to first line": spread(measured.again, 0) },
]);
printTable(`${queuedRuns} queued no-op runs`, drained);
printTable("enqueue a run of 183 assets and 816 checks, milliseconds: median (least–most)", enqueued);
