import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { PartitionKey } from "../../platform/core/partitions.ts";
import { type IoContext, sqlRelation, storedFile } from "../../platform/define/io-manager.ts";
import {
  type BuiltInIoName,
  builtInIoManagers,
  builtInIoNames,
} from "../../platform/io/built-in-io-managers.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";
import type { Table } from "../../platform/io/table.ts";

const engine = new DuckDb();
afterAll(() => engine[Symbol.asyncDispose]());
const tableManagers = builtInIoNames.map((name) => ({ name }));
const fileManagers = tableManagers.filter(
  ({ name }) => name === "csv" || name === "parquet" || name === "json",
);
const silent = { debug() {}, info() {}, warning() {}, error() {} };
let assets = 0;

/** An asset that no other test has. */
function contextOf(options: { key?: string; partition?: string; dataFolder?: string } = {}): IoContext {
  return {
    asset: (options.key ?? `raw/orders_${++assets}`) as AssetKey,
    ...(options.partition === undefined ? {} : { partitions: [options.partition as PartitionKey] }),
    dataFolder: options.dataFolder ?? shared,
    log: silent,
    relation: () => Promise.reject(new Error("no upstream here")),
    signal: AbortSignal.any([]),
  };
}

const shared = mkdtempSync(join(tmpdir(), "dop-io-"));
const managers = builtInIoManagers(engine);
const managerOf = (name: BuiltInIoName) => managers[name];

const rows = [
  { id: 1, name: "007", price: 1.5, ok: true, note: null },
  { id: 2, name: 'it\'s "q", ü\n', price: 2, ok: false, note: "x" },
];

test.for(tableManagers)("$name gives back the rows that it stored", async ({ name }) => {
  const context = contextOf();
  const metadata = await managerOf(name).handleOutput(context, rows);
  expect(await managerOf(name).loadInput(context)).toEqual(rows);
  expect(metadata["row_count"]).toEqual(name === "memory" ? 2 : { type: "int", value: 2 });
});

test.for([
  {
    shape: "an async iterable of rows",
    value: async function* () {
      yield* rows;
    },
  },
  {
    shape: "an async iterable of batches",
    value: async function* () {
      yield [rows[0]];
      yield [rows[1]];
    },
  },
  { shape: "rows among batches", value: () => [rows[0], [rows[1]]] },
  { shape: "an iterable", value: () => new Set(rows).values() },
  { shape: "what has toArray", value: () => ({ toArray: () => rows }) },
])("Parquet takes $shape", async ({ value }) => {
  const context = contextOf();
  await managerOf("parquet").handleOutput(context, value());
  expect(await managerOf("parquet").loadInput(context)).toEqual(rows);
});

test.for([
  { what: "a number", value: 5 },
  { what: "a text", value: "rows" },
  { what: "rows that are numbers", value: [1, 2] },
  { what: "null", value: null },
])("Parquet refuses $what", async ({ value }) => {
  await expect(managerOf("parquet").handleOutput(contextOf(), value)).rejects.toMatchObject({
    name: "StepError",
    retry: "never",
  });
});

test("types are learnt from values and not from text", async () => {
  const context = contextOf();
  const value = [
    {
      whole: 1,
      half: 1,
      big: 2n ** 70n,
      day: Temporal.PlainDate.from("2026-01-02"),
      text: "2026-01-02",
      list: [1, { a: "b" }],
      none: null,
    },
    {
      half: 0.5,
      at: new Date("2026-01-02T03:04:05.678Z"),
      instant: Temporal.Instant.from("2026-01-02T03:04:05Z"),
      bytes: new Uint8Array([0, 255]),
    },
    { half: Number.POSITIVE_INFINITY, mixed: 1 },
    { mixed: "one" },
  ];
  await managerOf("parquet").handleOutput(context, value);
  const table = (await managerOf("parquet").loadInput(context)) as Table;
  expect(Object.fromEntries(table.columns.map(({ name, type }) => [name, type]))).toMatchObject({
    whole: "BIGINT",
    half: "DOUBLE",
    big: "DOUBLE",
    day: "DATE",
    text: "VARCHAR",
    at: "TIMESTAMP WITH TIME ZONE",
    bytes: "BLOB",
    mixed: "VARCHAR",
  });
  expect(table[0]).toMatchObject({
    whole: 1,
    half: 1,
    day: "2026-01-02",
    text: "2026-01-02",
    list: [1, { a: "b" }],
    none: null,
  });
  expect(table[1]).toMatchObject({ at: "2026-01-02T03:04:05.678Z", instant: "2026-01-02T03:04:05.000Z" });
  expect(Array.from(table[1]?.["bytes"] as Uint8Array)).toEqual([0, 255]);
  expect(table.map((row) => row["half"])).toEqual([1, 0.5, Number.POSITIVE_INFINITY, null]);
  expect(table.map((row) => row["mixed"])).toEqual([null, null, "1", "one"]);
});

test("a loaded table that is stored again keeps its types, also without rows", async () => {
  const context = contextOf();
  const table = await engine.query(
    "select 1::smallint as n, date '2026-01-02' as d, 1.50::decimal(6,2) as p, [{a: 1}] as l where false",
  );
  await managerOf("parquet").handleOutput(context, table);
  const again = (await managerOf("parquet").loadInput(context)) as Table;
  expect(again.columns).toEqual(table.columns);
  expect(again.numRows).toBe(0);
});

