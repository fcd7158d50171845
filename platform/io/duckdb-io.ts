import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AssetKey, assetKeyParts } from "../core/asset-key.ts";
import { duckDbIoFile } from "../core/duckdb-pool.ts";
import type { TableColumn } from "../core/metadata.ts";
import type { PartitionKey } from "../core/partitions.ts";
import type { IoContext, IoManager } from "../define/io-manager.ts";
import type { SqlEngine, SqlSession } from "../define/sql-engine.ts";
import { columnsOf } from "./copy-query.ts";
import { noPartition, nothingStored, outputPartition, tableMetadata } from "./file-io.ts";
import { withRows } from "./row-source.ts";
import { quoteIdentifier, quoteText } from "./sql-text.ts";

/** Names the slice of each row in the table of a partitioned asset. */
const partitionName = "_partition";
const partitionColumn = quoteIdentifier(partitionName);

/**
 * Keeps tables in one database file, `<dataFolder>/duckdb/data.duckdb` unless given; the key's last part names the
 * table, those before it the schema. DuckDB lets one process at a time open the file and does not tell capitals from
 * small letters.
 */
export function duckdbIo(engine: SqlEngine, options: { readonly file?: string } = {}): IoManager {
  const alias = options.file === undefined ? "dop_data" : `dop_data ${options.file}`;
  const attach = async (context: IoContext): Promise<string> => {
    const file = options.file ?? join(context.dataFolder, duckDbIoFile);
    await mkdir(dirname(file), { recursive: true });
    await engine.attach(file, alias);
    return file;
  };
  const relation = async (context: IoContext) => {
    await attach(context);
    return storedRelation(engine, alias, context);
  };
  return {
    async handleOutput(context, value) {
      const partition = outputPartition(context);
      const file = await attach(context);
      return withRows(value, { engine, context }, async (query, session) => {
        const columns = await columnsOf(session, query);
        context.signal.throwIfAborted();
        const target = { alias, asset: context.asset, partition };
        const rows = await storeTable(session, { query, columns }, target);
        return {
          ...tableMetadata({ rows, columns, place: file }),
          table: assetKeyParts(context.asset).join("."),
        };
      });
    },
    loadInput: async (context) => engine.query(`select * from ${await relation(context)}`),
    relation,
    async partitions(context) {
      await attach(context);
      const columns = await existingColumns(engine, alias, context.asset);
      return columns.includes(partitionName) ? storedKeys(engine, alias, context.asset) : [];
    },
    release: () => engine.detach(alias),
  };
}

/** The rows that are wanted, without the column that names their slice or with it under the name that is wanted. */
async function storedRelation(engine: SqlEngine, alias: string, context: IoContext): Promise<string> {
  const { asset, partitions, partitionColumn: wanted } = context;
  const table = tableOf(alias, asset);
  const columns = await existingColumns(engine, alias, asset);
  if (columns.length === 0) throw nothingStored(context, undefined);
  if (!columns.includes(partitionName)) {
    if (partitions !== undefined) throw nothingStored(context, partitions[0] ?? noPartition(context));
    return table;
  }
  if (partitions !== undefined) await requireSlices(engine, alias, context);
  const where = partitions === undefined ? "" : ` where ${partitionColumn} in (${listOf(partitions)})`;
  if (wanted === undefined) return `(select * exclude (${partitionColumn}) from ${table}${where})`;
  const hidden = columns.filter(
    (name) => name === partitionName || name.toLowerCase() === wanted.toLowerCase(),
  );
  const shown = `* exclude (${hidden.map(quoteIdentifier).join(", ")})`;
  return `(select ${shown}, ${partitionColumn} as ${quoteIdentifier(wanted)} from ${table}${where})`;
}

async function requireSlices(engine: SqlEngine, alias: string, context: IoContext): Promise<void> {
  const { partitions = [] } = context;
  if (partitions.length === 0) throw nothingStored(context, noPartition(context));
  const stored = new Set<string>(await storedKeys(engine, alias, context.asset));
  const missing = partitions.find((partition) => !stored.has(partition));
  if (missing !== undefined) throw nothingStored(context, missing);
}

