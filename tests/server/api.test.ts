import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { CheckReport, RunView } from "../../platform/core/views.ts";
import { stepLogFile } from "../../platform/run/step-output.ts";
import { servedShop, shopSnapshot } from "./served-shop.ts";

test("health is 200 once definitions are loaded", async () => {
  const { request } = await servedShop();
  const response = await request("/api/v1/health");
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    status: "ready",
    project: "shop",
    environment: "local",
    snapshot_id: "5h0p",
  });
});

test.for([
  { failure: undefined, status: "loading" },
  { failure: "a module ended the process", status: "failed" },
])("before definitions are loaded health is 503 and says $status", async ({ failure, status }) => {
  const { request } = await servedShop({ loaded: false, failure });
  const response = await request("/api/v1/health");
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ status, failure: failure ?? null });
});

test("other routes answer 503 before definitions are loaded, and runs are listed all the same", async () => {
  const { request } = await servedShop({ loaded: false });
  expect((await request("/api/v1/assets")).status).toBe(503);
  expect((await request("/api/v1/runs")).status).toBe(200);
});

test("assets are shown in the shape of dop.assets/1", async () => {
  const { json } = await servedShop();
  const { schema, assets } = await json("/api/v1/assets");
  expect(schema).toBe("dop.assets/1");
  expect(assets.find(({ key }: { key: string }) => key === "raw/orders")).toEqual({
    key: "raw/orders",
    deps: [],
    group: "raw",
    kinds: [],
    owners: [],
    tags: {},
    description: "What was sold",
    metadata: {},
    automation_condition: null,
    freshness_policy: null,
    partitions: null,
    materializable: true,
    component: { file: "defs/shop/component.yaml", document: 1, type: ".shop.ShopComponent" },
    code_references: [],
    status: "ready",
    staleness: "missing",
    health: {
      status: "unknown",
      materialization: "unknown",
      checks: "unknown",
      freshness: "not_applicable",
      why: ["never materialized"],
    },
  });
});

test("partitions are shown as they are written in YAML", async () => {
  const { json } = await servedShop();
  const { assets } = await json("/api/v1/assets");
  const partitions = assets.map((asset: { partitions: unknown }) => asset.partitions);
  expect(partitions).toContainEqual({ type: "static", partition_keys: ["eu", "us"] });
});

test("components are shown with the problems of their own document", async () => {
  const { json } = await servedShop();
  const { components } = await json("/api/v1/components");
  expect(components).toMatchObject([
    { name: "shop", status: "ready", problems: [] },
    {
      name: "shop#2",
      status: "quarantined",
      problems: [{ code: "unknown-attribute", range: { start: { line: 12, column: 3 } } }],
    },
    { name: "shop#3", status: "needs_credentials", needs: ["PAY_TOKEN"], problems: [] },
  ]);
});

test("problems are shown in the shape of dop.check/1", async () => {
  const { json } = await servedShop();
  expect(await json("/api/v1/problems")).toMatchObject({
    schema: "dop.check/1",
    summary: { files: 1, documents: 3, assets: 4, errors: 1, warnings: 0 },
    problems: [{ code: "unknown-attribute", file: "defs/shop/component.yaml", path: "attributes.order" }],
  });
});

test("jobs and schedules are listed", async () => {
  const { json } = await servedShop();
  expect(await json("/api/v1/jobs")).toMatchObject({
    jobs: [{ name: "nightly", selection: "key:raw/orders" }],
  });
  expect(await json("/api/v1/schedules")).toMatchObject({
    schedules: [
      { name: "every_night", cron: ["0 3 * * *"], target: { job: "nightly" }, default_status: "running" },
    ],
  });
  expect(await json("/api/v1/sensors")).toEqual({ sensors: [] });
});

