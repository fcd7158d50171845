import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import {
  asset,
  check,
  dynamic,
  dynamicOutput,
  graph,
  graphAsset,
  hook,
  input,
  job,
  op,
  resource,
  sourceAsset,
  staticPartitions,
  Type,
} from "../../platform/index.ts";
import { materialize, runJob, testInstance } from "../../platform/testing.ts";

const raw = asset({ key: "raw/orders" }, () => [
  { id: 1, amount: 5 },
  { id: 2, amount: -1 },
]);
const cleaned = asset({ key: "cleaned", ins: { raw }, io: "parquet" }, (given) =>
  given.raw.filter(({ amount }) => amount > 0),
);
const filled = check(cleaned, "filled", {}, ({ value }) => value.length > 0);

test("assets are made in memory and what they stored can be asked for", async () => {
  const run = await materialize([raw, cleaned, filled]);
  expect(run).toMatchObject({ success: true, error: undefined });
  const rows: { id: number; amount: number }[] = run.outputOf(cleaned);
  expect(rows).toEqual([{ id: 1, amount: 5 }]);
  expect(run.outputOf("cleaned")).toEqual(rows);
  expect(run.checks).toMatchObject([{ check: "cleaned:filled", passed: true }]);
  expect(run.materializations.map(({ asset }) => asset)).toEqual(["raw/orders", "cleaned"]);
  expect(run.events.at(-1)).toEqual({ type: "run.succeeded" });
});

