import { constants, existsSync } from "node:fs";
import { copyFile, readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import type { RawMetadata, TableColumn } from "../core/metadata.ts";
import { type IoContext, type IoManager, isStoredFile } from "../define/io-manager.ts";
import { StepError } from "../define/step.ts";
import { assetFile, assetFolder, isPartitionFile } from "./asset-file.ts";
import { replaceFile } from "./atomic-file.ts";
import type { DuckDb } from "./duck-db.ts";
import { withRows } from "./row-source.ts";
import { quoteLiteral } from "./sql-text.ts";

/** How tables are written to files of one kind and read from them. */
export interface TableFormat {
  readonly extension: string;
  /** Options of DuckDB's `copy … to`. */
  readonly copyOptions: string;
  /** Called when a file is written and not yet in its place; `file` is where it will be. */
  afterWrite?(file: string, columns: readonly TableColumn[]): Promise<void>;
  /** A table expression over the files, which all exist. */
  relation(files: readonly string[]): Promise<string>;
}

/** Keeps tables as files below `<dataFolder>/<name of the format>`, one per asset or partition. */
export function fileIo(format: TableFormat, engine: DuckDb): IoManager {
  const { extension } = format;
  const rootOf = (context: IoContext) => join(context.dataFolder, extension);
  const relation = async (context: IoContext) =>
    format.relation(await storedFiles(context, rootOf(context), extension));
  return {
    async handleOutput(context, value) {
      const file = outputFile(context, rootOf(context), extension);
      const isSameKind = isStoredFile(value) && extname(value.path) === `.${extension}`;
      const { columns, rows } = await replaceFile(file, async (temporary) => {
        if (isSameKind) {
          await copyFile(value.path, temporary, constants.COPYFILE_FICLONE);
          return engine.session(async (session) => {
            const from = await format.relation([temporary]);
            const [count] = await session.query(`select count(*) as rows from ${from}`);
            return {
              columns: await columnsOf(session, `select * from ${from}`),
              rows: Number(count?.["rows"]),
            };
          });
        }
        return withRows(value, { engine, context }, async (query, session) => {
          const [count] = await session.query(
            `copy (${query}\n) to ${quoteLiteral(temporary)} (${format.copyOptions})`,
          );
          const columns = await columnsOf(session, query);
          await format.afterWrite?.(file, columns);
          return { columns, rows: Number(count?.["Count"]) };
        });
      });
      return tableMetadata({ file, rows, columns });
    },
    async loadInput(context) {
      return engine.query(`select * from ${await relation(context)}`);
    },
    relation,
  };
}

export async function columnsOf(
  session: { query(sql: string): Promise<Iterable<{ readonly [column: string]: unknown }>> },
  query: string,
): Promise<TableColumn[]> {
  const described = await session.query(`describe ${query}`);
  return Array.from(described, (row) => ({
    name: String(row["column_name"]),
    type: String(row["column_type"]),
  }));
}

async function tableMetadata(table: {
  file: string;
  rows: number;
  columns: readonly TableColumn[];
}): Promise<RawMetadata> {
  return {
    row_count: { type: "int", value: table.rows },
    columns: { type: "table_schema", value: { columns: table.columns } },
    path: { type: "path", value: table.file },
    size_bytes: { type: "int", value: (await stat(table.file)).size },
  };
}

/** The file for the one slice that is stored. Throws StepError for several. */
export function outputFile({ asset, partitions }: IoContext, root: string, extension: string): string {
  if (partitions !== undefined && partitions.length !== 1) {
    throw new StepError(
      `the step makes ${partitions.length} partitions of \`${asset}\`: store each with \`{ partition }\``,
      { retry: "never" },
    );
  }
  return assetFile(root, { asset, partition: partitions?.[0], extension });
}

/** The files of the slices that are wanted. Throws StepError when one is missing. */
export async function storedFiles(context: IoContext, root: string, extension: string): Promise<string[]> {
  const { asset, partitions } = context;
  if (context.everyPartition === true) {
    const folder = assetFolder(root, asset);
    const names = existsSync(folder) ? await readdir(folder) : [];
    const files = names.filter((name) => isPartitionFile(name, extension)).toSorted();
    if (files.length === 0) throw nothingStored(context, "any partition");
    return files.map((name) => join(folder, name));
  }
  if (partitions?.length === 0)
    throw nothingStored(context, "the partitions that are wanted: there are none");
  return (partitions ?? [undefined]).map((partition) => {
    const file = assetFile(root, { asset, partition, extension });
    if (!existsSync(file)) throw nothingStored(context, partition);
    return file;
  });
}

/** An input that has never been materialized is no failure of the step's code, and trying again does not help. */
export function nothingStored({ asset }: Pick<IoContext, "asset">, partition: string | undefined): StepError {
  const what = partition === undefined ? `\`${asset}\`` : `\`${asset}\` for ${partition}`;
  return new StepError(`nothing is stored of ${what}: materialize it first`, { retry: "never" });
}