/** Keys of the slices of a table, sorted; also those whose rows came some other way. */
async function storedKeys(engine: SqlEngine, alias: string, asset: AssetKey): Promise<PartitionKey[]> {
  const [schema, table] = [slicesSchema, "slices"];
  const [noted] = await engine.query(
    `select count(*) as n from duckdb_tables() where database_name = $alias and schema_name = $schema and table_name = $table`,
    { alias, schema, table },
  );
  const text = tableOf(alias, asset);
  const kept =
    noted?.["n"] === 0
      ? ""
      : `select partition as key from ${slicesOf(alias)} where table_name = $text union`;
  const rows = await engine.query(
    `${kept} select distinct ${partitionColumn} as key from ${text} order by key`,
    kept === "" ? undefined : { text },
  );
  return rows.map((row) => row["key"] as PartitionKey);
}

/** Which slices are stored, because one without rows leaves no trace; no key gives a name with a slash in front. */
const slicesSchema = "/dop";

function slicesOf(alias: string): string {
  return `${quoteIdentifier(alias)}.${quoteIdentifier(slicesSchema)}.slices`;
}

function listOf(partitions: readonly PartitionKey[]): string {
  return partitions.map(quoteText).join(", ");
}

async function storeTable(
  session: SqlSession,
  { query, columns }: { readonly query: string; readonly columns: readonly TableColumn[] },
  target: { readonly alias: string; readonly asset: AssetKey; readonly partition: PartitionKey | undefined },
): Promise<number> {
  const { alias, asset, partition } = target;
  const table = tableOf(alias, asset);
  await session.query(
    `create schema if not exists ${quoteIdentifier(alias)}.${quoteIdentifier(schemaOf(asset))}`,
  );
  if (partition === undefined) {
    const [created] = await session.query(`create or replace table ${table} as ${query}`);
    return Number(created?.["Count"]);
  }
  const key = `(${quoteText(partition)})::varchar`;
  await session.query(
    `create table if not exists ${table} as select ${key} as ${partitionColumn}, * from (${query}\n) limit 0`,
  );
  for (const { name, type } of columns) {
    await session.query(`alter table ${table} add column if not exists ${quoteIdentifier(name)} ${type}`);
  }
  await session.query(
    `create schema if not exists ${quoteIdentifier(alias)}.${quoteIdentifier(slicesSchema)}`,
  );
  await session.query(
    `create table if not exists ${slicesOf(alias)} (table_name varchar, partition varchar, primary key (table_name, partition))`,
  );
  await session.query("begin");
  try {
    await session.query(`insert or ignore into ${slicesOf(alias)} values ($table, $partition)`, {
      table,
      partition,
    });
    await session.query(`delete from ${table} where ${partitionColumn} = ${key}`);
    const [inserted] = await session.query(
      `insert into ${table} by name select ${key} as ${partitionColumn}, * from (${query}\n)`,
    );
    await session.query("commit");
    return Number(inserted?.["Count"]);
  } catch (error) {
    await session.query("rollback");
    throw error;
  }
}

/** None where there is no table. */
async function existingColumns(engine: SqlEngine, alias: string, asset: AssetKey): Promise<string[]> {
  const rows = await engine.query(
    `
    select column_name as name from duckdb_columns()
    where database_name = $database and schema_name = $schema and table_name = $table
    order by column_index
    `,
    { database: alias, schema: schemaOf(asset), table: assetKeyParts(asset).at(-1) },
  );
  return rows.map((row) => String(row["name"]));
}

function tableOf(alias: string, asset: AssetKey): string {
  return [alias, schemaOf(asset), assetKeyParts(asset).at(-1) as string].map(quoteIdentifier).join(".");
}

/** `main` is DuckDB's schema for what has none, so a key that starts with it needs another. */
function schemaOf(asset: AssetKey): string {
  const schema = assetKeyParts(asset).slice(0, -1).join("/");
  if (schema === "") return "main";
  return schema === "main" ? "main/" : schema;
}
