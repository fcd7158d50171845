import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type AssetKey, assetKeyParts } from "../core/asset-key.ts";
import { duckDbIoFile } from "../core/duckdb-pool.ts";
import type { TableColumn } from "../core/metadata.ts";
import type { IoContext, IoManager } from "../define/io-manager.ts";
import type { DuckDb, DuckDbSession } from "./duck-db.ts";
import { columnsOf, nothingStored, outputFile } from "./file-io.ts";
import { withRows } from "./row-source.ts";
import { quoteIdentifier, quoteLiteral } from "./sql-text.ts";

const alias = "dop_data";
/** Names the slice of each row in the table of a partitioned asset. */
const partitionColumn = quoteIdentifier("_partition");

/**
 * Keeps tables in the one database file `<dataFolder>/duckdb/data.duckdb`; the key's last part names the table, those
 * before it the schema. DuckDB lets one process at a time open the file and does not tell capitals from small letters.
 */
export function duckdbIo(engine: DuckDb): IoManager {
  const relation = async (context: IoContext) => {
    const file = await attach(engine, context);
    const table = tableOf(context.asset);
    const columns = await existingColumns(engine, context.asset);
    if (columns === undefined) throw nothingStored(context, undefined);
    const isPartitioned = columns.some(({ name }) => quoteIdentifier(name) === partitionColumn);
    if (!isPartitioned) return table;
    const wanted = context.partitions?.map(quoteLiteral).join(", ");
    if (wanted === undefined) return `(select * exclude (${partitionColumn}) from ${table})`;
    const stored = await engine.query(
      `select count(distinct ${partitionColumn}) as n from ${table} where ${partitionColumn} in (${wanted})`,
    );
    if (Number(stored[0]?.["n"]) < (context.partitions?.length ?? 0))
      throw nothingStored(context, `${wanted} in ${file}`);
    return `(select * exclude (${partitionColumn}) from ${table} where ${partitionColumn} in (${wanted}))`;
  };
  return {
    async handleOutput(context, value) {
      // Refuses several slices at once, as the other managers do.
      outputFile(context, "", "");
      const file = await attach(engine, context);
      return withRows(value, { engine, context }, async (query, session) => {
        const columns = await columnsOf(session, query);
        const count = await storeTable(session, { query, columns, context });
        return {
          row_count: { type: "int", value: count },
          columns: { type: "table_schema", value: { columns } },
          path: { type: "path", value: file },
          table: assetKeyParts(context.asset).join("."),
        };
      });
    },
    loadInput: async (context) => engine.query(`select * from ${await relation(context)}`),
    relation,
    release: () => engine.detach(alias),
  };
}

async function storeTable(
  session: DuckDbSession,
  { query, columns, context }: { query: string; columns: readonly TableColumn[]; context: IoContext },
): Promise<number> {
  const { asset, partitions } = context;
  const table = tableOf(asset);
  await session.query(
    `create schema if not exists ${quoteIdentifier(alias)}.${quoteIdentifier(schemaOf(asset))}`,
  );
  const [partition] = partitions ?? [];
  if (partition === undefined) {
    const [created] = await session.query(`create or replace table ${table} as ${query}`);
    return Number(created?.["Count"]);
  }
  const key = `${quoteLiteral(partition)}::varchar`;
  await session.query(
    `create table if not exists ${table} as select ${key} as ${partitionColumn}, * from (${query}\n) limit 0`,
  );
  for (const { name, type } of columns) {
    await session.query(`alter table ${table} add column if not exists ${quoteIdentifier(name)} ${type}`);
  }
  await session.query("begin");
  try {
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

async function existingColumns(engine: DuckDb, asset: AssetKey): Promise<{ name: string }[] | undefined> {
  const rows = await engine.query(
    `
    select column_name as name from duckdb_columns()
    where database_name = $database and schema_name = $schema and table_name = $table
    order by column_index
    `,
    { database: alias, schema: schemaOf(asset), table: assetKeyParts(asset).at(-1) },
  );
  return rows.length === 0 ? undefined : rows.map((row) => ({ name: String(row["name"]) }));
}

async function attach(engine: DuckDb, context: IoContext): Promise<string> {
  const file = join(context.dataFolder, duckDbIoFile);
  await mkdir(dirname(file), { recursive: true });
  await engine.attach(file, alias);
  return file;
}

function tableOf(asset: AssetKey): string {
  return [alias, schemaOf(asset), assetKeyParts(asset).at(-1) as string].map(quoteIdentifier).join(".");
}

/** `main` is DuckDB's schema for what has none, so a key that starts with it needs another. */
function schemaOf(asset: AssetKey): string {
  const schema = assetKeyParts(asset).slice(0, -1).join("/");
  if (schema === "") return "main";
  return schema === "main" ? "main/" : schema;
}
