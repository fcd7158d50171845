import { Check } from "typebox/schema";
import { expect, test } from "vitest";
import {
  instigatorSchema,
  instigatorsSchema,
  ticksSchema,
} from "../../platform/server/instigator-schemas.ts";
import { servedShop } from "./served-shop.ts";

test("schedules are listed with their status and next tick", async () => {
  const { json } = await servedShop();
  const answer = await json("/api/v1/schedule-states");
  expect(Check(instigatorsSchema, answer)).toBe(true);
  expect(answer.instigators).toMatchObject([
    {
      name: "every_night",
      kind: "schedule",
      status: "running",
      switched_at_ms: null,
      target: "job nightly",
      cron: ["0 3 * * *"],
      next: { at_ms: expect.any(Number), partitions: null },
      last_tick: null,
    },
  ]);
});

test("the automation group of all conditions is listed with the sensors", async () => {
  const { json } = await servedShop();
  const { instigators } = await json("/api/v1/sensor-states");
  expect(instigators).toMatchObject([
    { name: "automation", type: "automation", status: "running", target: null },
  ]);
});

test("a switch goes before what the definitions say, and is kept", async () => {
  const { json, post } = await servedShop();
  const stopped = await (await post("/api/v1/schedules/every_night/stop", {})).json();
  expect(Check(instigatorSchema, stopped)).toBe(true);
  expect(stopped).toMatchObject({ instigator: { status: "stopped", default_status: "running" } });
  expect((await json("/api/v1/schedule-states")).instigators).toMatchObject([
    { status: "stopped", switched_at_ms: expect.any(Number) },
  ]);
  await post("/api/v1/schedules/every_night/start", {});
  expect((await json("/api/v1/schedule-states")).instigators).toMatchObject([{ status: "running" }]);
});

test("ticks are told newest first, page by page", async () => {
  const { json, storage } = await servedShop();
  for (const at of [1, 2, 3]) {
    await storage.commitTick({
      instigator: "schedule/every_night",
      scheduledAtMs: at,
      status: "skipped",
      reason: `tick ${at}`,
      startedAtMs: at,
      endedAtMs: at,
      runs: [],
      cursors: [],
    });
  }
  const first = await json("/api/v1/schedules/every_night/ticks?limit=2");
  expect(Check(ticksSchema, first)).toBe(true);
  expect(first.ticks.map((tick: { reason: string }) => tick.reason)).toEqual(["tick 3", "tick 2"]);
  const rest = await json(`/api/v1/schedules/every_night/ticks?before=${first.ticks[1].id}`);
  expect(rest.ticks).toMatchObject([{ reason: "tick 1" }]);
});

test("an automation group that is reset forgets what it remembers of its conditions", async () => {
  const { post, storage } = await servedShop();
  await storage.setCursor('automation/"automation"/raw/orders', "{}");
  expect((await post("/api/v1/sensors/automation/reset", {})).status).toBe(200);
  expect(await storage.listCursors("automation/")).toEqual(new Map());
});

test.for(["/api/v1/schedules/nobody/start", "/api/v1/sensors/nobody/stop", "/api/v1/sensors/nobody/reset"])(
  "an unknown name is refused at %s",
  async (path) => {
    const { post } = await servedShop();
    const response = await post(path, {});
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ code: "unknown-instigator" });
  },
);
