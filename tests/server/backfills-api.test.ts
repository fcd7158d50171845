import { Check } from "typebox/schema";
import { expect, onTestFinished, test } from "vitest";
import { createRemoteRecords } from "../../platform/instance/remote-records.ts";
import {
  backfillPlanSchema,
  backfillSchema,
  backfillsSchema,
} from "../../platform/server/backfill-schemas.ts";
import { listen } from "../../platform/server/listen.ts";
import { servedShop, token } from "./served-shop.ts";

const asked = { selection: "key:mart/visits", partition: "all" };

test("a plan tells what a backfill comes to and records nothing", async () => {
  const { post, json } = await servedShop();
  const answer = await (await post("/api/v1/backfill-plans", asked)).json();
  expect(Check(backfillPlanSchema, answer)).toBe(true);
  expect(answer).toMatchObject({
    plan: { max_runs: 20, estimate_ms: null, assets: [{ key: "mart/visits" }] },
  });
  expect(await json("/api/v1/backfills")).toEqual({ backfills: [] });
});

test("a backfill is asked for, listed and shown", async () => {
  const { post, json } = await servedShop();
  const response = await post("/api/v1/backfills", {
    ...asked,
    order: "newest",
    policy: { type: "multi_run", max_partitions_per_run: 3 },
    max_runs: 2,
    priority: 5,
    tags: { why: "test" },
  });
  expect(response.status).toBe(201);
  const answer = (await response.json()) as { backfill: { id: string } };
  expect(Check(backfillSchema, answer)).toBe(true);
  const listed = await json("/api/v1/backfills?limit=1&status=running,paused");
  expect(Check(backfillsSchema, listed)).toBe(true);
  expect(listed.backfills).toMatchObject([
    {
      ...{ id: answer.backfill.id, status: "running", order: "newest", max_runs: 2, priority: 5 },
      policy: { type: "multi_run", max_partitions_per_run: 3 },
      tags: { why: "test" },
    },
  ]);
  expect(await json(`/api/v1/backfills/${answer.backfill.id}`)).toEqual(answer);
});

test.for([
  { body: { selection: "key:mart/visits" }, status: 400, code: "invalid-body" },
  { body: { ...asked, max_runs: 0 }, status: 400, code: "invalid-body" },
  { body: { ...asked, partition: "1999-01-01" }, status: 400, code: "invalid-partition" },
  { body: { ...asked, selection: "key:raw/orders" }, status: 400, code: "invalid-partition" },
  { body: { ...asked, selection: "key:nobody" }, status: 400, code: "nothing-selected" },
])("$body is refused as $code", async ({ body, status, code }) => {
  const { post } = await servedShop();
  const response = await post("/api/v1/backfills", body);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ code });
});

test("an unknown backfill and an unknown status are told", async () => {
  const { request } = await servedShop();
  expect((await request("/api/v1/backfills/nobody")).status).toBe(404);
  expect((await request("/api/v1/backfills?status=tired")).status).toBe(400);
});

test("a command asks its owner for all of it", async () => {
  const shop = await servedShop();
  const server = await listen(shop.app.fetch, { port: 0 });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const { backfills } = createRemoteRecords({ pid: process.pid, port: server.port, token, startedAt: 0 });
  expect(await backfills.plan({ ...asked, maxRuns: 7, skipUnready: true })).toMatchObject({ max_runs: 7 });
  const { id } = await backfills.create({ ...asked, policy: { type: "single_run" }, tags: { a: "b" } });
  expect(await backfills.list({ limit: 9 })).toMatchObject([{ id, policy: { type: "single_run" } }]);
  expect(await backfills.change(id, "pause")).toMatchObject({ status: "paused" });
  expect(await backfills.change(id, "cancel")).toMatchObject({ status: "canceled" });
  await expect(backfills.change(id, "pause")).rejects.toMatchObject({ reason: "refused-transition" });
  expect(await backfills.find(id)).toMatchObject({ id, tags: { a: "b" } });
  expect(await backfills.find("nobody")).toBeUndefined();
});
