import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectRuns } from "../../platform/instance/connect-runs.ts";
import { type Instance, materialize } from "../../platform/instance/instance.ts";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { copyProject } from "../host/project-copy.ts";

vi.setConfig({ testTimeout: 60_000 });

async function opened(root: string): Promise<Instance> {
  const instance = await openInstance({ root, watch: false });
  onTestFinished(async () => await instance[Symbol.asyncDispose]());
  return instance;
}

/** A step that runs the given code. */
function stepModule(key: string, code: string): string {
  return `import { asset } from "#platform";\nexport const it = asset({ key: "${key}" }, async ({ signal, log }) => { ${code} });\n`;
}

/** Resolves when a step of the run has started. */
async function untilStarted({ runs }: Instance, id: string): Promise<void> {
  while (!(await runs.find(id))?.steps.some(({ status }) => status === "running")) await delay(20);
}

test("assets are materialized in a worker, with their checks, and everything is remembered", async () => {
  const { root } = copyProject("tiny-shop");
  const instance = await opened(root);
  const run = await materialize(instance.runs, { target: { selection: "key:raw/orders+" } });
  expect(run).toMatchObject({ status: "success", failure: null, assets: ["mart/customers", "raw/orders"] });
  const states = await instance.catalog.assetStates();
  expect(states.find(({ key }) => key === "mart/customers")).toMatchObject({
    materialized: { run_id: run.id, metadata: { row_count: { type: "int", value: 2 } } },
    checks: [{ name: "positive", latest: { passed: true } }],
  });
  const { events } = await instance.runs.events(run.id);
  expect(events[0]).toMatchObject({ type: "run.starting", epoch: 0 });
  expect(events.at(-1)).toMatchObject({ type: "run.succeeded" });
  expect(await instance.runs.readLog(run.id, { step: "shop/orders", stream: "stdout" })).toMatchObject({
    text: "reading the till\n",
  });
});

test("a partition set is materialized slice by slice", async () => {
  const { root } = copyProject("tiny-shop");
  const instance = await opened(root);
  const run = await materialize(instance.runs, {
    target: { selection: "key:mart/visits" },
    partition: "2026-01-01..2026-01-03",
  });
  expect(run.status).toBe("success");
  expect(await instance.catalog.asset("mart/visits")).toMatchObject({
    partitions: {
      materialized: { count: 3, set: "2026-01-01..2026-01-03" },
      failed: { count: 0, set: null },
      in_progress: { count: 0, set: null },
    },
  });
});

test("events are handed on while the run goes on", async () => {
  const { root } = copyProject("tiny-shop");
  const { runs } = await opened(root);
  const types: string[] = [];
  const { id } = await runs.start({ target: { selection: "key:raw/orders" } });
  const onEvents = (page: { events: readonly { type: string }[] }) =>
    types.push(...page.events.map(({ type }) => type));
  const run = await runs.wait(id, { onEvents });
  expect(types).toEqual((await runs.events(run.id)).events.map(({ type }) => type));
  expect(types).toContain("asset.materialized");
});

test.for([
  { how: "throws", code: 'throw new Error("till is empty")', failure: /1 step/ },
  { how: "ends the process", code: 'console.error("no more"); process.exit(7)', failure: /exit code 7/ },
  { how: "is killed", code: 'process.kill(process.pid, "SIGKILL")', failure: /killed by SIGKILL/ },
])("a step that $how fails its run, and the next run succeeds", async ({ code, failure }) => {
  const { root } = copyProject("tiny-shop", { "defs/bad.ts": stepModule("bad", code) });
  const { runs } = await opened(root);
  expect(await materialize(runs, { target: { selection: "key:bad" } })).toMatchObject({
    status: "failure",
    failure: expect.stringMatching(failure),
  });
  expect(await materialize(runs, { target: { selection: "key:raw/orders" } })).toMatchObject({
    status: "success",
  });
});

