import { createHash } from "node:crypto";
import pg from "pg";
import type { RowsTarget, SqlParameters, SqlRow, SqlValue, Statements } from "./database.ts";
import { type PostgresText, postgresTextOf } from "./postgres-text.ts";

/** What a connection needs to know, over what the URL says. */
export function connectionOptions(url: string): pg.ClientConfig {
  return {
    connectionString: url,
    application_name: "dop",
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    // A paused process must not hold the log for all others.
    idle_in_transaction_session_timeout: 10_000,
    statement_timeout: 60_000,
    query_timeout: 70_000,
    types: { getTypeParser },
  };
}

/** `host:port/database`, without what is secret. */
export function placeOf(url: string): string {
  const { host, port, database } = new pg.Client({ connectionString: url });
  return `${host}:${port}/${database}`;
}

const int8 = 20;
const numeric = 1700;

/** Whole numbers are numbers: none of ours is beyond 2^53. */
const getTypeParser = ((oid: number, format?: "text" | "binary") =>
  oid === int8 || oid === numeric
    ? Number
    : pg.types.getTypeParser(oid, format as "text")) as typeof pg.types.getTypeParser;

interface Prepared extends PostgresText {
  readonly name: string;
}

const texts = new Map<string, Prepared>();

/** The same statement has the same name on all connections, so that each prepares it once. */
function preparedOf(sql: string): Prepared {
  let prepared = texts.get(sql);
  if (prepared === undefined) {
    const name = createHash("sha256").update(sql).digest("hex").slice(0, 32);
    prepared = { ...postgresTextOf(sql), name };
    texts.set(sql, prepared);
  }
  return prepared;
}

/** Statements on one connection; `columnTypes` are kept for all connections of a database. */
export function statementsOn(
  client: pg.ClientBase,
  columnTypes: Map<string, ReadonlyMap<string, string>>,
): Statements {
  const query = async (sql: string, parameters: SqlParameters = {}) => {
    const { name, text, names } = preparedOf(sql);
    return client.query({ name, text, values: names.map((each) => bound(parameters[each])) });
  };
  const typesOf = async (table: string): Promise<ReadonlyMap<string, string>> => {
    const known = columnTypes.get(table);
    if (known !== undefined) return known;
    const { rows } = await query(
      `
      select attname as name, format_type(atttypid, null) as type
      from pg_attribute
      where attrelid = cast(:table as regclass) and attnum > 0 and not attisdropped
      `,
      { table },
    );
    const types = new Map(rows.map((row: { name: string; type: string }) => [row.name, row.type]));
    columnTypes.set(table, types);
    return types;
  };
  return {
    all: async <R extends object>(sql: string, parameters?: SqlParameters) =>
      (await query(sql, parameters)).rows as R[],
    get: async <R extends object>(sql: string, parameters?: SqlParameters) =>
      (await query(sql, parameters)).rows[0] as R | undefined,
    run: async (sql, parameters) => (await query(sql, parameters)).rowCount ?? 0,
    insertRows: async <R extends object>(into: RowsTarget, rows: readonly SqlRow[]) => {
      if (rows.length === 0) return [];
      const sql = insertOf(into, await typesOf(into.table));
      const values = into.columns.map((_, place) => rows.map((row) => bound(row[place])));
      const { name, text } = preparedOf(sql);
      return (await client.query({ name, text, values })).rows as R[];
    },
    script: async (sql) => {
      await client.query("set local statement_timeout = 0");
      // The types know nothing of a query's own deadline.
      await client.query({ text: sql, query_timeout: 3_600_000 } as pg.QueryConfig);
    },
  };
}

function insertOf(
  { table, columns, onConflict = "do nothing", returning }: RowsTarget,
  types: ReadonlyMap<string, string>,
): string {
  const lists = columns.map((column, index) => `$${index + 1}::${types.get(column)}[]`);
  return `
    insert into ${table} (${columns.join(", ")})
    select ${columns.join(", ")}
    from unnest(${lists.join(", ")}) with ordinality as given(${columns.join(", ")}, nth)
    order by nth
    on conflict ${onConflict}
    ${returning === undefined ? "" : `returning ${returning}`}
  `;
}

/** Postgres' text cannot hold a NUL; its picture stands for it. */
function bound(value: SqlValue | undefined): SqlValue | undefined {
  if (typeof value === "string") return value.includes("\0") ? value.replaceAll("\0", "␀") : value;
  if (typeof value === "object" && value !== null) return value.map((each) => bound(each)) as SqlValue;
  return value;
}