test.for(tableManagers)("$name stores no rows at all", async ({ name }) => {
  const context = contextOf();
  await managerOf(name).handleOutput(context, []);
  expect(await managerOf(name).loadInput(context)).toEqual([]);
});

test.for(tableManagers)("$name says what to do where nothing is stored", async ({ name }) => {
  const context = contextOf();
  await expect(managerOf(name).loadInput(context)).rejects.toMatchObject({
    name: "StepError",
    retry: "never",
    message: expect.stringContaining(`\`${context.asset}\``),
  });
});

test.for(tableManagers)(
  "$name keeps partitions apart and gives back those that are asked for",
  async ({ name }) => {
    const context = contextOf();
    const store = (key: string, value: unknown) =>
      managerOf(name).handleOutput({ ...context, partitions: [key as PartitionKey] }, value);
    const load = async (slices: Partial<IoContext>) =>
      ((await managerOf(name).loadInput({ ...context, ...slices })) as { n: number }[])
        .map(({ n }) => n)
        .toSorted();
    await store("2026-01-01", [{ n: 1 }]);
    await store("2026-01-02", [{ n: 2 }]);
    await store("2026-01-03", [{ n: 3, more: "x" }]);
    await store("2026-01-01", [{ n: 10 }]);
    expect(await load({ partitions: ["2026-01-02" as PartitionKey] })).toEqual([2]);
    expect(await load({ partitions: ["2026-01-01", "2026-01-03"] as PartitionKey[] })).toEqual([10, 3]);
    expect(await load({ everyPartition: true })).toEqual([10, 2, 3].toSorted());
    await expect(load({ partitions: ["2026-01-01", "2026-01-09"] as PartitionKey[] })).rejects.toMatchObject({
      name: "StepError",
    });
  },
);

test.for(tableManagers.filter(({ name }) => name !== "memory"))(
  "$name refuses to store several partitions at once",
  async ({ name }) => {
    const partitions = ["a", "b"] as PartitionKey[];
    await expect(managerOf(name).handleOutput({ ...contextOf(), partitions }, rows)).rejects.toMatchObject({
      retry: "never",
    });
  },
);

test.for(["parquet", "csv", "json", "duckdb"] as const)(
  "a Parquet file given to %s becomes its content",
  async (name) => {
    const file = join(mkdtempSync(join(tmpdir(), "dop-io-")), "it's [a] file.parquet");
    await engine.query(`copy (select 1 as n) to '${file.replaceAll("'", "''")}' (format parquet)`);
    const context = contextOf();
    await managerOf(name).handleOutput(context, storedFile(file));
    expect(await managerOf(name).loadInput(context)).toEqual([{ n: 1 }]);
  },
);

test("a file of an unknown kind is refused", async () => {
  const file = join(mkdtempSync(join(tmpdir(), "dop-io-")), "a.xlsx");
  writeFileSync(file, "");
  await expect(managerOf("parquet").handleOutput(contextOf(), storedFile(file))).rejects.toMatchObject({
    name: "StepError",
  });
});

test("JSON keeps any value", async () => {
  const context = contextOf();
  await managerOf("json").handleOutput(context, { threshold: 3, huge: 2n ** 80n + 1n, names: ["a"] });
  expect(await managerOf("json").loadInput(context)).toEqual({
    threshold: 3,
    huge: String(2n ** 80n + 1n),
    names: ["a"],
  });
});

test.for(fileManagers)(
  "$name leaves the old content where the new one cannot be written",
  async ({ name }) => {
    const context = contextOf({ dataFolder: mkdtempSync(join(tmpdir(), "dop-io-")) });
    await managerOf(name).handleOutput(context, [{ n: 1 }]);
    async function* broken() {
      yield { n: 2 };
      throw new Error("the source went away");
    }
    await expect(managerOf(name).handleOutput(context, broken())).rejects.toThrow("the source went away");
    expect(await managerOf(name).loadInput(context)).toEqual([{ n: 1 }]);
    const files = readdirSync(context.dataFolder, { recursive: true }).map(String);
    expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
  },
);

test("a query with a mistake is a step error that trying again does not help", async () => {
  const relation = sqlRelation("select nothing from nowhere");
  await expect(managerOf("parquet").handleOutput(contextOf(), relation)).rejects.toMatchObject({
    name: "StepError",
    retry: "never",
    message: expect.stringContaining("nowhere"),
  });
});

test("the first file says where it lies", async () => {
  const context = contextOf({ key: "raw/with.dot", partition: "2026-01-01" });
  const metadata = await managerOf("parquet").handleOutput(context, rows);
  expect(metadata["path"]).toEqual({
    type: "path",
    value: join(shared, "parquet/raw/with%2Edot/2026-01-01.parquet"),
  });
  expect(existsSync(join(shared, "parquet/raw/with%2Edot/2026-01-01.parquet"))).toBe(true);
});

test("CSV can be read by others", async () => {
  const context = contextOf({ key: "plain" });
  await managerOf("csv").handleOutput(context, [{ id: 1, name: "a,b" }]);
  expect(readFileSync(join(shared, "csv/plain/_.csv"), "utf8")).toBe('id,name\n1,"a,b"\n');
});
