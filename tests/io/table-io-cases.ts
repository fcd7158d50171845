import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { PartitionKey } from "../../platform/core/partitions.ts";
import { type IoContext, type IoManager, sqlRelation, storedFile } from "../../platform/define/io-manager.ts";
import type { DuckDb } from "../../platform/io/duck-db.ts";

const folder = mkdtempSync(join(tmpdir(), "dop-io-"));
let assets = 0;

/** An asset that no other test has. */
export function ioContext(options: Partial<IoContext> & { readonly partition?: string } = {}): IoContext {
  const { partition, ...given } = options;
  return {
    asset: `raw/orders_${++assets}` as AssetKey,
    dataFolder: folder,
    log: { debug() {}, info() {}, warning() {}, error() {} },
    signal: AbortSignal.any([]),
    relation: () => Promise.reject(new Error("no upstream here")),
    ...(partition === undefined ? {} : { partitions: [partition as PartitionKey] }),
    ...given,
  };
}

export interface IoCase {
  readonly fact: string;
  check(manager: IoManager, engine: DuckDb): Promise<void>;
}

const rows = [
  { id: 1, name: "007", price: 1.5, ok: true, note: null },
  { id: 2, name: 'it\'s "q", ü\n\\N', price: 2, ok: false, note: "" },
];

const keysOf = (keys: readonly string[]) => ({ partitions: keys as PartitionKey[] });
const idsOf = (value: unknown) => (value as { n: number }[]).map(({ n }) => n).toSorted();

/** Keys that like to break paths and statements. */
export const strangeKeys = [
  "2026-01-01",
  "../../etc/passwd",
  "..",
  "a/b",
  "it's",
  'say "hi"; drop table x; --',
  "' or 1 = 1 --",
  "_",
  ".hidden",
  "%2E",
  "漢字 ü 😀",
  "a\nb\\",
  "*?[x]{y}",
  "k".repeat(400),
  `${"k".repeat(399)}l`,
  '{"day":"2026-01-01","region":"e,u=/.."}',
];

