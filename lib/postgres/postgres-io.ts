import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Client } from "pg";
import {
  type IoContext,
  type IoManager,
  ioParts,
  type PartitionKey,
  type SqlEngine,
  type SqlSession,
  type TableColumn,
} from "#platform";
import { copyIn, copyOut } from "./copy-rows.ts";
import { inTransaction, type PostgresSettings, withConnection } from "./postgres-connection.ts";
import {
  checkColumns,
  ensureTable,
  type PostgresTable,
  partitionColumn,
  postgresTable,
  type StoredColumn,
  storedColumns,
} from "./postgres-table.ts";
import { duckDbType, readColumn, writtenColumn } from "./postgres-types.ts";
import { ensureSlices, keepSlice, storedSlices } from "./stored-slices.ts";

type Parts = Awaited<ReturnType<typeof ioParts>>;

/** What stands for null in the CSV files between DuckDB and Postgres; texts are quoted, so that none is taken for it. */
const nullText = "\\N";

/**
 * Keeps tables in Postgres: the key's last part names the table, those before it the schema. A slice is replaced in one
 * transaction, so that readers see the old rows or the new ones. Rows travel as CSV files between DuckDB and `copy`.
 */
export async function postgresIo(settings: PostgresSettings, engine: SqlEngine): Promise<IoManager> {
  const parts = await ioParts();
  const { quoteIdentifier: quote, nothingStored, noPartition, outputPartition, tableMetadata } = parts;
  const tableOf = ({ asset }: IoContext) => postgresTable(asset, settings.schema ?? "public", quote);
  const fetched = new Set<string>();
  const relation = async (context: IoContext) => {
    const folder = await temporaryFolder(context);
    fetched.add(folder);
    return withConnection(settings, context.signal, (client) =>
      inTransaction(client, async () => {
        const table = tableOf(context);
        const columns = await storedColumns(client, table);
        if (columns.length === 0) throw nothingStored(context, undefined);
        const wanted = await wantedSlices(client, table, context);
        if (wanted?.length === 0) throw nothingStored(context, noPartition(context));
        const file = join(folder, "rows.csv");
        return fetchRows(client, { table, columns, wanted, file, context, parts });
      }),
    );
  };
  /** Keys of the slices that are to be loaded; throws where one is missing. `undefined` for a whole asset. */
  const wantedSlices = async (client: Client, table: PostgresTable, context: IoContext) => {
    if (context.partitions === undefined && context.everyPartition !== true) return undefined;
    const stored = await storedSlices(client, table, quote);
    if (context.everyPartition === true) return stored;
    const there = new Set(stored);
    const missing = context.partitions?.find((partition) => !there.has(partition));
    if (missing !== undefined) throw nothingStored(context, missing);
    return context.partitions;
  };
  return {
    async handleOutput(context, value) {
      const partition = outputPartition(context);
      const table = tableOf(context);
      const folder = await temporaryFolder(context);
      const file = join(folder, "rows.csv");
      try {
        const columns = await parts.withRows(value, { engine, context }, async (query, session) => {
          const found = await parts.columnsOf(session, query);
          checkColumns(found, partition);
          await writeCsv(session, query, { file, columns: found, partition, parts });
          return found;
        });
        const stored = await withConnection(settings, context.signal, (client) =>
          storeRows(client, { table, columns, file, partition, parts }),
        );
        return {
          ...tableMetadata({ rows: stored.rows, columns, place: placeOf(settings, table), ...stored.size }),
          table: `${table.schema}.${table.name}`,
        };
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    loadInput: async (context) => engine.query(`select * from ${await relation(context)}`),
    relation,
    partitions: (context) =>
      withConnection(settings, context.signal, (client) => storedSlices(client, tableOf(context), quote)),
    async release() {
      const folders = [...fetched];
      fetched.clear();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
    },
  };
}

async function writeCsv(
  session: SqlSession,
  query: string,
  target: {
    readonly file: string;
    readonly columns: readonly TableColumn[];
    readonly partition: PartitionKey | undefined;
    readonly parts: Parts;
  },
): Promise<void> {
  const { file, columns, partition, parts } = target;
  const { quoteIdentifier: quote, quoteText } = parts;
  const written = columns.map(({ name, type }) => writtenColumn(quote(name), type));
  const key = partition === undefined ? [] : [`${quoteText(partition)} as ${quote(partitionColumn)}`];
  await parts.copyQuery(session, `select ${[...key, ...written].join(", ")} from (${query}\n)`, {
    file,
    options: `format csv, header false, nullstr '${nullText}', force_quote *`,
  });
}

async function storeRows(
  client: Client,
  stored: {
    readonly table: PostgresTable;
    readonly columns: readonly TableColumn[];
    readonly file: string;
    readonly partition: PartitionKey | undefined;
    readonly parts: Parts;
  },
): Promise<{ readonly rows: number; readonly size: { readonly sizeBytes?: number } }> {
  const { table, columns, file, partition, parts } = stored;
  const { quoteIdentifier: quote } = parts;
  const partitioned = partition !== undefined;
  // Slices that are stored at once wait for one another only while the table is made.
  if (partitioned) {
    await inTransaction(client, async () => {
      const isNew = await ensureTable(client, table, { columns, partitioned, quote });
      await ensureSlices(client, table, { isNew, quote });
    });
  }
  return inTransaction(client, async () => {
    if (partition === undefined) {
      await ensureTable(client, table, { columns, partitioned, quote });
      await client.query(`delete from ${table.text}`);
    } else {
      await client.query(`delete from ${table.text} where ${quote(partitionColumn)} = $1`, [partition]);
      await keepSlice(client, table, { partition, quote });
    }
    const names = [...(partitioned ? [partitionColumn] : []), ...columns.map(({ name }) => name)];
    const target = `${table.text} (${names.map(quote).join(", ")})`;
    const rows = await copyIn(
      client,
      `copy ${target} from stdin with (format csv, null '${nullText}')`,
      file,
    );
    const { rows: sizes } = await client.query<{ size: string }>(
      "select pg_total_relation_size($1::regclass)::text as size",
      [table.text],
    );
    return { rows, size: { sizeBytes: Number(sizes[0]?.size) } };
  });
}

/** Copies rows into a file; gives the expression that reads them. */
async function fetchRows(
  client: Client,
  wish: {
    readonly table: PostgresTable;
    readonly columns: readonly StoredColumn[];
    readonly wanted: readonly PartitionKey[] | undefined;
    readonly file: string;
    readonly context: IoContext;
    readonly parts: Parts;
  },
): Promise<string> {
  const { table, columns, wanted, file, context, parts } = wish;
  const { quoteIdentifier: quote, quoteLiteral, quotePath } = parts;
  const label = context.partitionColumn?.toLowerCase();
  const own = columns.filter(({ name }) => name !== partitionColumn && name.toLowerCase() !== label);
  const isPartitioned = own.length < columns.length && columns.some(({ name }) => name === partitionColumn);
  const extra: StoredColumn[] =
    context.partitionColumn !== undefined && isPartitioned ? [{ name: partitionColumn, type: "text" }] : [];
  const read = [...own, ...extra];
  let where = "";
  if (wanted !== undefined) {
    // `copy` takes no values, so that they are bound into a table that it can name.
    await client.query("create temp table dop_wanted (key text) on commit drop");
    await client.query("insert into dop_wanted select unnest($1::text[])", [wanted]);
    where = ` where ${quote(partitionColumn)} in (select key from pg_temp.dop_wanted)`;
  }
  const select = `select ${read.map(({ name }) => quote(name)).join(", ")} from ${table.text}${where}`;
  await copyOut(
    client,
    `copy (${select}) to stdout with (format csv, null '${nullText}', force_quote *)`,
    file,
  );
  const shown = [
    ...own.map(({ name, type }) => readColumn(quote(name), type)),
    ...extra.map(({ name }) => `${quote(name)} as ${quote(context.partitionColumn as string)}`),
  ];
  const types = read.map(({ name, type }) => `${quoteLiteral(name)}: ${quoteLiteral(duckDbType(type))}`);
  const options = `header = false, auto_detect = false, quote = '"', escape = '"', delim = ',', nullstr = '${nullText}', allow_quoted_nulls = false, max_line_size = 268435456, parallel = false`;
  return `(select ${shown.join(", ")} from read_csv(${quotePath(file)}, ${options}, columns = {${types.join(", ")}}))`;
}

/** Without the password. */
function placeOf({ url }: PostgresSettings, { schema, name }: PostgresTable): string {
  const { host, pathname } = new URL(url);
  return `postgresql://${host}${pathname}/${schema}.${name}`;
}

async function temporaryFolder({ dataFolder }: IoContext): Promise<string> {
  const folder = join(dataFolder, ".rows", `postgres-${randomUUID()}`);
  await mkdir(folder, { recursive: true });
  return folder;
}