test("a run is recorded, planned and queued", async () => {
  const { post, queue, json } = await servedShop();
  const response = await post("/api/v1/runs", { selection: "key:raw/orders", tags: { why: "test" } });
  expect(response.status).toBe(202);
  const { run } = (await response.json()) as { run: RunView };
  expect(run).toMatchObject({
    status: "queued",
    assets: ["raw/orders"],
    tags: { why: "test" },
    snapshot_id: "5h0p",
    commit: "c0ffee",
  });
  expect(queue).toEqual([run.id]);
  expect(await json(`/api/v1/runs/${run.id}`)).toMatchObject({
    run: { id: run.id },
    steps: [{ key: "orders", status: "pending", assets: ["raw/orders"], checks: ["raw/orders:some_orders"] }],
  });
});

test("a job runs what it selects, with its tags", async () => {
  const { start } = await servedShop();
  const run = await start({ job: "nightly" });
  expect(run).toMatchObject({ job: "nightly", assets: ["raw/orders"], tags: { team: "sales" } });
});

test.for([
  { asked: "no target", body: {}, status: 400, code: "invalid-body" },
  { asked: "two targets", body: { selection: "*", job: "nightly" }, status: 400, code: "invalid-body" },
  { asked: "an unknown field", body: { selection: "*", when: "now" }, status: 400, code: "invalid-body" },
  {
    asked: "a selection that does not parse",
    body: { selection: "key:" },
    status: 400,
    code: "invalid-selection",
  },
  {
    asked: "a selection that matches nothing",
    body: { selection: "key:raw/nothing" },
    status: 400,
    code: "nothing-selected",
  },
  {
    asked: "an external asset",
    body: { selection: "key:crm/customers" },
    status: 400,
    code: "not-materializable",
  },
  { asked: "an unknown job", body: { job: "daily" }, status: 400, code: "nothing-selected" },
  {
    asked: "a partitioned asset without a partition",
    body: { selection: "key:mart/visits" },
    status: 400,
    code: "invalid-partition",
  },
  {
    asked: "a partition that does not exist",
    body: { selection: "key:mart/visits", partition: "mars" },
    status: 400,
    code: "invalid-partition",
  },
  {
    asked: "a partition of an unpartitioned asset",
    body: { selection: "key:raw/orders", partition: "eu" },
    status: 400,
    code: "invalid-partition",
  },
  {
    asked: "a component without credentials",
    body: { selection: "key:raw/payments" },
    status: 422,
    code: "definitions-have-problems",
  },
])("asking for $asked is refused with $code and makes no run", async ({ body, status, code }) => {
  const { post, json } = await servedShop();
  const response = await post("/api/v1/runs", body);
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(await response.json()).toMatchObject({ status, code });
  expect(await json("/api/v1/runs")).toEqual({ runs: [], next: null });
});

test("a refusal for a component's sake tells its problems and nobody else's", async () => {
  const { post } = await servedShop();
  const response = await post("/api/v1/runs", { selection: "key:raw/payments" });
  const { problems } = (await response.json()) as CheckReport;
  expect(problems).toMatchObject([
    { code: "component-not-ready", file: "defs/shop/component.yaml", range: { start: { line: 20 } } },
  ]);
});

test("a partition set is settled in the request", async () => {
  const { start } = await servedShop();
  const run = await start({ selection: "key:mart/visits", partition: "us" });
  expect(run.partitions).toEqual({ kind: "keys", keys: ["us"] });
});

test("runs are paged by the id of the last one", async () => {
  const { json, start } = await servedShop();
  const ids: string[] = [];
  for (let count = 0; count < 5; count++) {
    const run = await start({ job: "nightly" });
    ids.unshift(run.id);
  }
  const seen: string[] = [];
  for (let next = ""; ; ) {
    const page = await json(`/api/v1/runs?limit=2${next === "" ? "" : `&before=${next}`}`);
    seen.push(...page.runs.map(({ id }: { id: string }) => id));
    if (page.next === null) break;
    next = page.next;
  }
  expect(seen).toEqual(ids);
});

