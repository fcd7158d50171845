import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Database, SqlParameters, Statements } from "./database.ts";
import { StorageError } from "./storage-error.ts";

/** One connection to a SQLite file (or `:memory:`), in WAL mode; throws StorageError when it is no such file. */
export function createSqliteDatabase(file: string): Database & { script(sql: string): void } {
  const connection = open(file);
  const prepared = new Map<string, StatementSync>();
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const statementOf = (sql: string) => {
    const statement = prepared.get(sql) ?? connection.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  const attempt = <T>(work: () => T): T => {
    if (closed) throw new StorageError("closed", `${file} is closed`);
    try {
      return work();
    } catch (error) {
      throw storageErrorOf(file, error);
    }
  };
  const direct: Statements = {
    all: async <R extends object>(sql: string, parameters: SqlParameters = {}) =>
      attempt(() => statementOf(sql).all(parameters)) as R[],
    get: async <R extends object>(sql: string, parameters: SqlParameters = {}) =>
      attempt(() => statementOf(sql).get(parameters)) as R | undefined,
    run: async (sql, parameters = {}) => Number(attempt(() => statementOf(sql).run(parameters)).changes),
    insertRows: async ({ table, columns }, rows) => {
      const values = columns.map((_, index) => `value ->> ${index}`).join(", ");
      const sql = `
        insert into ${table} (${columns.join(", ")})
        select ${values} from json_each(:rows) where true
        on conflict do nothing
      `;
      attempt(() => statementOf(sql).run({ rows: JSON.stringify(rows) }));
    },
  };
  /** After everything that was asked for before; a failure does not stop what comes after. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    all: (sql, parameters) => inTurn(() => direct.all(sql, parameters)),
    get: (sql, parameters) => inTurn(() => direct.get(sql, parameters)),
    run: (sql, parameters) => inTurn(() => direct.run(sql, parameters)),
    insertRows: (into, rows) => inTurn(() => direct.insertRows(into, rows)),
    transaction: (work, { durable = false } = {}) =>
      inTurn(async () => {
        attempt(() =>
          connection.exec(`pragma synchronous = ${durable ? "full" : "normal"}; begin immediate`),
        );
        try {
          const result = await work(direct);
          attempt(() => connection.exec("commit"));
          return result;
        } catch (error) {
          if (connection.isTransaction) connection.exec("rollback");
          throw error;
        }
      }),
    script: (sql) => attempt(() => connection.exec(sql)),
    close: () =>
      inTurn(async () => {
        if (closed) return;
        closed = true;
        prepared.clear();
        connection.close();
      }),
  };
}

function open(file: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file);
    connection.exec("pragma busy_timeout = 5000; pragma foreign_keys = on; pragma journal_mode = wal");
    return connection;
  } catch (error) {
    connection?.close();
    throw storageErrorOf(file, error);
  }
}

const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteCannotOpen = 14;
const sqliteNotADatabase = 26;

/** Errors of SQLite that a user can do something about are told as such; others stay as they are. */
function storageErrorOf(file: string, error: unknown): unknown {
  // The low byte is the primary code; the rest refines it.
  const code = isSqliteError(error) ? error.errcode & 0xff : undefined;
  if (code === sqliteCorrupt || code === sqliteNotADatabase) {
    return new StorageError(
      "corrupt-file",
      `${file} is not a usable SQLite database: move it away and start again`,
      {
        cause: error,
      },
    );
  }
  if (code === sqliteFull) {
    return new StorageError("disk-full", `there is no room left to write ${file}`, { cause: error });
  }
  if (code === sqliteCannotOpen) {
    return new StorageError("cannot-open", `${file} cannot be opened`, { cause: error });
  }
  return error;
}

function isSqliteError(error: unknown): error is Error & { errcode: number } {
  return error instanceof Error && "errcode" in error && typeof error.errcode === "number";
}
