// `io` stores what steps make and loads what they need; DuckDB is its engine.

import { AsyncLocalStorage } from "node:async_hooks";
import type { DuckDBConnection, DuckDBInstance, DuckDBResult, DuckDBValue } from "@duckdb/node-api";
import { isPlainObject } from "../core/secret.ts";
import { type Row, StepError } from "../define/step.ts";
import { type ScriptValue, scriptValueOf } from "./script-value.ts";
import { quoteIdentifier, quoteLiteral } from "./sql-text.ts";
import { Table } from "./table.ts";

/** Runs statements on one connection. */
export interface DuckDbSession {
  /** Rows of the last statement; values are bound by name, as `$name`. */
  query(sql: string, values?: { readonly [name: string]: unknown }): Promise<Table>;
}

const stopSignals = new AsyncLocalStorage<AbortSignal>();
/** An interruption that comes before DuckDB has begun with a statement is lost, so it is repeated. In milliseconds. */
const interruptAgainMs = 50;

/** Whatever DuckDB `work` uses: when `signal` aborts, its statement in progress fails and it starts no other. */
export function interruptOn<T>(signal: AbortSignal, work: () => T): T {
  return stopSignals.run(signal, work);
}

/**
 * An in-memory DuckDB, made when it is first used; database files are attached to it and let go when it is closed.
 *
 * What the statements of users do wrong becomes a StepError.
 */
export class DuckDb implements AsyncDisposable {
  #instance: Promise<DuckDBInstance> | undefined;
  readonly #attached = new Map<string, Promise<void>>();
  readonly #connections = new Set<DuckDBConnection>();
  #workspaces = 0;

  /** Runs a query on a connection of its own. */
  query(sql: string, values?: { readonly [name: string]: unknown }): Promise<Table> {
    return this.session((session) => session.query(sql, values));
  }

  /** Gives a connection to `work` and closes it afterwards. */
  async session<T>(work: (session: DuckDbSession) => Promise<T>): Promise<T> {
    return await this.#connected((connection) =>
      work({ query: (sql, values) => read(connection, { sql, values, signal: stopSignals.getStore() }) }),
    );
  }

  async #connected<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = await (await this.#open()).connect();
    this.#connections.add(connection);
    try {
      return await work(connection);
    } finally {
      this.#connections.delete(connection);
      connection.closeSync();
    }
  }

  /**
   * A session in an empty database of its own in which each name stands for the query beside it. A name with a dot
   * is a schema and a view, as in `raw.orders`.
   */
  workspace<T>(
    views: { readonly [name: string]: string },
    work: (session: DuckDbSession) => Promise<T>,
  ): Promise<T> {
    const name = quoteIdentifier(`workspace_${++this.#workspaces}`);
    return this.#connected(async (connection) => {
      const signal = stopSignals.getStore();
      const session: DuckDbSession = { query: (sql, values) => read(connection, { sql, values, signal }) };
      await session.query(`attach ':memory:' as ${name}`);
      try {
        await session.query(`use ${name}`);
        for (const [view, query] of Object.entries(views)) {
          const parts = view.split(".").map(quoteIdentifier);
          if (parts.length === 2) await session.query(`create schema if not exists ${parts[0]}`);
          await session.query(`create view ${parts.join(".")} as ${query}`);
        }
        return await work(session);
      } finally {
        // Also for work that was stopped.
        await read(connection, { sql: "use memory" });
        await read(connection, { sql: `detach ${name}` });
      }
    });
  }

  /** Makes a database file part of this DuckDB under `alias`; throws StepError when another process has it open. */
  attach(file: string, alias: string): Promise<void> {
    let attached = this.#attached.get(alias);
    if (attached === undefined) {
      attached = this.query(`attach ${quoteLiteral(file)} as ${quoteIdentifier(alias)}`).then(() => {});
      this.#attached.set(alias, attached);
      attached.catch(() => this.#attached.delete(alias));
    }
    return attached;
  }

  /** Lets go of a database file, which others may open then; does nothing where it is not attached. */
  async detach(alias: string): Promise<void> {
    const attached = this.#attached.get(alias);
    if (attached === undefined) return;
    this.#attached.delete(alias);
    await attached.then(
      () => this.#connected((connection) => read(connection, { sql: `detach ${quoteIdentifier(alias)}` })),
      () => {},
    );
  }

  /** Ends the statements that are running now; each fails. */
  interrupt(): void {
    for (const connection of this.#connections) connection.interrupt();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const instance = await this.#instance;
    this.#instance = undefined;
    this.#attached.clear();
    instance?.closeSync();
  }

  #open(): Promise<DuckDBInstance> {
    this.#instance ??= import("@duckdb/node-api").then(({ DuckDBInstance }) =>
      DuckDBInstance.create(":memory:"),
    );
    return this.#instance;
  }
}

interface Statement {
  readonly sql: string;
  readonly values?: { readonly [name: string]: unknown } | undefined;
  readonly signal?: AbortSignal | undefined;
}

async function read(connection: DuckDBConnection, { sql, values, signal }: Statement): Promise<Table> {
  signal?.throwIfAborted();
  using _interruption = interruption(connection, signal);
  try {
    // Not streamed: while a streamed result is fetched its connection cannot be interrupted.
    const result = await connection.run(sql, values === undefined ? undefined : bound(values));
    return await tableOf(result);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new StepError(message, { retry: isLocked(message) ? "later" : "never", cause: error });
  }
}

/** Interrupts the connection from the abort on until it is disposed of. */
function interruption(connection: DuckDBConnection, signal: AbortSignal | undefined): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    connection.interrupt();
    timer = setInterval(() => connection.interrupt(), interruptAgainMs);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

async function tableOf(result: DuckDBResult): Promise<Table> {
  const names = result.deduplicatedColumnNames();
  const types = result.columnTypes();
  const converts = types.map(scriptValueOf);
  const rows: Row[] = [];
  for (
    let chunk = await result.fetchChunk();
    chunk !== null && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const from = rows.length;
    for (let index = 0; index < chunk.rowCount; index++) rows.push({});
    for (const [column, name] of names.entries()) {
      const convert = converts[column] as ScriptValue;
      for (const [index, value] of chunk.getColumnValues(column).entries()) {
        (rows[from + index] as { [column: string]: unknown })[name] = convert(value);
      }
    }
  }
  return new Table(
    rows,
    names.map((name, index) => ({ name, type: String(types[index]) })),
  );
}

function isLocked(message: string): boolean {
  return message.includes("Could not set lock on file");
}

function bound(values: { readonly [name: string]: unknown }): Record<string, DuckDBValue> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, boundValue(value)]));
}

function boundValue(value: unknown): DuckDBValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "number")
    return Number.isSafeInteger(value) ? BigInt.asIntN(64, BigInt(value)) : value;
  if (typeof value === "object" && !ArrayBuffer.isView(value)) {
    if (value instanceof Date) return value.toISOString();
    // Lists are bound as their JSON text: DuckDB has no parameter of an unknown list type.
    return Array.isArray(value) || isPlainObject(value) ? JSON.stringify(value) : String(value);
  }
  return value as DuckDBValue;
}