test("runs are filtered by status", async () => {
  const { json, happen, start } = await servedShop();
  const run = await start({ job: "nightly" });
  await start({ job: "nightly" });
  await happen(run.id, [{ type: "run.started" }]);
  expect((await json("/api/v1/runs?status=started,success")).runs).toMatchObject([{ id: run.id }]);
  expect(await json("/api/v1/runs?status=sleeping")).toMatchObject({ status: 400, code: "invalid-query" });
});

test("a materialization and a check are shown with the asset, in the list and in its history", async () => {
  const { json, happen, start } = await servedShop();
  const run = await start({ job: "nightly" });
  await happen(run.id, [
    { type: "run.started" },
    { type: "step.started", step: "orders", attempt: 1 },
    {
      type: "asset.materialized",
      step: "orders",
      asset: "raw/orders" as never,
      partition: null,
      metadata: { row_count: { type: "int", value: 3 } },
    },
    {
      type: "check.evaluated",
      step: "orders",
      check: "raw/orders:some_orders" as never,
      partition: null,
      passed: false,
      severity: "warn",
      blocking: true,
      metadata: {},
    },
  ]);
  const { states } = await json("/api/v1/asset-states");
  expect(states.find(({ key }: { key: string }) => key === "raw/orders")).toMatchObject({
    materialized: { run_id: run.id, partition: null, metadata: { row_count: { type: "int", value: 3 } } },
    failed: null,
    checks: [{ name: "some_orders", blocking: true, latest: { passed: false, severity: "warn" } }],
  });
  const detail = await json("/api/v1/assets/raw/orders");
  expect(detail).toMatchObject({ asset: { key: "raw/orders" }, partitions: null });
  expect(detail.history.map(({ type }: { type: string }) => type)).toContain("asset.materialized");
  expect(await json("/api/v1/assets/raw%2Forders")).toEqual(detail);
});

test("an asset that does not exist is 404", async () => {
  const { json } = await servedShop();
  expect(await json("/api/v1/assets/raw/nothing")).toMatchObject({ status: 404, code: "unknown-asset" });
});

test("events are read on from a cursor, with their fields in snake case", async () => {
  const { json, happen, start } = await servedShop();
  const run = await start({ job: "nightly" });
  await happen(run.id, [{ type: "run.started" }, { type: "step.started", step: "orders", attempt: 1 }]);
  const first = await json(`/api/v1/runs/${run.id}/events`);
  await happen(run.id, [{ type: "step.succeeded", step: "orders", durationMs: 4 }]);
  const second = await json(`/api/v1/runs/${run.id}/events?after=${first.cursor}`);
  expect(first.events.map(({ type }: { type: string }) => type)).toEqual([
    "run.starting",
    "run.started",
    "step.started",
  ]);
  expect(second.events).toMatchObject([
    { type: "step.succeeded", run_id: run.id, duration_ms: 4, epoch: 1, seq: 3 },
  ]);
  expect(await json("/api/v1/runs/nobody/events")).toMatchObject({ status: 404, code: "unknown-run" });
});

test("a step's output is read from a byte on", async () => {
  const { request, logFolder, start } = await servedShop();
  const run = await start({ job: "nightly" });
  writeFileSync(join(logFolder, stepLogFile("orders", "stdout")), "one\ntwo\n");
  const response = await request(`/api/v1/runs/${run.id}/logs/orders/stdout?offset=4`);
  expect(await response.text()).toBe("two\n");
  expect(response.headers.get("x-next-offset")).toBe("8");
});

test.for([
  "orders/other",
  "nobody/stdout",
  "..%2F..%2Fserver.log/stdout",
  "../../server.log",
  "orders%00/stdout",
  "%2e%2e%2fserver.log/stdout",
])("the log address %s gives no file", async (path) => {
  const { request, start } = await servedShop();
  const run = await start({ job: "nightly" });
  expect((await request(`/api/v1/runs/${run.id}/logs/${path}`)).status).toBe(404);
});

