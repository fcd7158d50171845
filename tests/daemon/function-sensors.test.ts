import { expect, test } from "vitest";
import type { SensorSpec } from "../../platform/core/job.ts";
import { testSensor } from "../../platform/daemon/test-sensor.ts";
import type { CodeEvaluation, SensorFunctionResult } from "../../platform/instance/code-evaluation.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { shopOf, start, tickingShop } from "./ticking-shop.ts";

type Look = Parameters<CodeEvaluation["sensor"]>[2];
type Evaluate = (look: Look) => Partial<SensorFunctionResult> | Promise<Partial<SensorFunctionResult>>;

/** User code as a test plays it. */
function codeOf(evaluate: Evaluate): CodeEvaluation {
  return {
    sensor: async (_snapshot, _sensor, look) => ({ requests: [], log: [], ...(await evaluate(look)) }),
    condition: async (_snapshot, _condition, { keys }) => ({ answers: keys.map(() => null), log: [] }),
    async [Symbol.asyncDispose]() {},
  };
}

function sensing(more: Partial<SensorSpec> = {}) {
  return shopOf(
    { orders: {} },
    {
      sensors: [
        {
          name: "watch",
          kind: "function",
          target: { selection: "key:orders" },
          minimumIntervalSeconds: 30,
          defaultStatus: "running",
          component: { file: "defs/a.ts", document: 1, type: "typescript" },
          ...more,
        },
      ],
    },
  );
}

/** A round in which it looks, and one that records what came of it. */
async function looked(shop: Awaited<ReturnType<typeof tickingShop>>): Promise<(readonly string[])[]> {
  const first = await shop.after("PT30S");
  await new Promise((resolve) => setTimeout(resolve, 5));
  return [...first, ...(await shop.after("PT0S"))];
}

const ticks = async ({ storage }: Pick<Awaited<ReturnType<typeof tickingShop>>, "storage">) =>
  (await storage.listTicks("sensor/watch", { limit: 9 })).map(({ status, reason, body }) => ({
    status,
    reason,
    body,
  }));

test("what a function asks for becomes runs, its cursor is kept, and a run key makes one run", async () => {
  const cursors: (string | null)[] = [];
  const code = codeOf(({ cursor }) => {
    cursors.push(cursor);
    return { requests: [{ runKey: "a", tags: { day: "1" } }], cursor: `${cursors.length}`, log: ["seen"] };
  });
  const shop = await tickingShop(sensing(), { code });
  expect(await looked(shop)).toEqual([["orders"]]);
  expect(await looked(shop)).toEqual([]);
  expect(cursors).toEqual([null, "1"]);
  const runs = await shop.storage.listRuns({ limit: 9 });
  expect(runs.map(({ request }) => request.tags)).toEqual([{ day: "1", "dop/sensor": "watch" }]);
  expect((await ticks(shop)).at(-1)).toMatchObject({ status: "success", body: { log: ["seen"] } });
});

test("a request without a run key makes a run each time", async () => {
  const shop = await tickingShop(sensing(), { code: codeOf(() => ({ requests: [{}] })) });
  expect(await looked(shop)).toHaveLength(1);
  expect(await looked(shop)).toHaveLength(1);
});

test("a function that fails tells why once, and keeps its cursor", async () => {
  const code = codeOf(() => ({ failure: { message: "defs/a.ts:3:9: no shop" }, cursor: "9" }));
  const shop = await tickingShop(sensing(), { code });
  await looked(shop);
  await looked(shop);
  expect(await ticks(shop)).toEqual([{ status: "failure", reason: "defs/a.ts:3:9: no shop" }]);
  expect(await shop.storage.getCursor("sensor/watch")).toBeUndefined();
});

test("a look that takes long holds nobody up and is not started twice", async () => {
  let started = 0;
  const hang = Promise.withResolvers<Partial<SensorFunctionResult>>();
  const code = codeOf(() => {
    started++;
    return hang.promise;
  });
  const shop = await tickingShop(sensing(), { code });
  await shop.run(["orders"]);
  expect(await looked(shop)).toEqual([]);
  expect(await looked(shop)).toEqual([]);
  expect(started).toBe(1);
  hang.resolve({ requests: [{ runKey: "late" }] });
  expect(await looked(shop)).toHaveLength(1);
});