test("a run leaves no file behind", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dop-materialize-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  vi.stubEnv("TMPDIR", folder);
  onTestFinished(() => void vi.unstubAllEnvs());
  let dataFolder = "";
  const writing = asset({ key: "writing" }, (given) => {
    dataFolder = given.dataFolder;
    return existsSync(dataFolder);
  });
  expect((await materialize([writing])).outputOf(writing)).toBe(true);
  expect(dataFolder.startsWith(folder)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

test("values of assets that are not made are given by key", async () => {
  const run = await materialize([cleaned], { inputs: { "raw/orders": [{ id: 7, amount: 7 }] } });
  expect(run.outputOf(cleaned)).toEqual([{ id: 7, amount: 7 }]);
  expect(() => run.outputOf(raw)).toThrow(RangeError);
});

test("a selection leaves the other assets as they are", async () => {
  const run = await materialize([raw, cleaned], { selection: "raw/orders" });
  expect(run.materializations.map(({ asset }) => asset)).toEqual(["raw/orders"]);
});

test("an instance remembers what earlier runs stored", async () => {
  const instance = testInstance();
  await materialize([raw], { instance });
  expect((await materialize([cleaned], { instance })).outputOf(cleaned)).toEqual([{ id: 1, amount: 5 }]);
  expect((await materialize([cleaned])).success).toBe(false);
});

test("a step that fails is told and throws nothing", async () => {
  const broken = asset({ key: "broken" }, () => {
    throw new RangeError("no rows");
  });
  const run = await materialize([broken]);
  expect(run).toMatchObject({ success: false, error: { name: "RangeError", message: "no rows" } });
  expect(run.materializations).toEqual([]);
});

test("resources are given as instances, or opened and closed as defined", async () => {
  const open: string[] = [];
  const clock = resource("clock", {
    create: () => ({ hour: open.push("opened") }),
    close: () => void open.push("closed"),
  });
  const now = asset({ key: "now", resources: [clock] }, (given) => given.clock.hour);
  expect((await materialize([now, clock])).outputOf(now)).toBe(1);
  expect(open).toEqual(["opened", "closed"]);
  expect((await materialize([now, clock], { resources: { clock: { hour: 9 } } })).outputOf(now)).toBe(9);
  expect(open).toHaveLength(2);
  await expect(materialize([now])).rejects.toThrow("unknown-resource");
});

test("config is checked against the schema and completed with its defaults", async () => {
  const top = asset(
    { key: "top", config: Type.Object({ limit: Type.Integer({ default: 10 }) }) },
    ({ config }) => config.limit,
  );
  expect((await materialize([top])).outputOf(top)).toBe(10);
  const config = (limit: number | string) => ({ config: { steps: { top: { limit } } } });
  expect((await materialize([top], config(3))).outputOf(top)).toBe(3);
  await expect(materialize([top], config("many"))).rejects.toThrow();
});

test("partitions are named as in a command, and each is stored apart", async () => {
  const countries = staticPartitions(["kr", "fi", "de"]);
  const named = asset({ key: "named", partitions: countries }, ({ partition }) => [partition?.key]);
  const next = asset({ key: "next", ins: { named }, partitions: countries }, (given) => given.named[0]);
  const run = await materialize([named, next], { partition: "kr,fi" });
  expect(run.error).toBeUndefined();
  expect(run.outputOf(next, "fi")).toBe("fi");
  expect(() => run.outputOf(next)).toThrow(RangeError);
  expect(() => run.outputOf(next, "de")).toThrow(RangeError);
  const later = await materialize([named, next], {
    selection: "next",
    partition: "de",
    inputs: { named: { de: ["given"] } },
  });
  expect(later.outputOf(next)).toBe("given");
  await expect(materialize([raw], { partition: "kr" })).rejects.toThrow(RangeError);
});

test("an observed asset is looked at", async () => {
  const file = sourceAsset({ key: "raw/file" }, () => "v1");
  const run = await materialize([file]);
  expect(run.events).toContainEqual(
    expect.objectContaining({ type: "asset.observed", asset: "raw/file", dataVersion: "v1" }),
  );
});

test("definitions that do not fit together are refused with all that is wrong", async () => {
  await expect(materialize([raw, asset({ key: "raw/orders" }, () => 1)])).rejects.toThrow("duplicate-asset");
});

const numbers = op({ name: "numbers", out: dynamic() }, function* () {
  for (const number of [1, 2, 3]) yield dynamicOutput(number, { mappingKey: `n${number}` });
});
const double = op({ name: "double", ins: { x: input<number>() } }, ({ x }) => x * 2);
const sum = op({ name: "sum", ins: { all: input<number[]>() } }, ({ all }) => all.reduce((a, b) => a + b, 0));

test("the ops of an asset's graph run for each value and all together", async () => {
  const total = graphAsset({ key: "total" }, () =>
    sum(
      numbers()
        .map((x) => double(x))
        .collect(),
    ),
  );
  const run = await materialize([total]);
  expect(run.error).toBeUndefined();
  expect(run.outputOf(total)).toBe(12);
  expect(run.valueOf("double", "result", "n2")).toBe(4);
});

test("a job of ops runs, and what its steps gave can be asked for", async () => {
  const wired = graph({ name: "wired" }, () => {
    const doubled = numbers().map((x) => double(x));
    return sum([sum(doubled.collect()), sum.as("again")(doubled.collect())]);
  });
  const run = await runJob(job("nightly", { graph: wired }));
  expect(run.error).toBeUndefined();
  expect(run.valueOf("nightly.sum_2")).toBe(24);
  expect(run.valueOf("again")).toBe(12);
  expect(() => run.valueOf("other")).toThrow(RangeError);
});

test("a job of assets runs with what it binds in the environment", async () => {
  const top = asset(
    { key: "top", config: Type.Object({ limit: Type.Integer({ default: 1 }) }) },
    ({ config }) => config.limit,
  );
  const nightly = job("nightly", {
    selection: [top],
    environments: { prod: { config: { steps: { top: { limit: 5 } } } } },
  });
  expect((await runJob(nightly, { definitions: [top] })).outputOf(top)).toBe(1);
  expect((await runJob(nightly, { definitions: [top], environment: "prod" })).outputOf(top)).toBe(5);
});

test("hooks are called with what they need, for the steps that ended their way", async () => {
  const said: string[] = [];
  const tell = hook("failure", ({ step, chat }) => void said.push(chat.of(step)), {
    name: "tell",
    resources: ["chat"],
  });
  const fine = asset({ key: "fine", hooks: [tell] }, () => 1);
  const broken = asset({ key: "broken", hooks: [tell] }, () => Promise.reject(new Error("no")));
  const resources = { chat: { of: (step: string) => `${step}!` } };
  const run = await materialize([fine, broken, tell], { resources });
  expect(said).toEqual(["broken!"]);
  expect(run.events).toContainEqual({ type: "hook.completed", step: "broken", hook: "tell" });
});

test("a step for a process of its own runs in the test's, and files that it attaches are taken", async () => {
  const report = asset({ key: "report", isolation: "process" }, async ({ attach, dataFolder }) => {
    writeFileSync(join(dataFolder, "page.html"), "<p>");
    await attach(join(dataFolder, "page.html"));
    return process.pid;
  });
  const run = await materialize([report]);
  expect(run.error).toBeUndefined();
  expect(run.outputOf(report)).toBe(process.pid);
  expect(run.events).toContainEqual(
    expect.objectContaining({
      type: "file.attached",
      name: "page.html",
      mediaType: "text/html",
      sizeBytes: 3,
    }),
  );
});