test("cancelling asks for the end of that run", async () => {
  const { post, cancelled, start } = await servedShop();
  const run = await start({ job: "nightly" });
  expect((await post(`/api/v1/runs/${run.id}/cancel`, {})).status).toBe(202);
  expect(cancelled).toEqual([run.id]);
});

test("an ended run is not cancelled", async () => {
  const { post, happen, start } = await servedShop();
  const run = await start({ job: "nightly" });
  await happen(run.id, [{ type: "run.started" }, { type: "run.succeeded" }]);
  expect(await (await post(`/api/v1/runs/${run.id}/cancel`, {})).json()).toMatchObject({
    status: 409,
    code: "refused-transition",
  });
});

test("the stream tells of loads and runs", async () => {
  const { request, tell, start } = await servedShop();
  const abort = new AbortController();
  const response = await request("/api/v1/stream", { signal: abort.signal });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const next = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await next()).toContain("event: hello");
  tell({
    type: "loaded",
    before: undefined,
    loaded: { snapshot: { ...shopSnapshot, id: "n3w" }, durationMs: 1, changed: ["defs/a.yaml"] },
  });
  expect(await next()).toBe('event: definitions\ndata: {"snapshot_id":"n3w","files":["defs/a.yaml"]}\n\n');
  const run = await start({ job: "nightly" });
  expect(await next()).toBe(`event: run\ndata: {"ids":["${run.id}"]}\n\n`);
  abort.abort();
});

test("the description names every route with its schemas", async () => {
  const { json } = await servedShop();
  const { openapi, paths } = await json("/api/v1/openapi.json");
  expect(openapi).toBe("3.1.0");
  expect(Object.keys(paths).toSorted()).toEqual([
    "/api/v1/asset-states",
    "/api/v1/assets",
    "/api/v1/assets/{key}",
    "/api/v1/assets/{key}/explain",
    "/api/v1/backfill-plans",
    "/api/v1/backfills",
    "/api/v1/backfills/{id}",
    "/api/v1/backfills/{id}/cancel",
    "/api/v1/backfills/{id}/pause",
    "/api/v1/backfills/{id}/resume",
    "/api/v1/backfills/{id}/retry",
    "/api/v1/components",
    "/api/v1/files/{file}",
    "/api/v1/health",
    "/api/v1/hooks/{name}",
    "/api/v1/jobs",
    "/api/v1/partitions",
    "/api/v1/partitions/{name}/add",
    "/api/v1/partitions/{name}/remove",
    "/api/v1/pools",
    "/api/v1/pools/{name}",
    "/api/v1/problems",
    "/api/v1/purge",
    "/api/v1/runs",
    "/api/v1/runs/{id}",
    "/api/v1/runs/{id}/cancel",
    "/api/v1/runs/{id}/events",
    "/api/v1/runs/{id}/logs/{step}/{stream}",
    "/api/v1/runs/{id}/retry",
    "/api/v1/schedule-states",
    "/api/v1/schedules",
    "/api/v1/schedules/{name}/start",
    "/api/v1/schedules/{name}/stop",
    "/api/v1/schedules/{name}/ticks",
    "/api/v1/sensor-states",
    "/api/v1/sensors",
    "/api/v1/sensors/{name}/reset",
    "/api/v1/sensors/{name}/start",
    "/api/v1/sensors/{name}/stop",
    "/api/v1/sensors/{name}/test",
    "/api/v1/sensors/{name}/ticks",
    "/api/v1/simulation-history",
    "/api/v1/snapshot",
    "/api/v1/storage",
    "/api/v1/stream",
  ]);
  expect(paths["/api/v1/runs"].post.requestBody.content["application/json"].schema.properties).toHaveProperty(
    "selection",
  );
});