test("of two daemons that look at the same time one asks", async () => {
  await using storage = await openSqliteStorage(":memory:");
  const code = codeOf(() => ({ requests: [{}] }));
  const one = await tickingShop(sensing(), { code, given: storage });
  const other = await tickingShop(sensing(), { code, given: storage });
  await Promise.all([one.after("PT30S"), other.after("PT30S")]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const asked = [...(await one.after("PT0S")), ...(await other.after("PT1S"))];
  expect(asked).toHaveLength(1);
  expect(await storage.listRuns({ limit: 9 })).toHaveLength(1);
});

test("a daemon that comes later waits until the interval of the other's look has passed", async () => {
  await using storage = await openSqliteStorage(":memory:");
  let looks = 0;
  const code = codeOf(() => {
    looks++;
    return { requests: [{}] };
  });
  await looked(await tickingShop(sensing({ minimumIntervalSeconds: 600 }), { code, given: storage }));
  await looked(await tickingShop(sensing({ minimumIntervalSeconds: 600 }), { code, given: storage }));
  expect(looks).toBe(1);
});

test("outside its hours a sensor does not look, and the next round is when they begin", async () => {
  const active = { from: "08:00", to: "18:00", timeZone: "UTC" };
  let looks = 0;
  const code = codeOf(() => {
    looks++;
    return {};
  });
  const shop = await tickingShop(sensing({ active }), { code });
  await looked(shop);
  await looked(shop);
  expect(looks).toBe(0);
  expect(shop.next()).toBe(start.add("PT8H").epochMilliseconds);
  await shop.after("PT8H");
  await looked(shop);
  expect(looks).toBeGreaterThan(0);
});

test("deliveries of a webhook are handed over once, and are gone with the tick", async () => {
  const seen: unknown[] = [];
  const code = codeOf(({ deliveries = [] }) => {
    seen.push(deliveries.map(({ id }) => id));
    return { requests: deliveries.map(({ id }) => ({ runKey: id })) };
  });
  const shop = await tickingShop(sensing({ kind: "webhook", minimumIntervalSeconds: 2 }), { code });
  await looked(shop);
  const delivery = (id: string, receivedAtMs: number) =>
    shop.storage.setCursor(
      `hook-waiting/"watch"/${id}`,
      JSON.stringify({ id, receivedAtMs, body: "{}", headers: {} }),
    );
  await delivery("b", 1);
  await delivery("a", 2);
  expect(await looked(shop)).toHaveLength(2);
  expect(await looked(shop)).toEqual([]);
  expect(seen).toEqual([["b", "a"]]);
  expect(await shop.storage.listCursors("hook-waiting/")).toHaveLength(0);
  expect([...(await shop.storage.listCursors("hook-handled/")).keys()]).toEqual(['"watch"/a', '"watch"/b']);
});

test("deliveries of a look that fails wait for another one", async () => {
  const code = codeOf(() => ({ failure: { message: "it hangs" } }));
  const shop = await tickingShop(sensing({ kind: "webhook", minimumIntervalSeconds: 2 }), { code });
  await shop.storage.setCursor(
    'hook-waiting/"watch"/a',
    JSON.stringify({ id: "a", receivedAtMs: 1, body: "{}", headers: {} }),
  );
  await looked(shop);
  expect(await shop.storage.listCursors("hook-waiting/")).toHaveLength(1);
});

test("a test of a sensor tells what it would ask for, and keeps nothing", async () => {
  const code = codeOf(({ cursor }) => ({ requests: [{ runKey: `after ${cursor}` }], cursor: "2" }));
  const shop = await tickingShop(sensing(), { code });
  const view = await testSensor(shop.desk, shop.snapshot, { name: "watch", cursor: "1", now: shop.now() });
  expect(view).toMatchObject({
    cursor: "1",
    next_cursor: "2",
    failure: null,
    requests: [{ run_key: "after 1", assets: ["orders"] }],
  });
  expect(await shop.storage.listRuns({ limit: 1 })).toEqual([]);
  expect(await shop.storage.getCursor("sensor/watch")).toBeUndefined();
});
