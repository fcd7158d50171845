import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Check } from "typebox/schema";
import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunDetailView, RunView } from "../../platform/core/views.ts";
import { assetDetailSchema, assetStatesSchema } from "../../platform/server/api-schemas.ts";
import { fileResponse } from "../../platform/server/file-response.ts";
import { poolsSchema, purgeSchema, storageSchema } from "../../platform/server/record-schemas.ts";
import { runDetailSchema } from "../../platform/server/run-schemas.ts";
import { type ServedShop, servedShop } from "./served-shop.ts";

const orders = "raw/orders" as AssetKey;

const materialized = (dataVersion?: string): RunEventBody[] => [
  { type: "step.started", step: "orders", attempt: 1 },
  {
    type: "asset.materialized",
    step: "orders",
    asset: orders,
    partition: null,
    metadata: {},
    ...(dataVersion === undefined ? {} : { dataVersion }),
  },
  { type: "step.succeeded", step: "orders", durationMs: 1 },
];

async function endedRun({ start, happen }: ServedShop, end: RunEventBody): Promise<RunView> {
  const run = await start({ job: "nightly" });
  await happen(run.id, [{ type: "run.started" }, ...materialized(), end]);
  return run;
}

test("a request's tags, priority, longest time and retries are recorded with the run", async () => {
  const { start, storage } = await servedShop();
  const run = await start({
    selection: "key:raw/orders",
    priority: 7,
    max_runtime_seconds: 60,
    retry_policy: { max_retries: 2 },
  });
  expect(run).toMatchObject({ priority: 7, parent_run_id: null, root_run_id: null, failure_reason: null });
  expect((await storage.getRun(run.id as never))?.request).toMatchObject({
    maxRuntimeSeconds: 60,
    retryPolicy: { maxRetries: 2, strategy: "from_failure", onStepFailure: true },
  });
});

test("config of a request goes to the steps that it names", async () => {
  const { start, storage } = await servedShop();
  const run = await start({ selection: "key:raw/orders", config: { steps: { orders: { limit: 3 } } } });
  expect((await storage.getPlan(run.id as never))?.steps).toMatchObject([
    { key: "orders", config: { limit: 3 } },
  ]);
});

test.for([
  { asked: "config with unknown parts", body: { selection: "*", config: { ops: {} } }, code: "invalid-body" },
  {
    asked: "config for a step that is not there",
    body: { selection: "key:raw/orders", config: { steps: { nobody: { a: 1 } } } },
    code: "invalid-request",
  },
  { asked: "a partition of what is stale", body: { stale: true, partition: "eu" }, code: "invalid-body" },
  {
    asked: "a longest time of nothing",
    body: { selection: "*", max_runtime_seconds: 0 },
    code: "invalid-body",
  },
])("$asked is refused as $code and makes no run", async ({ body, code }) => {
  const { post, json } = await servedShop();
  const response = await post("/api/v1/runs", body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code });
  expect(await json("/api/v1/runs")).toEqual({ runs: [], next: null });
});

test("runs are filtered by tags, all of those that are named", async () => {
  const { json, start } = await servedShop();
  const run = await start({ job: "nightly", tags: { why: "test" } });
  await start({ job: "nightly" });
  const idsOf = async (query: string) =>
    (await json(`/api/v1/runs?${query}`)).runs.map(({ id }: RunView) => id);
  expect(await idsOf("tag=why%3Dtest")).toEqual([run.id]);
  expect(await idsOf("tag=why%3Dtest&tag=team%3Dsales")).toEqual([run.id]);
  expect(await idsOf("tag=why%3Dtest&tag=team%3Dother")).toEqual([]);
  expect(await idsOf("tag=team%3Dsales")).toHaveLength(2);
  expect(await json("/api/v1/runs?tag=why")).toMatchObject({ status: 400, code: "invalid-query" });
});

test("an ended run is done again in a new one, which names it", async () => {
  const shop = await servedShop();
  const run = await endedRun(shop, { type: "run.failed", error: { name: "Error", message: "no" } });
  const response = await shop.post(`/api/v1/runs/${run.id}/retry`, { strategy: "all" });
  expect(response.status).toBe(202);
  const { run: again } = (await response.json()) as { run: RunView };
  expect(again).toMatchObject({ parent_run_id: run.id, root_run_id: run.id, job: "nightly" });
  expect(await shop.json(`/api/v1/runs/${run.id}`)).toMatchObject({ retries: [again.id] });
  expect(await shop.json(`/api/v1/runs/${again.id}`)).toMatchObject({ retries: [] });
});

