import { expect, onTestFinished, test } from "vitest";
import { purgeDeliveries } from "../../platform/instance/purge-deliveries.ts";
import { deliveryMark, handledDelivery, waitingDeliveries } from "../../platform/instance/webhooks.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";

async function handled(receivedAt: { readonly [id: string]: number }) {
  const storage = await openSqliteStorage(":memory:");
  onTestFinished(() => storage.close());
  for (const [id, receivedAtMs] of Object.entries(receivedAt)) {
    const mark = deliveryMark({ id, receivedAtMs, body: id, headers: {} });
    await storage.setCursor(handledDelivery("orders", id), mark);
  }
  return storage;
}

test("deliveries received before are forgotten, and younger ones are known still", async () => {
  const storage = await handled({ old: 499, young: 500 });
  expect(await purgeDeliveries(storage, { beforeMs: 500, dryRun: false })).toBe(1);
  expect(await storage.getCursor(handledDelivery("orders", "old"))).toBeUndefined();
  expect(await storage.getCursor(handledDelivery("orders", "young"))).toBeDefined();
});

test("a delivery that waits for its sensor stays, however old it is", async () => {
  const storage = await handled({});
  const waiting = `${waitingDeliveries("orders")}1`;
  await storage.setCursor(waiting, JSON.stringify({ id: "1", receivedAtMs: 1, body: "", headers: {} }));
  expect(await purgeDeliveries(storage, { beforeMs: 500, dryRun: false })).toBe(0);
  expect(await storage.getCursor(waiting)).toBeDefined();
});

test("more than a page of deliveries is counted first and forgotten then", async () => {
  const storage = await handled(Object.fromEntries(Array.from({ length: 2100 }, (_, at) => [`d${at}`, at])));
  expect(await purgeDeliveries(storage, { beforeMs: 2050, dryRun: true })).toBe(2050);
  expect(await purgeDeliveries(storage, { beforeMs: 2050, dryRun: false })).toBe(2050);
  expect(await purgeDeliveries(storage, { beforeMs: 3000, dryRun: true })).toBe(50);
});
