import type { IoContext, IoManager } from "../define/io-manager.ts";
import { isSqlRelation, isStoredFile } from "../define/io-manager.ts";
import type { DuckDb } from "./duck-db.ts";
import { nothingStored } from "./file-io.ts";
import { joinSlices } from "./join-slices.ts";
import { rowsOf } from "./row-batches.ts";
import { withRows } from "./row-source.ts";
import { quoteIdentifier } from "./sql-text.ts";

/** Keeps values as they are, for as long as the run lives. */
export function memoryIo(engine: DuckDb): IoManager {
  const values = new Map<string, Map<string | undefined, unknown>>();
  let tables = 0;
  const load = (context: IoContext): unknown => {
    const slices = values.get(context.asset) ?? new Map<string | undefined, unknown>();
    const keys: readonly (string | undefined)[] =
      context.everyPartition === true ? [...slices.keys()] : (context.partitions ?? [undefined]);
    if (keys.length === 0) throw nothingStored(context, "any partition");
    for (const key of keys) if (!slices.has(key)) throw nothingStored(context, key);
    return joinSlices(
      keys.map((key) => slices.get(key)),
      { partitions: keys },
    );
  };
  return {
    async handleOutput(context, value) {
      const kept = await keptValue(value, { engine, context });
      const slices = values.get(context.asset) ?? new Map<string | undefined, unknown>();
      for (const partition of context.partitions ?? [undefined]) slices.set(partition, kept);
      values.set(context.asset, slices);
      return Array.isArray(kept) ? { row_count: kept.length } : {};
    },
    loadInput: async (context) => load(context),
    async relation(context) {
      const name = `memory.main.${quoteIdentifier(`value_${++tables}`)}`;
      await withRows(load(context), { engine, context }, (query, session) =>
        session.query(`create table ${name} as ${query}`),
      );
      return name;
    },
  };
}

async function keptValue(value: unknown, source: { engine: DuckDb; context: IoContext }): Promise<unknown> {
  if (isSqlRelation(value) || isStoredFile(value))
    return withRows(value, source, (query, session) => session.query(query));
  const isStream = typeof value === "object" && value !== null && Symbol.asyncIterator in value;
  return isStream ? rowsOf(value) : value;
}
