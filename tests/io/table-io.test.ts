import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { PartitionKey } from "../../platform/core/partitions.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { duckdbIo } from "../../platform/io/duckdb-io.ts";
import { fileIo } from "../../platform/io/file-io.ts";
import { csvFormat, parquetFormat } from "../../platform/io/table-formats.ts";
import { ioContext, tableIoCases } from "./table-io-cases.ts";

const engine = new DuckDb();
afterAll(() => engine[Symbol.asyncDispose]());
const folder = mkdtempSync(join(tmpdir(), "dop-io-"));

const managers = [
  { name: "Parquet", manager: fileIo(parquetFormat, engine) },
  { name: "Parquet in a folder", manager: fileIo(parquetFormat, engine, { folder }) },
  { name: "CSV", manager: fileIo(csvFormat, engine) },
  { name: "DuckDB", manager: duckdbIo(engine) },
  { name: "DuckDB in a file", manager: duckdbIo(engine, { file: join(folder, "it's.duckdb") }) },
];

test.for(managers.flatMap((manager) => tableIoCases.map((one) => ({ ...manager, ...one }))))(
  "$name $fact",
  async ({ manager, check }) => {
    await check(manager, engine);
  },
);

test.for(managers)("$name keeps a partition whose key holds a NUL character", async ({ manager }) => {
  const context = ioContext();
  const keys = ["a\0b", "\0", "ab"] as PartitionKey[];
  for (const [n, key] of keys.entries()) {
    await manager.handleOutput({ ...context, partitions: [key] }, [{ n }]);
  }
  expect((await manager.partitions?.(context))?.toSorted()).toEqual(keys.toSorted());
  for (const [n, key] of keys.entries()) {
    expect(await manager.loadInput({ ...context, partitions: [key] })).toEqual([{ n }]);
  }
});
