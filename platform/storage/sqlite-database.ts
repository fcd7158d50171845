import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Database, RowsTarget, SqlParameters, SqlRow, Statements } from "./database.ts";
import { StorageError } from "./storage-error.ts";

/** One connection to a SQLite file (or `:memory:`), in WAL mode; throws StorageError when it is no such file. */
export function createSqliteDatabase(file: string): Database {
  const connection = open(file);
  let last: Promise<unknown> = Promise.resolve();
  let closed = false;

  const attempt = <T>(work: () => T): T => {
    if (closed) throw new StorageError("closed", `${file} is closed`);
    try {
      return work();
    } catch (error) {
      throw storageErrorOf(file, error);
    }
  };
  const direct = statementsOf(connection, attempt);
  /** After everything that was asked for before; a failure does not stop what comes after. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    dialect: "sqlite",
    all: (sql, parameters) => inTurn(() => direct.all(sql, parameters)),
    get: (sql, parameters) => inTurn(() => direct.get(sql, parameters)),
    run: (sql, parameters) => inTurn(() => direct.run(sql, parameters)),
    insertRows: (into, rows) => inTurn(() => direct.insertRows(into, rows)),
    script: (sql) => inTurn(() => direct.script(sql)),
    transaction: (work, { durable = false } = {}) =>
      inTurn(async () => {
        attempt(() =>
          connection.exec(`pragma synchronous = ${durable ? "full" : "normal"}; begin immediate`),
        );
        try {
          const result = await work(direct, { uncertain: false });
          attempt(() => connection.exec("commit"));
          return result;
        } catch (error) {
          if (connection.isTransaction) connection.exec("rollback");
          throw error;
        }
      }),
    sizeBytes: () =>
      inTurn(async () => {
        const row = await direct.get<{ size: number }>(
          "select page_count * page_size as size from pragma_page_count, pragma_page_size",
        );
        return row?.size ?? 0;
      }),
    close: () =>
      inTurn(async () => {
        if (closed) return;
        closed = true;
        connection.close();
      }),
  };
}

function statementsOf(connection: DatabaseSync, attempt: <T>(work: () => T) => T): Statements {
  const prepared = new Map<string, StatementSync>();
  const statementOf = (sql: string) => {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = connection.prepare(sqliteTextOf(sql));
      prepared.set(sql, statement);
    }
    return statement;
  };
  return {
    all: async <R extends object>(sql: string, parameters: SqlParameters = {}) =>
      attempt(() => statementOf(sql).all(bindable(parameters))) as R[],
    get: async <R extends object>(sql: string, parameters: SqlParameters = {}) =>
      attempt(() => statementOf(sql).get(bindable(parameters))) as R | undefined,
    run: async (sql, parameters = {}) =>
      Number(attempt(() => statementOf(sql).run(bindable(parameters))).changes),
    insertRows: async <R extends object>(into: RowsTarget, rows: readonly SqlRow[]) => {
      if (rows.length === 0) return [];
      const statement = attempt(() => statementOf(insertOf(into)));
      const parameters = { rows: JSON.stringify(rows) };
      if (into.returning !== undefined) return attempt(() => statement.all(parameters)) as R[];
      attempt(() => statement.run(parameters));
      return [];
    },
    script: async (sql) => attempt(() => connection.exec(sql)),
  };
}

/** Rows are locked with the file, by `begin immediate`; a list is bound as JSON. */
function sqliteTextOf(sql: string): string {
  return sql
    .replace(/\bfor (?:update|share)(?: of \w+)?(?: skip locked)?/g, "")
    .replace(/= any\((:\w+)\)/g, "in (select value from json_each($1))");
}

function bindable(parameters: SqlParameters): Record<string, string | number | null> {
  const bound: Record<string, string | number | null> = {};
  for (const name in parameters) {
    const value = parameters[name] as SqlParameters[string];
    bound[name] = typeof value === "object" && value !== null ? JSON.stringify(value) : value;
  }
  return bound;
}

function insertOf({ table, columns, onConflict = "do nothing", returning }: RowsTarget): string {
  return `
    insert into ${table} (${columns.join(", ")})
    select ${columns.map((_, index) => `value ->> ${index}`).join(", ")}
    from json_each(:rows)
    where true
    on conflict ${onConflict}
    ${returning === undefined ? "" : `returning ${returning}`}
  `;
}

function open(file: string): DatabaseSync {
  let connection: DatabaseSync | undefined;
  try {
    connection = new DatabaseSync(file);
    connection.exec(`
      pragma busy_timeout = 5000;
      pragma foreign_keys = on;
      pragma journal_mode = wal;
      pragma cache_size = -65536;
    `);
    connection.function("now_ms", () => BigInt(Date.now()));
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
