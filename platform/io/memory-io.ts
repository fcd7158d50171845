import type { PartitionKey } from "../core/partitions.ts";
import { type IoContext, type IoManager, isSqlRelation, isStoredFile } from "../define/io-manager.ts";
import type { SqlEngine } from "../define/sql-engine.ts";
import { StepError } from "../define/step.ts";
import { noPartition } from "./file-io.ts";
import { joinSlices } from "./join-slices.ts";
import { labelledRows } from "./partition-column.ts";
import { rowsOf } from "./row-batches.ts";
import { withRows } from "./row-source.ts";
import { quoteIdentifier } from "./sql-text.ts";

type Slices = Map<PartitionKey | undefined, unknown>;

/** Keeps values as they are, for as long as the run lives and in its process alone. */
export function memoryIo(engine: SqlEngine): IoManager {
  const assets = new Map<string, Slices>();
  let tables = 0;
  const slicesOf = ({ asset }: IoContext): Slices => assets.get(asset) ?? new Map();
  const load = (context: IoContext): unknown => {
    const slices = slicesOf(context);
    const keys: readonly (PartitionKey | undefined)[] =
      context.everyPartition === true ? [...slices.keys()] : (context.partitions ?? [undefined]);
    if (keys.length === 0) throw notInMemory(context, noPartition(context));
    for (const key of keys) if (!slices.has(key)) throw notInMemory(context, key);
    const { partitionColumn } = context;
    if (partitionColumn !== undefined) {
      return labelledRows(
        keys.map((key) => [key ?? "", slices.get(key)]),
        partitionColumn,
      );
    }
    return joinSlices(
      keys.map((key) => slices.get(key)),
      { partitions: keys },
    );
  };
  return {
    async handleOutput(context, value) {
      const kept = await keptValue(value, { engine, context });
      const slices = slicesOf(context);
      for (const partition of context.partitions ?? [undefined]) slices.set(partition, kept);
      assets.set(context.asset, slices);
      return Array.isArray(kept) ? { row_count: kept.length } : {};
    },
    loadInput: async (context) => load(context),
    async relation(context) {
      const name = `memory.main.${quoteIdentifier(`value_${++tables}`)}`;
      await withRows(await load(context), { engine, context }, (query, session) =>
        session.query(`create table ${name} as ${query}`),
      );
      return name;
    },
    partitions: async (context) =>
      [...slicesOf(context).keys()].filter((key) => key !== undefined).toSorted(),
  };
}

/** Nothing is wrong with the asset itself: whoever made it was another process. */
function notInMemory({ asset }: IoContext, partition: string | undefined): StepError {
  const what = partition === undefined ? `\`${asset}\`` : `\`${asset}\` for ${partition}`;
  return new StepError(
    `${what} is not in this process's memory, where the IO manager \`memory\` keeps values until the run ends: materialize it in the same run and process, or give it an IO manager that stores, such as \`parquet\` or \`json\``,
    { retry: "never" },
  );
}

async function keptValue(
  value: unknown,
  source: { engine: SqlEngine; context: IoContext },
): Promise<unknown> {
  if (isSqlRelation(value) || isStoredFile(value))
    return withRows(value, source, (query, session) => session.query(query));
  const isStream = typeof value === "object" && value !== null && Symbol.asyncIterator in value;
  return isStream ? rowsOf(value) : value;
}