test("a cancelled run ends as cancelled, and the step learns of it", async () => {
  const code =
    'log.info("waiting"); await new Promise((resolve) => signal.addEventListener("abort", resolve)); throw new Error("gave up")';
  const { root } = copyProject("tiny-shop", { "defs/slow.ts": stepModule("slow", code) });
  const instance = await opened(root);
  const { id } = await instance.runs.start({ target: { selection: "key:slow" } });
  await untilStarted(instance, id);
  expect(await instance.runs.cancel(id)).toMatchObject({ status: "canceling" });
  expect(await instance.runs.wait(id)).toMatchObject({ status: "canceled" });
});

test("definitions that changed after the run was planned stop it before its first step", async () => {
  const { root, write } = copyProject("tiny-shop");
  const instance = await opened(root);
  await instance.definitions.ready();
  write(
    "defs/shop/component.yaml",
    readFileSync(join(root, "defs/shop/component.yaml"), "utf8").replace("ada", "eve"),
  );
  const run = await materialize(instance.runs, { target: { selection: "key:raw/orders" } });
  expect(run).toMatchObject({
    status: "failure",
    failure: expect.stringContaining("defs/shop/component.yaml has changed"),
  });
  expect((await instance.runs.find(run.id))?.steps).toMatchObject([{ attempt: 0 }]);
});

test("secrets are masked in what is stored of a run", async () => {
  const code =
    'console.log("token " + process.env.SHOP_TOKEN); throw new Error("refused " + process.env.SHOP_TOKEN)';
  const { root } = copyProject("tiny-shop", {
    "defs/leak.ts": stepModule("leak", code),
    ".env": "SHOP_TOKEN=correct-horse\n",
  });
  const { runs } = await opened(root);
  const { id } = await materialize(runs, { target: { selection: "key:leak" } });
  const log = await runs.readLog(id, { step: "leak", stream: "stdout" });
  const told = JSON.stringify([await runs.events(id), await runs.find(id), log]);
  expect(told).toContain("token •••");
  expect(told).not.toContain("correct-horse");
});

test("a document with a problem stops only a run that needs it", async () => {
  const { root } = copyProject("tiny-shop", {
    "defs/broken/component.yaml": "type: lib.NoSuchComponent\nattributes: {}\n",
    "defs/tool/component.yaml": "type: .tool.ToolComponent\n",
    "defs/tool/tool.ts": `
      import { assetKey, Component } from "#platform";
      export class ToolComponent extends Component {
        requiredTools() { return ["no-such-tool"]; }
        buildDefinitions() {
          const assets = [{ key: assetKey("needs", "tool") }];
          return { assets, steps: [{ name: "tool", assets: [assets[0].key], checks: [], canSubset: false, execution: "materialize", resources: [], run: async () => {} }] };
        }
      }`,
  });
  const { runs, catalog } = await opened(root);
  await expect(runs.start({ target: { selection: "key:needs/tool" } })).rejects.toMatchObject({
    problems: [{ code: "component-not-ready", span: { file: "defs/tool/component.yaml" } }],
  });
  expect((await catalog.assets()).find(({ key }) => key === "needs/tool")).toMatchObject({
    status: "needs_tool",
  });
  expect(await materialize(runs, { target: { selection: "key:raw/orders" } })).toMatchObject({
    status: "success",
  });
});

test("asking for an asset of a document that broke since the last run tells the document's problem", async () => {
  const { root, write } = copyProject("tiny-shop");
  {
    await using instance = await openInstance({ root, watch: false });
    await materialize(instance.runs, { target: { selection: "key:raw/orders" } });
  }
  write("defs/shop/component.yaml", "type: .shop.ShopComponent\nattributes:\n  orders: many\n");
  const { runs } = await opened(root);
  await expect(runs.start({ target: { selection: "key:raw/orders" } })).rejects.toMatchObject({
    problems: [
      { code: "invalid-attribute-type", span: { file: "defs/shop/component.yaml", start: { line: 3 } } },
    ],
  });
});