test.for([
  { asked: "two ways", body: { strategy: "all", steps: ["orders"] }, status: 400, code: "invalid-body" },
  { asked: "an unknown way", body: { strategy: "again" }, status: 400, code: "invalid-body" },
  { asked: "a run that nobody knows", id: "nobody", body: {}, status: 404, code: "unknown-run" },
])("asking to do $asked again is refused with $code", async ({ id, body, status, code }) => {
  const shop = await servedShop();
  const run = await endedRun(shop, { type: "run.succeeded" });
  const response = await shop.post(`/api/v1/runs/${id ?? run.id}/retry`, body);
  expect(await response.json()).toMatchObject({ status, code });
});

test("a run that goes on is not done again", async () => {
  const { post, start } = await servedShop();
  const run = await start({ job: "nightly" });
  expect(await (await post(`/api/v1/runs/${run.id}/retry`, {})).json()).toMatchObject({
    status: 409,
    code: "refused-transition",
  });
});

const file = "01999999-0000-7000-8000-000000000001";

async function withFile(shop: ServedShop, name: string, mediaType: string): Promise<string> {
  const run = await shop.start({ job: "nightly" });
  await shop.happen(run.id, [
    { type: "run.started" },
    {
      type: "file.attached",
      step: "orders",
      file,
      name,
      mediaType,
      sizeBytes: 5,
      asset: orders,
      partition: null,
    },
  ]);
  writeFileSync(join(shop.logFolder, file), "hello");
  return run.id;
}

test("a file of a step is listed with its run and its asset, and given by its id", async () => {
  const shop = await servedShop();
  const run = await withFile(shop, "report.txt", "text/plain");
  const wanted = {
    file,
    name: "report.txt",
    media_type: "text/plain",
    size_bytes: 5,
    run_id: run,
    step: "orders",
    asset: "raw/orders",
    partition: null,
    at_ms: expect.any(Number),
  };
  expect((await shop.json(`/api/v1/runs/${run}`)).attachments).toEqual([wanted]);
  expect((await shop.json("/api/v1/assets/raw/orders")).attachments).toEqual([wanted]);
  const response = await shop.request(`/api/v1/files/${file}`);
  expect(await response.text()).toBe("hello");
  expect(response.headers.get("content-disposition")).toMatch(/^attachment; filename="report.txt"/);
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});

test.for(["nobody", "..%2Fserver.log", "server.log", "%2e%2e", `${file}%00`, `..%2f${file}`])(
  "the file address %s gives nothing",
  async (id) => {
    const shop = await servedShop();
    await withFile(shop, "report.txt", "text/plain");
    expect((await shop.request(`/api/v1/files/${id}`)).status).toBe(404);
  },
);

test.for([
  { name: 'a"b.txt', shown: `attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt` },
  {
    name: "bericht ü.pdf",
    shown: `attachment; filename="bericht _.pdf"; filename*=UTF-8''bericht%20%C3%BC.pdf`,
  },
  { name: "a\r\nx: y", shown: `attachment; filename="a__x_ y"; filename*=UTF-8''a%0D%0Ax%3A%20y` },
])("a file named $name is downloaded under a name that stays one header", ({ name, shown }) => {
  const response = fileResponse({ name, mediaType: "x", sizeBytes: 0, open: () => new Blob().stream() });
  expect(response.headers.get("content-disposition")).toBe(shown);
  expect(response.headers.get("content-type")).toBe("application/octet-stream");
});

test("an asset's staleness is in its state, its detail and the list", async () => {
  const shop = await servedShop();
  const stateOf = async () =>
    (await shop.json("/api/v1/asset-states")).states.find(({ key }: { key: string }) => key === orders);
  expect(await stateOf()).toMatchObject({ staleness: { status: "missing", causes: [], partitions: null } });
  await endedRun(shop, { type: "run.succeeded" });
  expect(await stateOf()).toMatchObject({ staleness: { status: "fresh" } });
  expect(await shop.json("/api/v1/assets/raw/orders")).toMatchObject({
    asset: { staleness: "fresh" },
    state: { staleness: { status: "fresh" } },
  });
  expect(await shop.json("/api/v1/assets/mart/visits")).toMatchObject({
    state: {
      staleness: {
        status: "missing",
        partitions: { fresh: 0, stale: 0, missing: 2, stale_set: null, missing_set: "all" },
      },
    },
  });
});

