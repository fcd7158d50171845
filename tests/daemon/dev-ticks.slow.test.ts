import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectRecords } from "../../platform/instance/connect-records.ts";
import { startDev } from "../../platform/server/run-dev.ts";
import { copyProject } from "../host/project-copy.ts";

vi.setConfig({ testTimeout: 120_000 });

const marts = `import { asset, automation } from "#platform";
export const sales = asset(
  { key: "mart/sales", deps: ["raw/orders"], automationCondition: automation.eager() },
  async () => [{ amount: 1 }],
);
export const top = asset(
  { key: "mart/top", deps: ["mart/sales"], automationCondition: automation.eager() },
  async () => [{ amount: 1 }],
);
`;

const dropped = `type: lib.SensorComponent
attributes:
  name: dropped
  job: by_file
  default_status: running
  minimum_interval: 1s
  watch: { kind: file, folder: inbox, settle: 1s }
---
type: lib.JobComponent
attributes: { name: by_file, selection: "key:raw/orders" }
---
type: lib.ScheduleComponent
attributes: { name: nightly, job: by_file, cron: "0 3 * * *", timezone: UTC }
`;

async function served(files: { readonly [path: string]: string }) {
  const { root } = copyProject("tiny-shop", files);
  const said: string[] = [];
  const dev = await startDev({
    root,
    version: "0",
    port: 0,
    print: () => {},
    say: (text) => void said.push(text),
  });
  onTestFinished(async () => await dev[Symbol.asyncDispose]());
  const json = async (path: string) => (await (await fetch(`${dev.url}/api/v1${path}`)).json()) as never;
  return { root, said, url: dev.url, json };
}

interface Run {
  readonly assets: readonly string[];
  readonly status: string;
  readonly tags: { readonly [key: string]: string };
}

/** Waits until a run with the tag has succeeded. */
async function succeeded(json: (path: string) => Promise<{ runs: Run[] }>, tag: string): Promise<Run> {
  for (;;) {
    const { runs = [] } = await json(`/runs?tag=${encodeURIComponent(tag)}`);
    const done = runs.find(({ status }) => status === "success");
    if (done !== undefined) return done;
    await delay(100);
  }
}

test("materializing raw data makes the eager marts run, and the line says so", async () => {
  const { url, said, json } = await served({ "defs/marts.ts": marts });
  while (!said.some((line) => line.startsWith("loaded"))) await delay(50);
  await fetch(`${url}/api/v1/runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ selection: "key:raw/orders" }),
  });
  const run = await succeeded(json, "dop/automation=automation");
  expect(run.assets).toEqual(["mart/sales", "mart/top"]);
  expect(said).toContainEqual(
    expect.stringMatching(/^sensor\/automation: run [0-9a-f]{8}-[0-9a-f]{4} of mart\/sales, mart\/top$/),
  );
});

test("a dropped file makes a run, and schedules and sensors are listed and switched by commands", async () => {
  const { root, json, said } = await served({
    "defs/inbox/component.yaml": dropped,
    "package.json": JSON.stringify({
      name: "tiny-shop",
      private: true,
      type: "module",
      dop: { registry: { lib: join(import.meta.dirname, "../../lib") } },
    }),
  });
  while (!said.some((line) => line.startsWith("loaded"))) await delay(50);
  mkdirSync(join(root, "inbox"));
  writeFileSync(join(root, "inbox/a.csv"), "1");
  expect((await succeeded(json, "dop/sensor=dropped")).tags).toMatchObject({ "dop/file": "a.csv" });
  await using connection = await connectRecords({
    root,
    env: process.env,
    snapshot: async () => {
      throw new Error("the server answers");
    },
  });
  const { instigators } = connection.records;
  expect(await instigators.list("schedule")).toMatchObject([{ name: "nightly", status: "stopped" }]);
  expect(await instigators.switchTo("schedule", "nightly", "running")).toMatchObject({
    status: "running",
    next: { at_ms: expect.any(Number), partitions: null },
  });
  expect((await instigators.list("sensor")).map(({ name }) => name)).toEqual(["automation", "dropped"]);
  const ticks = await instigators.ticks("sensor", "dropped", { limit: 5 });
  expect(ticks).toContainEqual(expect.objectContaining({ status: "success", run_ids: [expect.any(String)] }));
  await expect(instigators.switchTo("sensor", "nobody", "stopped")).rejects.toMatchObject({
    reason: "unknown-instigator",
  });
});
