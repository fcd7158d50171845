import { constants, existsSync } from "node:fs";
import { copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { RawMetadata, TableColumn } from "../core/metadata.ts";
import type { PartitionKey } from "../core/partitions.ts";
import { type IoContext, type IoManager, isStoredFile } from "../define/io-manager.ts";
import type { SqlEngine } from "../define/sql-engine.ts";
import { StepError } from "../define/step.ts";
import {
  assetFile,
  assetFolder,
  isPartitionFile,
  isShortened,
  keyExtension,
  partitionOfName,
  sliceName,
} from "./asset-file.ts";
import { replaceFile } from "./atomic-file.ts";
import { columnsOf, copyQuery, type WrittenTable } from "./copy-query.ts";
import { sourceColumn, withPartitionColumn } from "./partition-column.ts";
import { withRows } from "./row-source.ts";

/** How tables are written to files of one kind and read from them. */
export interface TableFormat {
  readonly extension: string;
  /** Options of DuckDB's `copy … to`. */
  readonly copyOptions: string;
  /** Called when a file is written and not yet in its place; `file` is where it will be. */
  afterWrite?(file: string, columns: readonly TableColumn[]): Promise<void>;
  /** A table expression over the files, which all exist; `fileColumn` is a further column with each row's file. */
  relation(files: readonly string[], fileColumn?: string): Promise<string>;
}

/** A stored slice. */
export interface SliceFile {
  readonly file: string;
  readonly partition: PartitionKey | undefined;
}

/** Keeps tables as files below `folder` (else `<dataFolder>/<name of the format>`), one per asset or partition. */
export function fileIo(
  format: TableFormat,
  engine: SqlEngine,
  options: { readonly folder?: string } = {},
): IoManager {
  const { extension } = format;
  const rootOf = (context: IoContext) => options.folder ?? join(context.dataFolder, extension);
  const relation = async (context: IoContext) =>
    sliceRelation(format, await storedSlices(context, rootOf(context), extension), { engine, context });
  return {
    async handleOutput(context, value) {
      const file = outputFile(context, rootOf(context), extension);
      const { columns, rows } = await replaceFile(file, async (temporary) => {
        const written = await writeTable(format, value, { file: temporary, engine, context });
        await format.afterWrite?.(file, written.columns);
        await keepKey(file, context.partitions?.[0]);
        context.signal.throwIfAborted();
        return written;
      });
      return tableMetadata({ rows, columns, place: file, sizeBytes: (await stat(file)).size });
    },
    loadInput: async (context) => engine.query(`select * from ${await relation(context)}`),
    relation,
    partitions: (context) => storedPartitions(context, rootOf(context), extension),
  };
}

/** Writes any value that is a table into `file`; a file of the same format is copied as it is. */
export async function writeTable(
  format: TableFormat,
  value: unknown,
  {
    file,
    engine,
    context,
  }: { readonly file: string; readonly engine: SqlEngine; readonly context: IoContext },
): Promise<WrittenTable> {
  if (isStoredFile(value) && extname(value.path) === `.${format.extension}`) {
    await copyFile(value.path, file, constants.COPYFILE_FICLONE);
    const from = await format.relation([file]);
    return engine.session(async (session) => {
      const [count] = await session.query(`select count(*) as rows from ${from}`);
      return { columns: await columnsOf(session, `select * from ${from}`), rows: Number(count?.["rows"]) };
    });
  }
  return withRows(value, { engine, context }, (query, session) =>
    copyQuery(session, query, { file, options: format.copyOptions }),
  );
}

/** A table expression over slices, with a column of their partitions where that is asked for. */
export async function sliceRelation(
  format: Pick<TableFormat, "relation">,
  slices: readonly SliceFile[],
  { engine, context }: { readonly engine: SqlEngine; readonly context: IoContext },
): Promise<string> {
  const files = slices.map(({ file }) => file);
  const column = context.partitionColumn;
  if (column === undefined) return format.relation(files);
  const sources = new Map(slices.map(({ file, partition }) => [file, partition ?? ""]));
  const relation = await format.relation(files, sourceColumn);
  return engine.session((session) => withPartitionColumn(session, relation, { column, sources }));
}

/** What every IO manager of tables tells of a store. */
export function tableMetadata(table: {
  readonly rows: number;
  readonly columns: readonly TableColumn[];
  readonly place: string;
  readonly sizeBytes?: number;
}): RawMetadata {
  return {
    row_count: { type: "int", value: table.rows },
    columns: { type: "table_schema", value: { columns: table.columns } },
    path: { type: "path", value: table.place },
    ...(table.sizeBytes === undefined ? {} : { size_bytes: { type: "int", value: table.sizeBytes } }),
  };
}

/** The partition that is stored; `undefined` for an unpartitioned asset. Throws StepError for several. */
export function outputPartition({ asset, partitions }: IoContext): PartitionKey | undefined {
  if (partitions === undefined || partitions.length === 1) return partitions?.[0];
  throw new StepError(
    `the step makes ${partitions.length} partitions of \`${asset}\`: store each with \`{ partition }\``,
    { retry: "never" },
  );
}

/** The file for the one slice that is stored. Throws StepError for several. */
export function outputFile(context: IoContext, root: string, extension: string): string {
  return assetFile(root, { asset: context.asset, partition: outputPartition(context), extension });
}

/** Keeps the key of a slice whose file's name does not tell it. */
export async function keepKey(file: string, partition: PartitionKey | undefined): Promise<void> {
  if (partition === undefined || !isShortened(sliceName(partition))) return;
  await replaceFile(keyFile(file), (temporary) => writeFile(temporary, partition));
}

function keyFile(file: string): string {
  return `${file.slice(0, -extname(file).length)}.${keyExtension}`;
}

/** Keys of the partitions that have a file. */
export async function storedPartitions(
  { asset }: IoContext,
  root: string,
  extension: string,
): Promise<PartitionKey[]> {
  const folder = assetFolder(root, asset);
  const names = existsSync(folder) ? await readdir(folder) : [];
  const files = names.filter((name) => isPartitionFile(name, extension)).toSorted();
  return Promise.all(files.map((name) => partitionOfFile(join(folder, name), extension)));
}

async function partitionOfFile(file: string, extension: string): Promise<PartitionKey> {
  const name = file.slice(file.lastIndexOf("/") + 1, -(extension.length + 1));
  if (isShortened(name) && existsSync(keyFile(file))) {
    return (await readFile(keyFile(file), "utf8")) as PartitionKey;
  }
  return partitionOfName(name) as PartitionKey;
}

/** The slices that are wanted. Throws StepError when one is missing. */
export async function storedSlices(
  context: IoContext,
  root: string,
  extension: string,
): Promise<SliceFile[]> {
  const { asset, everyPartition } = context;
  const partitions =
    everyPartition === true ? await storedPartitions(context, root, extension) : context.partitions;
  if (partitions?.length === 0) throw nothingStored(context, noPartition(context));
  return (partitions ?? [undefined]).map((partition) => {
    const file = assetFile(root, { asset, partition, extension });
    if (!existsSync(file)) throw nothingStored(context, partition);
    return { file, partition };
  });
}

/** What is missing where not one slice is there or wanted. */
export function noPartition({ everyPartition }: Pick<IoContext, "everyPartition">): string {
  return everyPartition === true ? "any partition" : "the partitions that are wanted: there are none";
}

/** An input that has never been materialized is no failure of the step's code, and trying again does not help. */
export function nothingStored({ asset }: Pick<IoContext, "asset">, partition: string | undefined): StepError {
  const what = partition === undefined ? `\`${asset}\`` : `\`${asset}\` for ${partition}`;
  return new StepError(`nothing is stored of ${what}: materialize it first`, { retry: "never" });
}