test("runs that a dead owner left are ended by the next one", async () => {
  const { root } = copyProject("tiny-shop", {
    "defs/slow.ts": stepModule("slow", "await new Promise((resolve) => setTimeout(resolve, 60_000))"),
  });
  const first = await openInstance({ root, watch: false });
  const { id } = await first.runs.start({ target: { selection: "key:slow" } });
  await untilStarted(first, id);
  // As after a crash: the record stays, the lock and the processes are gone.
  const database = readFileSync(join(root, ".dop/dop.sqlite"));
  const log = existsSync(join(root, ".dop/dop.sqlite-wal"))
    ? readFileSync(join(root, ".dop/dop.sqlite-wal"))
    : undefined;
  await first[Symbol.asyncDispose]();
  writeFileSync(join(root, ".dop/dop.sqlite"), database);
  if (log !== undefined) writeFileSync(join(root, ".dop/dop.sqlite-wal"), log);
  const { runs } = await opened(root);
  expect(await runs.find(id)).toMatchObject({
    run: { status: "failure", failure: expect.stringContaining("gone") },
  });
});

test("a second process is told who owns the project", async () => {
  const { root } = copyProject("tiny-shop");
  await opened(root);
  await expect(openInstance({ root, watch: false })).rejects.toMatchObject({
    reason: "owned-elsewhere",
    owner: { pid: process.pid },
  });
});

test("where nobody owns the project a command becomes the owner and lets go at its end", async () => {
  const { root } = copyProject("tiny-shop");
  {
    await using connection = await connectRuns({ root, watch: false });
    expect(connection.ownerUrl).toBeUndefined();
    expect(await connection.runs.list()).toEqual([]);
  }
  expect(existsSync(join(root, ".dop/owner.lock"))).toBe(false);
});

test.for([
  {
    what: "records that are no database",
    files: { ".dop/dop.sqlite": "no database at all, but text that goes on for a while".repeat(50) },
  },
  { what: "a file in the place of the state folder", files: { ".dop": "" } },
  {
    what: "storage that there is none of",
    files: { "package.json": '{"type": "module", "dop": {"storage": {"url": "oracle:shop"}}}' },
  },
])("$what keep the project from being opened, with a reason and no stack", async ({ files }) => {
  const { root } = copyProject("tiny-shop", files as { [path: string]: string });
  await expect(openInstance({ root, watch: false })).rejects.toMatchObject({ name: "InstanceError" });
  expect(existsSync(join(root, ".dop/owner.lock"))).toBe(false);
});

test("a check knows the metadata of an earlier run's materialization, and newer metadata of its own run", async () => {
  const { root } = copyProject("tiny-shop", {
    "defs/bounds.ts": `
      import { check } from "#platform";
      const rows = async (context, asset) => (await context.latestMetadata(asset))?.row_count?.value ?? null;
      export const bounds = check("mart/customers", "bounds", { additionalDeps: ["raw/orders"] }, async ({ context }) => ({
        passed: true,
        metadata: { orders: await rows(context, "raw/orders"), customers: await rows(context, "mart/customers") },
      }));`,
  });
  const { runs, catalog } = await opened(root);
  await materialize(runs, { target: { selection: "key:raw/orders" } });
  await materialize(runs, { target: { selection: "key:mart/customers" } });
  const [state] = await catalog.assetStates(["mart/customers"]);
  expect(state?.checks.find(({ name }) => name === "bounds")).toMatchObject({
    latest: { metadata: { orders: { type: "int", value: 3 }, customers: { type: "int", value: 2 } } },
  });
});

test("a job of steps without assets runs them", async () => {
  const { root } = copyProject("tiny-shop", {
    "defs/setup/component.yaml": "type: .setup.SetupComponent\n",
    "defs/setup/setup.ts": `
      import { Component } from "#platform";
      export class SetupComponent extends Component {
        buildDefinitions() {
          const run = async (context) => context.log.info("tested");
          return {
            jobs: [{ name: "setup_tests", selection: "not *", steps: ["setup"], tags: { team: "data" } }],
            steps: [{ name: "setup", assets: [], checks: [], canSubset: false, execution: "materialize", resources: [], run }],
          };
        }
      }`,
  });
  const instance = await opened(root);
  expect((await instance.catalog.report()).problems).toEqual([]);
  const run = await materialize(instance.runs, { target: { job: "setup_tests" } });
  expect(run).toMatchObject({ status: "success", assets: [], job: "setup_tests", tags: { team: "data" } });
  expect((await instance.runs.find(run.id))?.steps).toMatchObject([{ key: "setup", status: "success" }]);
});