test("asking for what is stale where nothing is makes no run and says so", async () => {
  const { post, json } = await servedShop();
  expect(await (await post("/api/v1/runs", { stale: true })).json()).toMatchObject({
    status: 409,
    code: "nothing-stale",
  });
  expect((await json("/api/v1/runs")).runs).toEqual([]);
});

test("a pool's limit is set and taken back", async () => {
  const { post, json } = await servedShop();
  expect(await json("/api/v1/pools")).toEqual({ pools: [] });
  const answer = await post("/api/v1/pools/warehouse", { limit: 3 });
  const pool = {
    name: "warehouse",
    limit: 3,
    defined_limit: null,
    set_limit: 3,
    granularity: "step",
    used: 0,
    leases: [],
  };
  expect(await answer.json()).toEqual({ pool });
  expect(await json("/api/v1/pools")).toEqual({ pools: [pool] });
  await post("/api/v1/pools/warehouse", { limit: null });
  expect(await json("/api/v1/pools")).toEqual({ pools: [] });
  expect((await post("/api/v1/pools/warehouse", { limit: -1 })).status).toBe(400);
});

test("who holds slots of a pool is told", async () => {
  const { storage, start, json } = await servedShop();
  const { id } = await start({ job: "nightly" });
  const epoch = await storage.startAttempt(id as never, 1);
  const pools = [{ pool: "warehouse", slots: 2, limit: 3 }];
  await storage.claimPools({ runId: id as never, epoch, step: "orders", pools });
  expect(await json("/api/v1/pools")).toMatchObject({
    pools: [{ name: "warehouse", used: 2, leases: [{ run_id: id, step: "orders", slots: 2 }] }],
  });
});

test("the words of the control plane are told with the run", async () => {
  const { storage, start, json } = await servedShop();
  const { id } = await start({ job: "nightly" });
  await storage.noteRun(id as never, { at: 5, message: "waits for its turn" });
  expect(await json(`/api/v1/runs/${id}`)).toMatchObject({
    notes: [{ at_ms: 5, message: "waits for its turn" }],
  });
});

test("a purge tells what it removed, and a dry one removes nothing", async () => {
  const shop = await servedShop();
  const run = await endedRun(shop, { type: "run.succeeded" });
  const before = { before_ms: 1_900_000_000_000 };
  const dry = await (await shop.post("/api/v1/purge", { ...before, dry_run: true })).json();
  expect(dry).toMatchObject({ ...before, dry_run: true, plans: 1 });
  expect(
    ((await shop.json(`/api/v1/runs/${run.id}/events`)) as { events: [] }).events.length,
  ).toBeGreaterThan(2);
  const real = await (await shop.post("/api/v1/purge", before)).json();
  expect(real).toEqual({ ...(dry as object), dry_run: false });
  expect(Check(purgeSchema, real)).toBe(true);
  expect(await shop.json("/api/v1/assets/raw/orders")).toMatchObject({ asset: { staleness: "fresh" } });
});

test("the storage says what it is", async () => {
  const { json } = await servedShop();
  expect(await json("/api/v1/storage")).toMatchObject({ dialect: "sqlite", runs: 0, events: 0 });
});

test("answers are as their schemas say", async () => {
  const shop = await servedShop();
  const run = await withFile(shop, "report.txt", "text/plain");
  await shop.post("/api/v1/pools/warehouse", { limit: 3 });
  const answers = [
    [runDetailSchema, (await shop.json(`/api/v1/runs/${run}`)) as RunDetailView],
    [assetStatesSchema, await shop.json("/api/v1/asset-states")],
    [assetDetailSchema, await shop.json("/api/v1/assets/raw/orders")],
    [poolsSchema, await shop.json("/api/v1/pools")],
    [storageSchema, await shop.json("/api/v1/storage")],
  ] as const;
  for (const [schema, answer] of answers) expect(Check(schema, answer)).toBe(true);
});

test.for(["/api/v1/pools/warehouse", "/api/v1/purge", "/api/v1/runs/x/retry"])(
  "a page of another origin may not post to %s",
  async (path) => {
    const { post } = await servedShop();
    expect((await post(path, {}, { origin: "http://evil.example" })).status).toBe(403);
  },
);
