import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { PartitionKey } from "../core/partitions.ts";
import type { IoContext, IoManager } from "../define/io-manager.ts";
import type { SqlEngine } from "../define/sql-engine.ts";
import {
  assetObjectKey,
  isPartitionFile,
  isShortened,
  keyExtension,
  partitionOfName,
  sliceName,
} from "./asset-file.ts";
import {
  noPartition,
  nothingStored,
  outputPartition,
  type SliceFile,
  sliceRelation,
  tableMetadata,
  writeTable,
} from "./file-io.ts";
import { parquetFormat } from "./table-formats.ts";

/** A place for whole objects under keys, such as a bucket. What goes wrong outside is a StepError. */
export interface ObjectStore {
  /** Where an object lies, for people: `s3://bucket/key`. */
  urlOf(key: string): string;
  /** Streams a file up. Readers see the old object or the new one, and none where it fails or is aborted. */
  upload(key: string, file: string, signal: AbortSignal): Promise<void>;
  /** Streams an object down into a file; gives false where there is none. */
  download(key: string, file: string, signal: AbortSignal): Promise<boolean>;
  /** Names of the complete objects directly below a folder, which is a key without a slash at its end. */
  list(folder: string, signal: AbortSignal): Promise<string[]>;
  /** Lets go of connections; the store may be used again. */
  release?(): void | Promise<void>;
}

const extension = "parquet";
/** Downloads at once of an input with many slices. */
const parallelDownloads = 8;

/**
 * Keeps tables as Parquet objects, one per asset or partition, under `<prefix>/<key parts>/<partition>.parquet`. They
 * pass through files of the data folder, so no table is ever in memory; what was loaded is removed with `release`.
 */
export function objectIo(
  store: ObjectStore,
  { engine, prefix = "" }: { readonly engine: SqlEngine; readonly prefix?: string },
): IoManager {
  const downloads = new Downloads(store);
  const keyOf = ({ asset }: IoContext, name: string) => assetObjectKey(prefix, asset, name);
  const partitions = async (context: IoContext): Promise<PartitionKey[]> => {
    const names = await store.list(keyOf(context, ""), context.signal);
    const slices = names.filter((name) => isPartitionFile(name, extension)).toSorted();
    return inParallel(slices, async (file) => {
      const name = file.slice(0, -(extension.length + 1));
      if (!isShortened(name)) return partitionOfName(name) as PartitionKey;
      const kept = await downloads.get(keyOf(context, `${name}.${keyExtension}`), context);
      return (kept === undefined ? partitionOfName(name) : await readFile(kept, "utf8")) as PartitionKey;
    });
  };
  const relation = async (context: IoContext) => {
    const wanted = context.everyPartition === true ? await partitions(context) : context.partitions;
    if (wanted?.length === 0) throw nothingStored(context, noPartition(context));
    const slices = await inParallel(wanted ?? [undefined], async (partition): Promise<SliceFile> => {
      const file = await downloads.get(keyOf(context, `${sliceName(partition)}.${extension}`), context);
      if (file === undefined) throw nothingStored(context, partition);
      return { file, partition };
    });
    return sliceRelation(parquetFormat, slices, { engine, context });
  };
  return {
    async handleOutput(context, value) {
      const partition = outputPartition(context);
      const name = sliceName(partition);
      const key = keyOf(context, `${name}.${extension}`);
      return withTemporary(context, async (file) => {
        const { rows, columns } = await writeTable(parquetFormat, value, { file, engine, context });
        if (partition !== undefined && isShortened(name)) {
          await withTemporary(context, async (text) => {
            await writeFile(text, partition);
            await store.upload(keyOf(context, `${name}.${keyExtension}`), text, context.signal);
          });
        }
        await store.upload(key, file, context.signal);
        downloads.forget(key);
        return tableMetadata({ rows, columns, place: store.urlOf(key), sizeBytes: (await stat(file)).size });
      });
    },
    loadInput: async (context) => engine.query(`select * from ${await relation(context)}`),
    relation,
    partitions,
    async release() {
      await downloads.clear();
      await store.release?.();
    },
  };
}

/** Objects as local files, each fetched once until it changes or all are let go. */
class Downloads {
  readonly #store: ObjectStore;
  readonly #files = new Map<string, Promise<string | undefined>>();
  readonly #folders = new Set<string>();

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  get(key: string, context: IoContext): Promise<string | undefined> {
    let file = this.#files.get(key);
    if (file === undefined) {
      file = this.#download(key, context);
      this.#files.set(key, file);
      // What failed, or was not there, may be there for the next who asks.
      file.then((path) => path ?? this.#files.delete(key)).catch(() => this.#files.delete(key));
    }
    return file;
  }

  forget(key: string): void {
    this.#files.delete(key);
  }

  async clear(): Promise<void> {
    const folders = [...this.#folders];
    this.#files.clear();
    this.#folders.clear();
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  }

  async #download(key: string, context: IoContext): Promise<string | undefined> {
    const folder = await temporaryFolder(context);
    this.#folders.add(folder);
    const file = join(folder, `object.${extension}`);
    return (await this.#store.download(key, file, context.signal)) ? file : undefined;
  }
}

async function withTemporary<T>(context: IoContext, work: (file: string) => Promise<T>): Promise<T> {
  const folder = await temporaryFolder(context);
  try {
    return await work(join(folder, `object.${extension}`));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function temporaryFolder({ dataFolder }: IoContext): Promise<string> {
  const folder = join(dataFolder, ".objects", randomUUID());
  await mkdir(folder, { recursive: true });
  return folder;
}

/** In the order of `items`, so many at a time. */
async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += parallelDownloads) {
    results.push(...(await Promise.all(items.slice(from, from + parallelDownloads).map(work))));
  }
  return results;
}