/** What every IO manager of tables owes its users. */
export const tableIoCases: readonly IoCase[] = [
  {
    fact: "gives back the rows that it stored, and tells rows, columns and place",
    async check(manager) {
      const context = ioContext();
      const metadata = await manager.handleOutput(context, rows);
      expect(await manager.loadInput(context)).toEqual(rows);
      expect(metadata).toMatchObject({
        row_count: { type: "int", value: 2 },
        columns: { type: "table_schema" },
        path: { type: "path", value: expect.any(String) },
      });
    },
  },
  {
    fact: "keeps types",
    async check(manager, engine) {
      const context = ioContext();
      const query = `
        select 1::smallint as s, 2::integer as i, 9007199254740993::bigint as b,
          1.50::decimal(6,2) as p, 0.1::double as d, 'inf'::double as inf, true as yes, date '2026-01-02' as day,
          timestamp '2026-01-02 03:04:05.678' as t, timestamptz '2026-01-02 03:04:05.5+09' as tz,
          [1, null, 3] as l, {a: 1, b: 'x'} as o, '\\xAB'::blob as bytes, null::varchar as nothing
        union all select null, null, null, null, null, null, null, null, null, null, null, null, null, null
      `;
      await manager.handleOutput(context, sqlRelation(query));
      const wanted = (await engine.query(query)).map((row) => ({ ...row }));
      const plain = (value: unknown) =>
        JSON.parse(
          JSON.stringify(value, (_, item: unknown) =>
            typeof item === "bigint" || item === Number.POSITIVE_INFINITY ? String(item) : item,
          ),
        ) as unknown;
      expect(plain(await manager.loadInput(context))).toEqual(plain(wanted));
    },
  },
  {
    fact: "keeps a row of nothing but nulls, and texts that look like null",
    async check(manager) {
      const context = ioContext();
      const value = [{ a: null }, { a: "" }, { a: "\\N" }, { a: "NULL" }];
      await manager.handleOutput(context, value);
      expect(await manager.loadInput(context)).toEqual(value);
    },
  },
  {
    fact: "replaces what was stored, also by other columns and by no rows",
    async check(manager) {
      const context = ioContext();
      await manager.handleOutput(context, [{ a: 1 }, { a: 2 }]);
      await manager.handleOutput(context, [{ b: "x" }]);
      expect(await manager.loadInput(context)).toEqual([{ b: "x" }]);
      await manager.handleOutput(context, sqlRelation("select 1 as c where false"));
      expect(await manager.loadInput(context)).toEqual([]);
    },
  },
  {
    fact: "says what to do where nothing is stored",
    async check(manager) {
      for (const slices of [{}, { partition: "2026-01-01" }, { everyPartition: true } as const]) {
        const context = ioContext(slices);
        await expect(manager.loadInput(context)).rejects.toMatchObject({
          name: "StepError",
          retry: "never",
          message: expect.stringContaining(`\`${context.asset}\``),
        });
      }
    },
  },
  {
    fact: "keeps slices apart, replaces one, and gives those that are asked for",
    async check(manager) {
      const context = ioContext();
      const store = (key: string, value: unknown) =>
        manager.handleOutput({ ...context, ...keysOf([key]) }, value);
      await store("2026-01-01", [{ n: 1 }]);
      await store("2026-01-02", [{ n: 2 }]);
      await store("2026-01-03", [{ n: 3, more: "x" }]);
      await store("2026-01-01", [{ n: 10 }]);
      const load = (slices: Partial<IoContext>) => manager.loadInput({ ...context, ...slices });
      expect(idsOf(await load(keysOf(["2026-01-02"])))).toEqual([2]);
      expect(idsOf(await load(keysOf(["2026-01-01", "2026-01-03"])))).toEqual([10, 3].toSorted());
      expect(idsOf(await load({ everyPartition: true }))).toEqual([10, 2, 3].toSorted());
      await expect(load(keysOf(["2026-01-01", "2026-01-09"]))).rejects.toMatchObject({ retry: "never" });
    },
  },
  {
    fact: "knows a slice without rows from one that is missing",
    async check(manager) {
      const context = ioContext();
      await manager.handleOutput({ ...context, ...keysOf(["a"]) }, sqlRelation("select 1 as n where false"));
      expect(await manager.loadInput({ ...context, ...keysOf(["a"]) })).toEqual([]);
      expect(await manager.partitions?.(context)).toEqual(["a"]);
    },
  },
  {
    fact: "labels rows with their partition where that is asked for",
    async check(manager) {
      const context = ioContext();
      for (const [n, key] of ["it's", 'x"y'].entries()) {
        await manager.handleOutput({ ...context, ...keysOf([key]) }, [{ n, Partition: "own" }]);
      }
      const labelled = await manager.loadInput({
        ...context,
        everyPartition: true,
        partitionColumn: "partition",
      });
      expect([...(labelled as { n: number }[])].toSorted((a, b) => a.n - b.n)).toEqual([
        { n: 0, partition: "it's" },
        { n: 1, partition: 'x"y' },
      ]);
    },
  },
  {
    fact: "takes any partition key, and gives each back",
    async check(manager) {
      const context = ioContext();
      for (const [n, key] of strangeKeys.entries()) {
        await manager.handleOutput({ ...context, ...keysOf([key]) }, [{ n }]);
      }
      expect((await manager.partitions?.(context))?.toSorted()).toEqual(strangeKeys.toSorted());
      for (const [n, key] of strangeKeys.entries()) {
        expect(await manager.loadInput({ ...context, ...keysOf([key]) })).toEqual([{ n }]);
      }
    },
  },
  {
    fact: "keeps assets apart whose keys like to break paths and statements",
    async check(manager) {
      const stem = `s${++assets}`;
      const keys = [
        `${stem}`,
        `${stem}/a`,
        `${stem}/a/b`,
        `${stem}/..`,
        `${stem}/a"; drop schema "${stem}`,
        `${stem}/it's`,
        `${stem}/public/x`,
        `${stem}/${"長".repeat(40)}a`,
        `${stem}/${"長".repeat(40)}b`,
        `main/${stem}`,
        `public/${stem}`,
        `${stem}/a.b`,
      ] as AssetKey[];
      for (const [n, asset] of keys.entries()) await manager.handleOutput(ioContext({ asset }), [{ n }]);
      for (const [n, asset] of keys.entries()) {
        expect(await manager.loadInput(ioContext({ asset }))).toEqual([{ n }]);
      }
    },
  },
  {
    fact: "leaves the old content where the new one breaks off",
    async check(manager) {
      const context = ioContext({ partition: "a" });
      await manager.handleOutput(context, [{ n: 1 }]);
      async function* broken() {
        yield { n: 2 };
        throw new Error("the source went away");
      }
      await expect(manager.handleOutput(context, broken())).rejects.toThrow("the source went away");
      expect(await manager.loadInput(context)).toEqual([{ n: 1 }]);
    },
  },
  {
    fact: "takes a Parquet file and can be queried",
    async check(manager, engine) {
      const context = ioContext();
      const file = join(folder, "it's [a] file.parquet");
      await engine.query(
        `copy (select range as n from range(5000)) to '${file.replaceAll("'", "''")}' (format parquet)`,
      );
      await manager.handleOutput(context, storedFile(file));
      const relation = await manager.relation?.(context);
      expect(await engine.query(`select count(*) as n, sum(n) as s from ${relation}`)).toEqual([
        { n: 5000, s: 12497500 },
      ]);
      await manager.release?.();
      expect(await manager.loadInput(context)).toHaveLength(5000);
    },
  },
  {
    fact: "stores nothing for a step that was stopped",
    async check(manager) {
      const context = ioContext({ signal: AbortSignal.abort(new Error("stopped")) });
      await expect(manager.handleOutput(context, [{ n: 1 }])).rejects.toThrow("stopped");
      await expect(manager.loadInput(ioContext({ asset: context.asset }))).rejects.toMatchObject({
        retry: "never",
      });
    },
  },
];
