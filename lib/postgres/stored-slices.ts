import type { Client } from "pg";
import type { PartitionKey } from "#platform";
import { type PostgresTable, partitionColumn, type Quote, storedColumns } from "./postgres-table.ts";

// Which slices are stored, because one without rows leaves no trace in its table. No key gives a name that begins with
// a slash, so that no asset's table is this one.
const schema = "/dop";
const name = "slices";

/** Notes that a slice is stored. Runs in the transaction that stores it. */
export async function keepSlice(
  client: Client,
  table: PostgresTable,
  { partition, quote }: { readonly partition: PartitionKey; readonly quote: Quote },
): Promise<void> {
  await client.query(
    `insert into ${quote(schema)}.${name} (table_name, partition) values ($1, $2) on conflict do nothing`,
    [table.text, partition],
  );
}

/** Makes the table of slices; a table that was just made has none. Runs under the lock for making tables. */
export async function ensureSlices(
  client: Client,
  table: PostgresTable,
  { isNew, quote }: { readonly isNew: boolean; readonly quote: Quote },
): Promise<void> {
  await client.query(`create schema if not exists ${quote(schema)}`);
  await client.query(
    `create table if not exists ${quote(schema)}.${name} (table_name text, partition text, primary key (table_name, partition))`,
  );
  if (isNew) await client.query(`delete from ${quote(schema)}.${name} where table_name = $1`, [table.text]);
}

/** Keys of the slices of a table, sorted; also those whose rows came some other way. */
export async function storedSlices(
  client: Client,
  table: PostgresTable,
  quote: Quote,
): Promise<PartitionKey[]> {
  const columns = await storedColumns(client, table);
  if (!columns.some((column) => column.name === partitionColumn)) return [];
  const noted = await client.query<{ there: boolean }>("select to_regclass($1) is not null as there", [
    `${quote(schema)}.${name}`,
  ]);
  const kept =
    noted.rows[0]?.there === true
      ? `select partition as key from ${quote(schema)}.${name} where table_name = $1 union`
      : "";
  const { rows } = await client.query<{ key: PartitionKey }>(
    `${kept} select distinct ${quote(partitionColumn)} as key from ${table.text} order by key`,
    kept === "" ? [] : [table.text],
  );
  return rows.map(({ key }) => key);
}
