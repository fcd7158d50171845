import { isPlainObject } from "../core/secret.ts";
import { type Row, StepError } from "../define/step.ts";

const batchSize = 1000;

/**
 * The rows of a value in batches: an array of objects, an iterable or async iterable of objects or of arrays of
 * them, or what has `toArray()`, as an Arrow table. Throws StepError for anything else.
 */
export async function* rowBatches(value: unknown): AsyncGenerator<readonly Row[]> {
  if (Array.isArray(value)) yield* batchesOf(value);
  else if (isIterable(value)) yield* batchesOfStream(value);
  else if (hasMethod(value, "toArray")) yield* rowBatches((value as { toArray(): unknown }).toArray());
  else throw new StepError(`a table is made of rows, not of ${describe(value)}`, { retry: "never" });
}

async function* batchesOfStream(
  items: Iterable<unknown> | AsyncIterable<unknown>,
): AsyncGenerator<readonly Row[]> {
  let batch: Row[] = [];
  for await (const item of items) {
    if (!isBatch(item)) batch.push(rowOf(item));
    if (batch.length < batchSize && !isBatch(item)) continue;
    yield batch;
    batch = [];
    if (isBatch(item)) yield* rowBatches(item);
  }
  if (batch.length > 0) yield batch;
}

/** All rows at once. */
export async function rowsOf(value: unknown): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const batch of rowBatches(value)) for (const row of batch) rows.push(row);
  return rows;
}

function* batchesOf(items: readonly unknown[]): Generator<readonly Row[]> {
  let batch: Row[] = [];
  for (const item of items) {
    if (!Array.isArray(item)) batch.push(rowOf(item));
    if (batch.length < batchSize && !Array.isArray(item)) continue;
    yield batch;
    batch = [];
    if (Array.isArray(item)) yield* batchesOf(item);
  }
  if (batch.length > 0) yield batch;
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return hasMethod(value, Symbol.asyncIterator) || hasMethod(value, Symbol.iterator);
}

function isBatch(item: unknown): boolean {
  return Array.isArray(item) || (hasMethod(item, "toArray") && !hasMethod(item, "toJSON"));
}

function rowOf(item: unknown): Row {
  if (isPlainObject(item)) return item;
  // A row of an Arrow table is an object of a class that knows how to become a plain one.
  if (hasMethod(item, "toJSON")) {
    const plain: unknown = (item as { toJSON(): unknown }).toJSON();
    if (isPlainObject(plain)) return plain;
  }
  if (typeof item === "object" && item !== null && !Array.isArray(item) && !(item instanceof Date))
    return { ...item };
  throw new StepError(`a row is an object with a value per column, not ${describe(item)}`, {
    retry: "never",
  });
}

function hasMethod(value: unknown, name: string | symbol): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Record<symbol, unknown>)[name as symbol] === "function"
  );
}

function describe(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? `a ${value.constructor?.name ?? "object"}` : `a ${typeof value}`;
}
