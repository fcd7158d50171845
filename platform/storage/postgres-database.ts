import pg from "pg";
import type { Database, Statements, TransactionOptions } from "./database.ts";
import { persistently, UnknownCommit } from "./persistent.ts";
import { connectionOptions, placeOf, statementsOn } from "./postgres-connection.ts";
import { isConnectionLost } from "./postgres-errors.ts";

export interface PostgresOptions {
  /** How long a lost server is waited for before what was asked for fails. */
  readonly patienceMs: number;
  /** At most, besides the one that listens. */
  readonly connections: number;
}

/** `select` of the lock under which the log grows; one per schema of a database. */
const logLock = "select pg_advisory_xact_lock(7051, hashtext(current_schema()))";

/**
 * Several connections to one Postgres database.
 *
 * What is asked for is tried again when the connection breaks, until `patienceMs` are over: a transaction as a whole,
 * a single statement by itself, so that one outside a transaction must bear to be done twice.
 */
export function createPostgresDatabase(url: string, options: PostgresOptions): Database {
  const closing = new AbortController();
  const columnTypes = new Map<string, ReadonlyMap<string, string>>();
  const pool = new pg.Pool({ ...connectionOptions(url), max: options.connections });
  // Connections break while nobody uses them; whoever asks next gets another.
  pool.on("error", () => {});
  pool.on("connect", (client) => void client.on("error", () => {}));

  const persistence = { place: placeOf(url), patienceMs: options.patienceMs, closing: closing.signal };
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      client.release(error instanceof UnknownCommit || isConnectionLost(error));
      throw error;
    }
  };
  const single = <T>(work: (statements: Statements) => Promise<T>): Promise<T> =>
    persistently(persistence, () => withClient((client) => work(statementsOn(client, columnTypes))));
  return {
    dialect: "postgres",
    all: (sql, parameters) => single((statements) => statements.all(sql, parameters)),
    get: (sql, parameters) => single((statements) => statements.get(sql, parameters)),
    run: (sql, parameters) => single((statements) => statements.run(sql, parameters)),
    insertRows: (into, rows) => single((statements) => statements.insertRows(into, rows)),
    script: (sql) => single((statements) => statements.script(sql)),
    transaction: (work, transaction = {}) =>
      persistently(persistence, (attempt) =>
        withClient((client) =>
          inTransaction(client, transaction, () => work(statementsOn(client, columnTypes), attempt)),
        ),
      ),
    sizeBytes: async () => {
      const row = await single((statements) =>
        statements.get<{ size: number }>(
          `
          select sum(pg_total_relation_size(oid)) as size
          from pg_class
          where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)
          `,
        ),
      );
      return row?.size ?? 0;
    },
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      await pool.end();
    },
  };
}

async function inTransaction<T>(
  client: pg.PoolClient,
  { appends = false }: TransactionOptions,
  work: () => Promise<T>,
): Promise<T> {
  await client.query(appends ? `begin; ${logLock}` : "begin");
  let result: T;
  try {
    result = await work();
  } catch (error) {
    // A connection that cannot even roll back is told of as lost, and is not used again.
    await client.query("rollback");
    throw error;
  }
  try {
    await client.query("commit");
  } catch (error) {
    throw isConnectionLost(error) ? new UnknownCommit("commit", { cause: error }) : error;
  }
  return result;
}
