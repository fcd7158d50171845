import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { createRemoteRecords } from "../../platform/instance/remote-records.ts";
import { createRemoteRuns } from "../../platform/instance/remote-runs.ts";
import { listen } from "../../platform/server/listen.ts";
import { servedShop, token } from "./served-shop.ts";

// What a command gets that talks to the process which owns the project.

async function servedOwner() {
  const shop = await servedShop();
  const server = await listen(shop.app.fetch, { port: 0 });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const owner = { pid: process.pid, port: server.port, token, startedAt: 0 };
  return { shop, runs: createRemoteRuns(owner), records: createRemoteRecords(owner) };
}

test("a run is started with all that was asked for", async () => {
  const { shop, runs } = await servedOwner();
  const run = await runs.start({
    target: { selection: "key:raw/orders" },
    tags: { why: "test" },
    config: { steps: { orders: { limit: 3 } } },
    settings: { "steps.orders.size": "7" },
    priority: 2,
    maxRuntimeSeconds: 60,
    retryPolicy: { maxRetries: 1, strategy: "all", onStepFailure: false, delaySeconds: 5 },
  });
  expect((await shop.storage.getRun(run.id as never))?.request).toMatchObject({
    assets: ["raw/orders"],
    tags: { why: "test" },
    config: { steps: { orders: { limit: 3 } } },
    priority: 2,
    maxRuntimeSeconds: 60,
    retryPolicy: { maxRetries: 1, strategy: "all", onStepFailure: false, delaySeconds: 5 },
  });
});

test("runs are listed by tags", async () => {
  const { runs } = await servedOwner();
  const run = await runs.start({ target: { job: "nightly" }, tags: { why: "a=b & c" } });
  await runs.start({ target: { job: "nightly" } });
  expect(await runs.list({ tags: { why: "a=b & c", team: "sales" } })).toMatchObject([{ id: run.id }]);
});

test("a refusal comes with its reason", async () => {
  const { runs } = await servedOwner();
  await expect(runs.start({ target: { selection: "*" }, stale: true })).rejects.toMatchObject({
    name: "InstanceError",
    reason: "nothing-stale",
  });
  const { id } = await runs.start({ target: { job: "nightly" } });
  await expect(runs.retry(id, { strategy: "all" })).rejects.toMatchObject({ reason: "refused-transition" });
  await expect(runs.retry("nobody", { steps: ["orders"] })).rejects.toMatchObject({ reason: "unknown-run" });
});

test("a file of a step is read with its name, type and bytes", async () => {
  const { shop, runs } = await servedOwner();
  const { id } = await runs.start({ target: { job: "nightly" } });
  const file = "01999999-0000-7000-8000-000000000001";
  const attached = { file, name: "bericht ü.txt", mediaType: "text/x-report", sizeBytes: 5 };
  await shop.happen(id, [{ type: "run.started" }, { type: "file.attached", step: "orders", ...attached }]);
  writeFileSync(join(shop.logFolder, file), "hello");
  const found = await runs.readAttachment(file);
  expect(found).toMatchObject({ name: "bericht ü.txt", mediaType: "text/x-report", sizeBytes: 5 });
  expect(await text(found?.open() as never)).toBe("hello");
  expect(await runs.readAttachment("nobody")).toBeUndefined();
});

test("pools, storage, purge and staleness are asked for", async () => {
  const { records } = await servedOwner();
  expect(await records.setPoolLimit("duckdb:/data/a b.duckdb", 2)).toMatchObject({ set_limit: 2 });
  expect(await records.pools()).toMatchObject([{ name: "duckdb:/data/a b.duckdb", limit: 2 }]);
  expect(await records.setPoolLimit("duckdb:/data/a b.duckdb", null)).toMatchObject({ set_limit: null });
  expect(await records.describe()).toMatchObject({ dialect: "sqlite" });
  expect(await records.purge({ beforeMs: 1, dryRun: true })).toMatchObject({ before_ms: 1, dry_run: true });
  expect((await records.staleness()).get("raw/orders")).toBe("missing");
});
