import type { DuckDBDataChunk, DuckDBResult, DuckDBValue } from "@duckdb/node-api";
import { isPlainObject } from "../core/secret.ts";
import type { Row } from "../define/step.ts";
import { type ScriptValue, scriptValueOf } from "./script-value.ts";
import { Table } from "./table.ts";

/** A result piece by piece, as it comes from DuckDB; an empty result has no piece. */
export async function* tablesOf(result: DuckDBResult): AsyncGenerator<Table> {
  const read = chunkReader(result);
  for (let chunk = await nextChunk(result); chunk !== undefined; chunk = await nextChunk(result)) {
    const rows: Row[] = [];
    read.into(rows, chunk);
    yield new Table(rows, read.columns);
  }
}

export async function tableOf(result: DuckDBResult): Promise<Table> {
  const read = chunkReader(result);
  const rows: Row[] = [];
  for (let chunk = await nextChunk(result); chunk !== undefined; chunk = await nextChunk(result)) {
    read.into(rows, chunk);
  }
  return new Table(rows, read.columns);
}

/** Values as they can be bound; lists as their JSON text, because DuckDB has no parameter of an unknown list type. */
export function boundValues(values: { readonly [name: string]: unknown }): Record<string, DuckDBValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, boundValue(value)]));
}

async function nextChunk(result: DuckDBResult): Promise<DuckDBDataChunk | undefined> {
  const chunk = await result.fetchChunk();
  return chunk === null || chunk.rowCount === 0 ? undefined : chunk;
}

function chunkReader(result: DuckDBResult) {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  const converts = types.map(scriptValueOf);
  return {
    columns: names.map((name, index) => ({ name, type: String(types[index]) })),
    into(rows: Row[], chunk: DuckDBDataChunk): void {
      const from = rows.length;
      for (let index = 0; index < chunk.rowCount; index++) rows.push({});
      for (const [column, name] of names.entries()) {
        const convert = converts[column] as ScriptValue;
        for (const [index, value] of chunk.getColumnValues(column).entries()) {
          (rows[from + index] as { [column: string]: unknown })[name] = convert(value);
        }
      }
    },
  };
}

function boundValue(value: unknown): DuckDBValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? BigInt.asIntN(64, BigInt(value)) : value;
  if (typeof value === "object" && !ArrayBuffer.isView(value)) {
    if (value instanceof Date) return value.toISOString();
    return Array.isArray(value) || isPlainObject(value) ? JSON.stringify(value) : String(value);
  }
  return value as DuckDBValue;
}
