import { mkdir, mkdtemp, open, rm } from "node:fs/promises";
import { extname, join } from "node:path";
import { type IoContext, isSqlRelation, isStoredFile } from "../define/io-manager.ts";
import type { SqlEngine, SqlSession } from "../define/sql-engine.ts";
import { type Row, StepError } from "../define/step.ts";
import { ColumnTypes, writtenValue } from "./column-types.ts";
import { rowBatches } from "./row-batches.ts";
import { quoteIdentifier, quoteLiteral, quotePath } from "./sql-text.ts";
import { Table } from "./table.ts";

/**
 * Gives `work` a query over the rows of `value` and a session in which it can be run. Rows go through a file and are
 * never all in memory; a relation's rows do not pass through JavaScript.
 */
export async function withRows<T>(
  value: unknown,
  {
    engine,
    context,
  }: { readonly engine: SqlEngine; readonly context: Pick<IoContext, "relation" | "dataFolder"> },
  work: (query: string, session: SqlSession) => Promise<T>,
): Promise<T> {
  if (isSqlRelation(value)) {
    const views: Record<string, string> = {};
    for (const [name, asset] of Object.entries(value.inputs)) {
      views[name] = `select * from ${await context.relation(asset)}`;
    }
    return engine.workspace(views, (session) => work(value.sql.trim().replace(/;+$/, ""), session));
  }
  if (isStoredFile(value)) {
    return engine.session((session) => work(`select * from ${fileRelation(value.path)}`, session));
  }
  // Not in the system's folder for temporary files, which is often small or in memory.
  const parent = join(context.dataFolder, ".rows");
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, "rows-"));
  try {
    const file = join(folder, "rows.ndjson");
    const rows = await writeRows(value, file);
    return await engine.session((session) => work(selectRows(rows), session));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A table expression over a file of rows, by its extension. Throws StepError for one that is not known. */
export function fileRelation(path: string): string {
  const extension = extname(path.replace(/\.gz$/, "")).toLowerCase();
  if (extension === ".parquet") return `read_parquet(${quotePath(path)})`;
  if (extension === ".csv" || extension === ".tsv") return `read_csv(${quotePath(path)})`;
  if (extension === ".json" || extension === ".ndjson" || extension === ".jsonl")
    return `read_json(${quotePath(path)})`;
  throw new StepError(`${path} is no file of rows: Parquet, CSV and JSON can be read`, { retry: "never" });
}

interface WrittenRows {
  readonly file: string;
  readonly types: ReadonlyMap<string, string>;
  /** Of one row, in bytes. */
  readonly longest: number;
}

async function writeRows(value: unknown, file: string): Promise<WrittenRows> {
  const learnt = new ColumnTypes();
  const declared =
    value instanceof Table ? new Map(value.columns.map(({ name, type }) => [name, type])) : undefined;
  let longest = 0;
  let buffer = Buffer.allocUnsafe(1 << 20);
  const target = await open(file, "w");
  try {
    for await (const batch of rowBatches(value)) {
      let text = "";
      for (const row of batch) {
        if (declared === undefined) learnt.learn(row);
        const line = lineOf(row);
        longest = Math.max(longest, line.length);
        text += line;
      }
      // One buffer for all: each of its own would stay until the collector comes.
      if (text.length * 3 > buffer.length) buffer = Buffer.allocUnsafe(text.length * 3);
      await target.writeFile(buffer.subarray(0, buffer.write(text)));
    }
  } finally {
    await target.close();
  }
  // A character takes up to three bytes in UTF-8 (four for two of them).
  return { file, types: declared ?? learnt.types, longest: longest * 3 };
}

function lineOf(row: Row): string {
  const written: Record<string, unknown> = {};
  for (const name in row) written[name] = writtenValue(row[name]);
  return `${jsonOf(written)}\n`;
}

/** Asking for each value takes long, so it is done only where a list or object holds a bigint. */
function jsonOf(row: Row): string {
  try {
    return JSON.stringify(row);
  } catch {
    return JSON.stringify(row, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  }
}

/** DuckDB keeps twice the longest row that it may meet for each thread, so it is told how long they are. */
const usualRow = 1 << 20;

function selectRows({ file, types, longest }: WrittenRows): string {
  // A table needs a column, also when it has no row that would name one.
  if (types.size === 0) return "select true as _ where false";
  const columns = [...types].map(
    ([name, type]) => `${quoteLiteral(name)}: ${quoteLiteral(type === "BLOB" ? "VARCHAR" : type)}`,
  );
  const blobs = [...types].filter(([, type]) => type === "BLOB").map(([name]) => quoteIdentifier(name));
  const decoded =
    blobs.length === 0
      ? ""
      : ` replace (${blobs.map((name) => `from_base64(${name}) as ${name}`).join(", ")})`;
  return `select *${decoded} from read_json(${quotePath(file)}, format = 'newline_delimited', maximum_object_size = ${Math.max(usualRow, longest)}, columns = {${columns.join(", ")}})`;
}
