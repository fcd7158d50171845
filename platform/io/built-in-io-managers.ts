import { builtInIoManagers as namesOfBuiltInIo } from "../core/built-in-io.ts";
import type { IoManager } from "../define/io-manager.ts";
import type { SqlEngine } from "../define/sql-engine.ts";
import { duckdbIo } from "./duckdb-io.ts";
import { fileIo } from "./file-io.ts";
import { jsonIo } from "./json-io.ts";
import { memoryIo } from "./memory-io.ts";
import { csvFormat, parquetFormat } from "./table-formats.ts";

/** The list stands in `core`, because the graph checks names without loading an engine. */
export const builtInIoNames = namesOfBuiltInIo;
export type BuiltInIoName = (typeof builtInIoNames)[number];

export function isBuiltInIo(name: string): name is BuiltInIoName {
  return (builtInIoNames as readonly string[]).includes(name);
}

/** The IO managers of one run; what `memory` keeps lives as long as the answer. */
export function builtInIoManagers(engine: SqlEngine): { readonly [name in BuiltInIoName]: IoManager } {
  return {
    memory: memoryIo(engine),
    json: jsonIo(engine),
    csv: fileIo(csvFormat, engine),
    parquet: fileIo(parquetFormat, engine),
    duckdb: duckdbIo(engine),
  };
}
