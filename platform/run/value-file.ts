import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { deserialize, serialize } from "node:v8";

/** Where a value stands in its file, or why it does not. */
export interface ValueEntry {
  readonly output: string;
  /** Of a dynamic output. */
  readonly mappingKey?: string;
  /** Bytes from the end of the index. */
  readonly at: number;
  readonly size: number;
  /** Why it could not be written. */
  readonly unkept?: string;
  /** Whether it is known to have been written, and is there no longer. */
  readonly isGone?: true;
}

/** What a file of values holds, in the order in which the values came. */
export interface ValueFileIndex {
  /** Dynamic outputs, also those without any value. */
  readonly dynamic: readonly string[];
  readonly entries: readonly ValueEntry[];
}

export interface NamedValue {
  readonly output: string;
  readonly mappingKey?: string;
  readonly value: unknown;
}

const headerSize = 4;

/**
 * Writes the values of one step as a whole: the length of the index, the index as JSON, and each value in the form of
 * V8. Those that cannot be written are noted in the index.
 */
export function writeValueFile(
  path: string,
  { dynamic, values }: { readonly dynamic: readonly string[]; readonly values: readonly NamedValue[] },
): ValueFileIndex {
  const chunks: Buffer[] = [];
  let at = 0;
  const entries = values.map(({ output, mappingKey, value }): ValueEntry => {
    const name = { output, ...(mappingKey === undefined ? {} : { mappingKey }) };
    try {
      const bytes = serialize(value);
      chunks.push(bytes);
      at += bytes.length;
      return { ...name, at: at - bytes.length, size: bytes.length };
    } catch (error) {
      return { ...name, at, size: 0, unkept: error instanceof Error ? error.message : String(error) };
    }
  });
  const index: ValueFileIndex = { dynamic, entries };
  const text = Buffer.from(JSON.stringify(index));
  const header = Buffer.alloc(headerSize);
  header.writeUInt32LE(text.length);
  const beside = `${path}.${process.pid}.part`;
  // Small files all of them: writing them at once takes less time than handing them to other threads.
  const bytes = Buffer.concat([header, text, ...chunks]);
  try {
    writeFileSync(beside, bytes);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(beside, bytes);
  }
  renameSync(beside, path);
  return index;
}

/** `undefined` where there is no such file. */
export async function readValueIndex(path: string): Promise<ValueFileIndex | undefined> {
  try {
    await using file = await open(path);
    const header = Buffer.alloc(headerSize);
    await file.read(header, 0, headerSize, 0);
    const text = Buffer.alloc(header.readUInt32LE());
    await file.read(text, 0, text.length, headerSize);
    return JSON.parse(text.toString()) as ValueFileIndex;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** One value; rejects where the file is gone. */
export async function readValue(path: string, { at, size }: ValueEntry): Promise<unknown> {
  await using file = await open(path);
  const header = Buffer.alloc(headerSize);
  await file.read(header, 0, headerSize, 0);
  const bytes = Buffer.alloc(size);
  await file.read(bytes, 0, size, headerSize + header.readUInt32LE() + at);
  return deserialize(bytes);
}
