import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TemporaryProject } from "./temporary-project.ts";

// One project that is worked with for a while: each test goes on from where the one before ended.
const slow = { timeout: 60_000 };

const definitions = (codeVersion: string) => `import { existsSync, writeFileSync } from "node:fs";
import { asset, daily } from "#platform";

export const raw = asset({ key: "raw/orders", codeVersion: "${codeVersion}" }, () => [{ id: 1 }]);
export const clean = asset({ key: "clean/orders", ins: { raw } }, ({ raw }) => raw);
export const other = asset({ key: "raw/other" }, () => [{ id: 1 }]);
export const days = asset({ key: "raw/days", deps: ["raw/orders"], partitions: daily({ start: "2026-01-01", end: "2026-01-05" }) }, ({ partition }) => [
  { day: partition.key },
]);
export const report = asset({ key: "report", ins: { raw }, pool: "printers" }, async ({ context }) => {
  if (!existsSync(context.projectRoot + "/open")) throw new Error("the printer is closed");
  writeFileSync(context.dataFolder + "/report.txt", "hello");
  await context.attach(context.dataFolder + "/report.txt", { asset: "report" });
  return [{ pages: 1 }];
});
`;

const job = `type: lib.JobComponent
attributes:
  name: reporting
  selection: report
`;

let made: TemporaryProject;
beforeAll(() => {
  made = new TemporaryProject(
    { "defs/shop/shop.ts": definitions("1"), "defs/reporting/component.yaml": job },
    { pools: { printers: 1 } },
  );
});
afterAll(() => made[Symbol.dispose]());

// biome-ignore lint/suspicious/noExplicitAny: what commands print for programs is matched by tests
async function printed(...args: readonly string[]): Promise<any> {
  const { code, out, talk } = await made.run([...args, "--json"]);
  expect({ code, talk: code === 0 ? "" : talk }).toEqual({ code: 0, talk: "" });
  return JSON.parse(out);
}

const stalenessOf = async () => {
  const { assets } = await printed("list", "assets");
  return Object.fromEntries(
    assets.map(({ key, staleness }: { key: string; staleness: string }) => [key, staleness]),
  );
};

test(
  "before the first run nothing is known of staleness, and nothing is made for the question",
  slow,
  async () => {
    expect(await stalenessOf()).toMatchObject({ "raw/orders": null, "raw/days": null });
    expect(existsSync(join(made.root, ".dop/dop.sqlite"))).toBe(false);
  },
);

test("what was materialized is fresh, the rest is missing", slow, async () => {
  const { code, talk } = await made.run(["materialize", "-s", "clean/orders or raw/other or raw/orders"]);
  expect({ code, talk: code === 0 ? "" : talk }).toEqual({ code: 0, talk: "" });
  expect((await made.run(["materialize", "-s", "raw/days", "-p", "2026-01-02..2026-01-03"])).code).toBe(0);
  expect(await stalenessOf()).toEqual({
    "clean/orders": "fresh",
    "raw/days": "missing",
    "raw/orders": "fresh",
    "raw/other": "fresh",
    report: "missing",
  });
});

test("where nothing is stale, no run is made and the exit code is 0", slow, async () => {
  const before = (await printed("run", "list")).runs.length;
  expect(await made.run(["materialize", "--stale"])).toEqual({
    code: 0,
    out: "",
    talk: expect.stringContaining("nothing is stale"),
  });
  expect(await printed("materialize", "--stale", "-s", "raw/orders+")).toEqual({
    schema: "dop.run/1",
    run: null,
  });
  expect((await printed("run", "list")).runs).toHaveLength(before);
});

test("a new code version makes an asset and what reads it stale, and nothing else", slow, async () => {
  made.write({ "defs/shop/shop.ts": definitions("2") });
  expect(await stalenessOf()).toMatchObject({
    "clean/orders": "stale",
    "raw/days": "stale",
    "raw/orders": "stale",
    "raw/other": "fresh",
  });
  const { assets } = await printed("list", "assets", "--stale");
  expect(assets.map(({ key }: { key: string }) => key)).toEqual(["clean/orders", "raw/days", "raw/orders"]);
  expect((await made.run(["list", "jobs", "--stale"])).code).toBe(2);
});

test("materialize --stale runs exactly what is stale", slow, async () => {
  const { run } = await printed("materialize", "--stale");
  expect(run).toMatchObject({ status: "success", assets: ["clean/orders", "raw/days", "raw/orders"] });
  const events = (await made.run(["run", "logs", run.id, "--json"])).out
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; asset?: string; partition?: string })
    .filter(({ type }) => type === "asset.materialized")
    .map(({ asset, partition }) => `${asset} ${partition}`);
  expect(events.toSorted()).toEqual([
    "clean/orders null",
    "raw/days 2026-01-02",
    "raw/days 2026-01-03",
    "raw/orders null",
  ]);
  expect((await printed("list", "assets", "--stale")).assets).toEqual([]);
});

