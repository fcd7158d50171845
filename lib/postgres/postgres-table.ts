import { createHash } from "node:crypto";
import type { Client } from "pg";
import { type AssetKey, assetKeyParts, type PartitionKey, StepError, type TableColumn } from "#platform";
import { postgresType } from "./postgres-types.ts";

/** Names the slice of each row in the table of a partitioned asset. */
export const partitionColumn = "_partition";
/** Postgres cuts longer names in silence. */
const longestName = 63;

export type Quote = (name: string) => string;

/** The table of an asset; `text` is its quoted name. */
export interface PostgresTable {
  readonly schema: string;
  readonly name: string;
  readonly text: string;
}

/** The key's last part names the table, those before it the schema; `root` is that of keys with one part. */
export function postgresTable(asset: AssetKey, root: string, quote: Quote): PostgresTable {
  const parts = assetKeyParts(asset);
  const above = parts.slice(0, -1).join("/");
  // No two keys share a table: a key below the root's own name gets a schema that no other key has.
  const schema = fitting(above === "" ? root : above === root ? `${root}/` : above);
  const name = fitting(parts.at(-1) as string);
  return { schema, name, text: `${quote(schema)}.${quote(name)}` };
}

/** A name that is too long keeps its start and gets a hash. */
function fitting(name: string): string {
  if (Buffer.byteLength(name) <= longestName) return name;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 20);
  let start = name.slice(0, longestName - hash.length - 1);
  while (Buffer.byteLength(start) > longestName - hash.length - 1) start = start.slice(0, -1);
  return `${start.toWellFormed().replaceAll("\uFFFD", "")}~${hash}`;
}

export interface StoredColumn {
  readonly name: string;
  /** As `format_type` writes it. */
  readonly type: string;
}

/** Columns in their order; none where there is no such table. */
export async function storedColumns(
  client: Client,
  { schema, name }: PostgresTable,
): Promise<StoredColumn[]> {
  const { rows } = await client.query<StoredColumn>(
    `
    select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
    from pg_attribute a
    join pg_class c on c.oid = a.attrelid
    join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relname = $2 and a.attnum > 0 and not a.attisdropped
    order by a.attnum
    `,
    [schema, name],
  );
  return rows;
}

/** Throws StepError for names that Postgres would cut or that are taken. */
export function checkColumns(columns: readonly TableColumn[], partition: PartitionKey | undefined): void {
  const tooLong = columns.find(({ name }) => Buffer.byteLength(name) > longestName);
  if (tooLong !== undefined) {
    throw new StepError(`the column \`${tooLong.name}\` has a longer name than Postgres allows`, {
      retry: "never",
    });
  }
  if (partition !== undefined && columns.some(({ name }) => name === partitionColumn)) {
    throw new StepError(`the column \`${partitionColumn}\` is taken by the IO manager: rename it`, {
      retry: "never",
    });
  }
}

/**
 * Makes the table, and its schema, where there is none. A table of slices gets the columns that it lacks and wider
 * types; one that is stored as a whole is made anew when its columns are others. Gives whether it was not there.
 */
export async function ensureTable(
  client: Client,
  table: PostgresTable,
  wanted: { readonly columns: readonly TableColumn[]; readonly partitioned: boolean; readonly quote: Quote },
): Promise<boolean> {
  const { columns, partitioned, quote } = wanted;
  // One after the other: two transactions that make the same schema at once fail.
  await client.query("select pg_advisory_xact_lock(hashtextextended('dop tables', 0))");
  await client.query(`create schema if not exists ${quote(table.schema)}`);
  const existing = await storedColumns(client, table);
  if (existing.length > 0) requireSameUse(table, existing, partitioned);
  const typed = columns.map(({ name, type }) => ({ name, type: postgresType(type) }));
  const isSame = JSON.stringify(existing) === JSON.stringify(typed);
  if (existing.length > 0 && partitioned) await adapt(client, table, { existing, typed, quote });
  if (isSame || (existing.length > 0 && partitioned)) return false;
  const key = partitioned ? [`${quote(partitionColumn)} text not null`] : [];
  const list = [...key, ...typed.map(({ name, type }) => `${quote(name)} ${type}`)].join(", ");
  if (existing.length > 0) await client.query(`drop table ${table.text}`);
  await client.query(`create table ${table.text} (${list})`);
  if (partitioned) await client.query(`create index on ${table.text} (${quote(partitionColumn)})`);
  return existing.length === 0;
}

function requireSameUse(table: PostgresTable, existing: readonly StoredColumn[], partitioned: boolean): void {
  if (existing.some(({ name }) => name === partitionColumn) === partitioned) return;
  const before = partitioned ? "without" : "with";
  throw new StepError(`${table.text} holds an asset ${before} partitions: drop the table first`, {
    retry: "never",
  });
}

async function adapt(
  client: Client,
  table: PostgresTable,
  columns: {
    readonly existing: readonly StoredColumn[];
    readonly typed: readonly StoredColumn[];
    readonly quote: Quote;
  },
): Promise<void> {
  const { existing, typed, quote } = columns;
  const known = new Map(existing.map(({ name, type }) => [name, type]));
  for (const { name, type } of typed) {
    const before = known.get(name);
    const column = quote(name);
    if (before === undefined) await client.query(`alter table ${table.text} add column ${column} ${type}`);
    else if (isWider(type, before)) {
      const change = `alter column ${column} type ${type} using ${column}::${type}`;
      await client.query(`alter table ${table.text} ${change}`);
    }
  }
}

const widths = ["smallint", "integer", "bigint", "numeric(39,0)", "real", "double precision"];

/** Whether every value of `before` is one of `now`; where it is not, Postgres says so of the rows that are copied. */
function isWider(now: string, before: string): boolean {
  if (now === before) return false;
  if (now === "text") return true;
  return widths.includes(before) && widths.indexOf(now) > widths.indexOf(before);
}
