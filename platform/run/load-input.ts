import type { PartitionKey } from "../core/partitions.ts";
import type { IoContext, IoManager } from "../define/io-manager.ts";
import type { SqlEngine } from "../define/sql-engine.ts";
import { type Row, StepError } from "../define/step.ts";
import { requirePartitionColumn } from "../io/partition-column.ts";
import { rowBatches } from "../io/row-batches.ts";

/** A stored value with all that is needed to load it. */
export interface LoadableInput {
  /** Of the IO manager. */
  readonly name: string;
  readonly manager: IoManager;
  readonly context: IoContext;
  /** What a column with each row's partition is called. */
  readonly column: string;
}

/** Called once when a value has been loaded; `rows` where they could be counted. */
type Told = (rows: number | undefined) => void;

/** One table, with the partition of each row where the asset has partitions. */
export async function loadTable({ manager, context, column, name }: LoadableInput): Promise<unknown> {
  if (!isPartitioned(context)) return manager.loadInput(context);
  const value = await manager.loadInput({ ...context, partitionColumn: column });
  requirePartitionColumn(value, { column, io: name });
  return value;
}

/** Slices one after the other, in the order of their definition where that is known. Can be looped over again. */
export function loadSlices(
  { manager, context, name }: LoadableInput,
  told: Told,
): AsyncIterable<{ readonly partition: PartitionKey; readonly value: unknown }> {
  const { everyPartition, partitions: planned, ...rest } = context;
  if (!isPartitioned(context)) {
    throw refused(`\`${context.asset}\` has no partitions: load it as it is or as batches`);
  }
  if (planned === undefined && manager.partitions === undefined) {
    throw refused(
      `the IO manager \`${name}\` of \`${context.asset}\` cannot tell which partitions are stored`,
    );
  }
  return {
    async *[Symbol.asyncIterator]() {
      let rows: number | undefined = 0;
      try {
        for (const partition of planned ?? (await manager.partitions?.(context)) ?? []) {
          context.signal.throwIfAborted();
          const value = await manager.loadInput({ ...rest, partitions: [partition] });
          const count = rowCount(value);
          rows = rows === undefined || count === undefined ? undefined : rows + count;
          yield { partition, value };
        }
      } finally {
        told(rows);
      }
    },
  };
}

/** Rows in pieces, never all of them in memory where the IO manager can be queried. */
export async function loadBatches(
  { manager, context }: LoadableInput,
  { engine, told }: { readonly engine: SqlEngine; readonly told: Told },
): Promise<AsyncIterable<readonly Row[]>> {
  const batches =
    manager.relation === undefined
      ? rowBatches(await manager.loadInput(context))
      : engine.batches(`select * from ${await manager.relation(context)}`);
  return counted(batches, told);
}

async function* counted(batches: AsyncIterable<readonly Row[]>, told: Told): AsyncGenerator<readonly Row[]> {
  let rows = 0;
  try {
    for await (const batch of batches) {
      rows += batch.length;
      yield batch;
    }
  } finally {
    told(rows);
  }
}

export function rowCount(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function isPartitioned({ partitions, everyPartition }: IoContext): boolean {
  return partitions !== undefined || everyPartition === true;
}

function refused(message: string): StepError {
  return new StepError(message, { retry: "never" });
}