test.for([
  { wrong: "no target", args: [] },
  { wrong: "partitions of what is stale", args: ["--stale", "-p", "2026-01-02"] },
  { wrong: "two targets", args: ["-s", "report", "-j", "reporting"] },
  { wrong: "a length that is none", args: ["-s", "report", "--max-runtime", "soon"] },
  { wrong: "fewer than no retries", args: ["-s", "report", "--retries", "-1"] },
  { wrong: "a priority in words", args: ["-s", "report", "--priority", "high"] },
  { wrong: "a tag without a value", args: ["-s", "report", "--tag", "nothing"] },
  { wrong: "a config file that is not there", args: ["-s", "report", "--config", "nowhere.yaml"] },
])("materialize with $wrong is refused with 2", async ({ args }) => {
  expect(await made.run(["materialize", ...args])).toMatchObject({ code: 2, out: "" });
});

test("a job is listed and run, with the options of every run", slow, async () => {
  expect((await printed("job", "list")).jobs).toMatchObject([{ name: "reporting" }]);
  const options = ["--tag", "why=test", "--priority", "3", "--max-runtime", "10m"];
  const { code, out } = await made.run(["job", "run", "reporting", ...options, "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(out).run).toMatchObject({
    status: "failure",
    job: "reporting",
    priority: 3,
    tags: { why: "test" },
    failure_reason: "step_failure",
  });
  expect(await made.run(["job", "run", "nightly"])).toMatchObject({ code: 2 });
});

test("a failed run is done again from where it failed, and both name each other", slow, async () => {
  const [failed] = (await printed("run", "list", "--tag", "why=test")).runs;
  writeFileSync(join(made.root, "open"), "");
  const { code, out } = await made.run(["run", "retry", failed.id, "--json"]);
  expect(code).toBe(0);
  const { run } = JSON.parse(out);
  expect(run).toMatchObject({ status: "success", parent_run_id: failed.id, job: "reporting" });
  expect((await made.run(["run", "show", failed.id])).out).toContain(`retried by ${run.id}`);
  expect((await made.run(["run", "show", run.id])).out).toContain(`retry of ${failed.id}`);
  expect(await made.run(["run", "retry", run.id, "--all", "--step", "report"])).toMatchObject({ code: 2 });
  expect(await made.run(["run", "retry", run.id, "--step", "nothing"])).toMatchObject({ code: 2 });
});

test("runs are listed by job and tag", slow, async () => {
  const { runs } = await printed("run", "list", "--job", "reporting");
  expect(runs.map(({ status }: { status: string }) => status)).toEqual(["success", "failure"]);
  expect((await printed("run", "list", "--job", "reporting", "-n", "1")).runs).toHaveLength(1);
  expect((await printed("run", "list", "--job", "nightly")).runs).toEqual([]);
  expect((await printed("run", "list", "--tag", "why=nothing")).runs).toEqual([]);
});

test("a file of a step is listed, and saved once", slow, async () => {
  const { files } = await printed("run", "files");
  expect(files).toMatchObject([{ name: "report.txt", size_bytes: 5, step: "report", asset: "report" }]);
  expect((await made.run(["run", "show"])).out).toContain("file report.txt (5 bytes) of report");
  const saved = await made.run(["run", "files", "--save", "report.txt"]);
  expect(saved).toMatchObject({ code: 0, out: join(made.root, "report.txt") });
  expect(made.read("report.txt")).toBe("hello");
  expect(await made.run(["run", "files", "--save", files[0].file])).toMatchObject({ code: 2 });
  expect(await made.run(["run", "files", "--save", files[0].file, "-o", "again.txt"])).toMatchObject({
    code: 0,
  });
  expect(await made.run(["run", "files", "--save", "nothing"])).toMatchObject({ code: 2 });
});

test("a pool's limit is listed, set and taken back", slow, async () => {
  const limits = async () =>
    (await printed("pool", "list")).pools.map(
      ({ name, limit, set_limit: set }: { name: string; limit: number; set_limit: number | null }) => [
        name,
        limit,
        set,
      ],
    );
  expect(await limits()).toEqual([["printers", 1, null]]);
  expect((await printed("pool", "set", "printers", "4")).pool).toMatchObject({ limit: 4, defined_limit: 1 });
  expect(await limits()).toEqual([["printers", 4, 4]]);
  expect((await made.run(["pool", "set", "printers", "default"])).code).toBe(0);
  expect(await limits()).toEqual([["printers", 1, null]]);
  expect((await made.run(["pool", "set", "printers", "many"])).code).toBe(2);
});

test("doctor says what the storage is and holds", slow, async () => {
  const { findings } = JSON.parse((await made.run(["doctor", "--json"])).out);
  expect(findings).toContainEqual({
    verdict: "ok",
    subject: "records",
    text: expect.stringMatching(/^sqlite, schema \d+, [\d.]+ [KM]B: \d+ runs, \d+ events$/),
  });
});

test("a purge removes what was said of old runs and keeps the facts", slow, async () => {
  expect(await printed("purge")).toMatchObject({ schema: "dop.purge/1", dry_run: false, events: 0 });
  const dry = await printed("purge", "--older-than", "0.001s", "--dry-run");
  expect(dry.events).toBeGreaterThan(10);
  expect(await printed("purge", "--older-than", "0.001s")).toMatchObject({
    events: dry.events,
    plans: dry.plans,
  });
  expect((await printed("purge", "--older-than", "0.001s")).events).toBe(0);
  expect(await stalenessOf()).toMatchObject({ "raw/orders": "fresh", report: "fresh" });
  expect((await made.run(["purge", "--older-than", "soon"])).code).toBe(2);
});
