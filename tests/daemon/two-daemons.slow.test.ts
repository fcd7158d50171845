import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openPostgresStorage } from "../../platform/storage/open-postgres-storage.ts";
import { PostgresServer } from "../postgres-server.ts";
import { findTool, requireTool } from "../require-tool.ts";
import { shopOf, tickingShop } from "./ticking-shop.ts";

vi.setConfig({ testTimeout: 60_000 });

let server: PostgresServer;

beforeEach((context) => void requireTool(context, "postgres"));
beforeAll(async () => {
  if (findTool("postgres") !== undefined) server = await PostgresServer.start();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

test("of two daemons over one Postgres each tick is decided by one, hour after hour", async () => {
  const url = await server.createDatabase();
  await using first = await openPostgresStorage(url);
  await using second = await openPostgresStorage(url);
  const orders = "raw/orders" as never;
  const snapshot = shopOf(
    {
      "raw/orders": {},
      "mart/sales": {
        deps: [orders],
        automationCondition: { type: "any_deps_match", operand: { type: "newly_updated" } } as never,
      },
      weather: { freshnessPolicy: { type: "time_window", failSeconds: 5400 } },
    },
    {
      schedules: [
        {
          name: "hourly",
          cron: "0 * * * *",
          timeZone: "UTC",
          target: { selection: "key:weather" },
          defaultStatus: "running",
        },
      ],
    },
  );
  const shops = [
    await tickingShop(snapshot, { given: first }),
    await tickingShop(snapshot, { given: second }),
  ] as const;
  const both = (duration: string) => Promise.all(shops.map((shop) => shop.after(duration)));
  await both("PT1M");
  for (let hour = 0; hour < 12; hour++) {
    await shops[hour % 2 === 0 ? 0 : 1].run(["raw/orders"]);
    await both("PT59M");
    await both("PT1M");
    await both("PT1S");
    await both("PT1S");
  }
  const of = async (tag: string, value: string) =>
    (await first.listRuns({ limit: 100, tags: { [tag]: value } })).length;
  expect(await of("dop/schedule", "hourly")).toBe(12);
  expect(await of("dop/automation", "automation")).toBe(12);
});
