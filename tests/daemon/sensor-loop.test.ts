import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { SensorSpec } from "../../platform/core/job.ts";
import { evaluateFiles } from "../../platform/daemon/file-sensor.ts";
import { shopOf, start, tickingShop } from "./ticking-shop.ts";

function sensing(more: Partial<SensorSpec>, assets: Parameters<typeof shopOf>[0] = { orders: {} }) {
  return shopOf(assets, {
    sensors: [
      {
        name: "watch",
        kind: "file",
        target: { selection: "key:orders" },
        minimumIntervalSeconds: 30,
        defaultStatus: "running",
        ...more,
      },
    ],
  });
}

async function watchedFolder(
  settings: SensorSpec["settings"] = { folder: "inbox", pattern: "*.csv" },
  assets: Parameters<typeof shopOf>[0] = { orders: {} },
) {
  const root = mkdtempSync(join(tmpdir(), "dop-inbox-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "inbox"));
  const shop = await tickingShop(sensing({ settings }, assets), { root });
  const seconds = start.epochMilliseconds / 1000;
  return {
    ...shop,
    drop(name: string, text: string, ageSeconds = 60) {
      const path = join(root, "inbox", name);
      writeFileSync(path, text);
      utimesSync(path, seconds - ageSeconds, seconds - ageSeconds);
    },
    reasons: async () =>
      (await shop.storage.listTicks("sensor/watch", { limit: 9 })).map(({ status, reason }) => [
        status,
        reason,
      ]),
  };
}

test("a file is asked for once it has rested, and once only", async () => {
  const { after, drop, storage, restart } = await watchedFolder();
  drop("a.csv", "1");
  drop("notes.txt", "1");
  expect(await after("PT30S")).toEqual([]);
  expect(await after("PT30S")).toEqual([["orders"]]);
  expect(await after("PT30S")).toEqual([]);
  restart();
  expect(await after("PT30S")).toEqual([]);
  const [run] = await storage.listRuns({ limit: 1 });
  expect(run?.request.tags).toEqual({ "dop/sensor": "watch", "dop/file": "a.csv" });
});

test("a file that still grows is waited for", async () => {
  const { after, drop } = await watchedFolder();
  drop("a.csv", "1");
  await after("PT30S");
  drop("a.csv", "1,2", 50);
  expect(await after("PT30S")).toEqual([]);
  expect(await after("PT30S")).toEqual([["orders"]]);
});

test("a file that changes later is asked for again, and each of several has a run", async () => {
  const { after, drop } = await watchedFolder();
  drop("a.csv", "1");
  await after("PT30S");
  expect(await after("PT30S")).toHaveLength(1);
  drop("a.csv", "2,3", 10);
  drop("b.csv", "1");
  await after("PT30S");
  expect(await after("PT30S")).toHaveLength(2);
});

test("an empty file is left out with a reason, and the others go on", async () => {
  const { after, drop, reasons } = await watchedFolder();
  drop("empty.csv", "");
  await after("PT30S");
  expect(await after("PT30S")).toEqual([]);
  expect(await reasons()).toContainEqual(["skipped", "empty: empty.csv"]);
  drop("a.csv", "1");
  await after("PT30S");
  expect(await after("PT30S")).toHaveLength(1);
});

test("a sensor that sees nothing new writes nothing", async () => {
  const { after, reasons } = await watchedFolder();
  for (let look = 0; look < 5; look++) await after("PT30S");
  expect(await reasons()).toHaveLength(1);
});

test("a file's name tells the partition, and one that tells none is left out with a reason", async () => {
  const settings = { folder: "inbox", partition_from: "^orders-(\\w+)\\.csv$" };
  const regions = { type: "static", keys: ["eu", "us"] } as const;
  const { after, drop, storage, reasons } = await watchedFolder(settings, {
    orders: { partitions: regions },
  });
  drop("orders-eu.csv", "1");
  await after("PT30S");
  expect(await after("PT30S")).toEqual([["orders"]]);
  const [run] = await storage.listRuns({ limit: 1 });
  expect(run?.request.partitions).toEqual({ kind: "keys", keys: ["eu"] });
  drop("other.csv", "1");
  await after("PT30S");
  expect(await after("PT30S")).toEqual([]);
  expect(await reasons()).toContainEqual(["skipped", "no partition in the name: other.csv"]);
});

test("a file of a partition that there is not fails the tick with the reason", async () => {
  const settings = { folder: "inbox", partition_from: "^(\\w+)\\." };
  const { after, drop, reasons } = await watchedFolder(settings, {
    orders: { partitions: { type: "static", keys: ["eu"] } },
  });
  drop("us.csv", "1");
  await after("PT30S");
  expect(await after("PT30S")).toEqual([]);
  expect(await reasons()).toContainEqual(["failure", expect.stringContaining("us")]);
});

test("with content as identity a file that repeats another is left out, whatever its name and time", async () => {
  const { after, drop, reasons } = await watchedFolder({ folder: "inbox", identity: "content" });
  drop("a.csv", "1,2");
  await after("PT30S");
  expect(await after("PT30S")).toHaveLength(1);
  drop("b.csv", "1,2");
  drop("a.csv", "1,2", 10);
  drop("c.csv", "3");
  await after("PT30S");
  expect(await after("PT30S")).toHaveLength(1);
  const [[status, reason] = []] = await reasons();
  expect([status, reason]).toEqual([
    "success",
    "holds what was asked for already: a.csv (as a.csv), b.csv (as a.csv)",
  ]);
});

test("a batch is one run for all files, once none is still being written", async () => {
  const { after, drop, storage } = await watchedFolder({ folder: "inbox", each: "batch" });
  drop("a.csv", "1");
  drop("b.csv", "2");
  await after("PT30S");
  drop("b.csv", "2,3", 50);
  expect(await after("PT30S")).toEqual([]);
  expect(await after("PT30S")).toHaveLength(1);
  const [run] = await storage.listRuns({ limit: 1 });
  expect(run?.request.tags).toMatchObject({ "dop/files": "a.csv, b.csv", "dop/file_count": "2" });
  expect(await after("PT30S")).toEqual([]);
});

test("of very many files a hundred are asked for in one look, and the next looks follow at once", async () => {
  const { after, drop, storage } = await watchedFolder();
  for (let file = 0; file < 230; file++) drop(`${file}.csv`, "1");
  await after("PT30S");
  expect(await after("PT30S")).toHaveLength(100);
  expect(await after("PT1S")).toHaveLength(100);
  expect(await after("PT1S")).toHaveLength(30);
  expect(await after("PT30S")).toEqual([]);
  expect(
    new Set((await storage.listRuns({ limit: 500 })).map(({ request }) => request.tags["dop/file"])).size,
  ).toBe(230);
});

test("a file that cannot be read is told, asked for when it can, and keeps no other", async () => {
  const files = ["a.csv", "b.csv"].map((path) => ({ path, sizeBytes: 1, modifiedAtMs: 1 }));
  let locked = true;
  const look = (cursor: string | null, now: number) =>
    evaluateFiles(files, {
      cursor,
      settleMs: 5_000,
      now,
      read: async (path) => {
        if (path === "a.csv" && locked) throw Object.assign(new Error("no"), { code: "EACCES" });
        return "";
      },
    });
  const { cursor = null } = await look(null, 0);
  const second = await look(cursor, 5_000);
  expect(second.requests.map(({ tags }) => tags["dop/file"])).toEqual(["b.csv"]);
  expect(second.notes).toEqual(["cannot be read: a.csv (EACCES)"]);
  locked = false;
  const third = await look(second.cursor ?? null, 10_000);
  expect(third.requests.map(({ tags }) => tags["dop/file"])).toEqual(["a.csv"]);
});

test("a file that goes away before it is read is none", async () => {
  const files = [{ path: "a.csv", sizeBytes: 1, modifiedAtMs: 1 }];
  const read = async () => {
    throw Object.assign(new Error("gone"), { code: "ENOENT" });
  };
  const { cursor = null } = await evaluateFiles(files, { cursor: null, settleMs: 0, now: 0, read });
  expect(await evaluateFiles(files, { cursor, settleMs: 0, now: 1, read })).toMatchObject({
    requests: [],
    notes: [],
  });
});

test("a folder that is not there is one without files", async () => {
  const { after, reasons } = await watchedFolder({ folder: "nowhere" });
  expect(await after("PT30S")).toEqual([]);
  expect(await reasons()).toEqual([["skipped", "no new file"]]);
});

test("a sensor is not asked before its interval has passed", async () => {
  const { after, drop } = await watchedFolder();
  drop("a.csv", "1");
  await after("PT30S");
  expect(await after("PT29S")).toEqual([]);
  expect(await after("PT1S")).toHaveLength(1);
});

test.for([
  { statuses: ["failure"], runs: 1 },
  { statuses: ["success"], runs: 2 },
  { statuses: ["success", "failure"], runs: 3 },
])("a run-status sensor answers each run that ended as $statuses", async ({ statuses, runs }) => {
  const shop = await tickingShop(
    sensing({ kind: "run_status", settings: { statuses } }, { orders: {}, sales: {} }),
  );
  await shop.run(["sales"]);
  await shop.after("PT30S");
  await shop.run(["sales"]);
  await shop.run(["sales"], { fails: true });
  await shop.run(["sales"]);
  expect(await shop.after("PT30S")).toHaveLength(runs);
  await shop.settle();
  expect(await shop.after("PT30S")).toEqual([]);
});

test("an asset sensor answers every partition that came since its last look, not only the newest", async () => {
  const regions = { type: "static", keys: ["eu", "us", "asia"] } as const;
  const shop = await tickingShop(
    sensing(
      { kind: "asset", settings: { assets: "key:sales" } },
      { orders: { partitions: regions }, sales: { partitions: regions } },
    ),
  );
  await shop.after("PT30S");
  for (const partition of ["eu", "asia", "eu"]) await shop.run(["sales"], { partition });
  expect(await shop.after("PT30S")).toHaveLength(2);
  const runs = await shop.storage.listRuns({ limit: 9, tags: { "dop/sensor": "watch" } });
  expect(
    runs
      .map(({ request }) => request.partitions)
      .map((set) => JSON.stringify(set))
      .toSorted(),
  ).toEqual(['{"kind":"keys","keys":["asia"]}', '{"kind":"keys","keys":["eu"]}']);
});

test("an asset sensor that waits for all asks once when all came", async () => {
  const shop = await tickingShop(
    sensing(
      { kind: "asset", settings: { assets: "key:a or key:b", all_of: true } },
      { orders: {}, a: {}, b: {} },
    ),
  );
  await shop.after("PT30S");
  await shop.run(["a"]);
  expect(await shop.after("PT30S")).toEqual([]);
  shop.restart();
  await shop.run(["b"]);
  expect(await shop.after("PT30S")).toEqual([["orders"]]);
  expect(await shop.after("PT30S")).toEqual([]);
});

test("a sensor that fails tells why, keeps its cursor, and the next one goes on", async () => {
  const snapshot = sensing({ kind: "asset", settings: { assets: "key:nothing" } });
  const shop = await tickingShop({
    ...snapshot,
    definitions: {
      ...snapshot.definitions,
      sensors: [
        ...snapshot.definitions.sensors,
        {
          name: "z",
          kind: "run_status",
          settings: { statuses: ["success"] },
          target: { selection: "key:orders" },
          minimumIntervalSeconds: 30,
          defaultStatus: "running",
        },
      ],
    },
  });
  const broken = { ...snapshot.definitions.sensors[0], settings: { assets: "key:" } } as SensorSpec;
  shop.snapshot = {
    ...shop.snapshot,
    definitions: {
      ...shop.snapshot.definitions,
      sensors: [broken, ...shop.snapshot.definitions.sensors.slice(1)],
    },
  };
  await shop.after("PT30S");
  await shop.run(["orders"]);
  expect(await shop.after("PT30S")).toEqual([["orders"]]);
  expect(await shop.storage.listTicks("sensor/watch", { limit: 1 })).toMatchObject([{ status: "failure" }]);
  expect(await shop.storage.getCursor("sensor/watch")).toBeUndefined();
});
