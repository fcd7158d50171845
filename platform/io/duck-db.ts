// `io` stores what steps make and loads what they need; DuckDB is its engine.

import { AsyncLocalStorage } from "node:async_hooks";
import type { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { SqlEngine } from "../define/sql-engine.ts";
import { StepError } from "../define/step.ts";
import { asTheyCome, columnsOf } from "./copy-query.ts";
import { csvFaultText } from "./csv-fault.ts";
import { boundValues, tableOf, tablesOf } from "./duck-result.ts";
import { quoteIdentifier, quoteLiteral } from "./sql-text.ts";
import type { Table } from "./table.ts";

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

export interface DuckDbSettings {
  /** Most memory of its tables and intermediate results, such as `2GB`; what is more goes to `spillFolder`. */
  readonly memory?: string;
  /** Threads of one statement; as many as processors unless given. */
  readonly threads?: number;
  /** Absolute; made when it is needed and removed at the end. */
  readonly spillFolder?: string;
}

/**
 * An in-memory DuckDB, made when it is first used; database files are attached to it and let go when it is closed.
 *
 * What the statements of users do wrong becomes a StepError.
 */
export class DuckDb implements SqlEngine, AsyncDisposable {
  readonly #settings: DuckDbSettings;
  #instance: Promise<DuckDBInstance> | undefined;
  readonly #attached = new Map<string, Promise<void>>();
  readonly #connections = new Set<DuckDBConnection>();
  #workspaces = 0;

  constructor(settings: DuckDbSettings = {}) {
    this.#settings = settings;
  }

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

  /**
   * The rows of a query in pieces of some thousand, read as they are asked for. An abort is seen between two pieces:
   * while DuckDB works on one, its connection cannot be interrupted.
   */
  async *batches(sql: string): AsyncGenerator<Table> {
    const signal = stopSignals.getStore();
    const connection = await (await this.#open()).connect();
    try {
      signal?.throwIfAborted();
      const session: DuckDbSession = { query: (text) => read(connection, { sql: text, signal }) };
      const columns = await columnsOf(session, sql);
      for await (const table of tablesOf(await connection.stream(asTheyCome(sql, columns)))) {
        yield table;
        signal?.throwIfAborted();
      }
    } catch (error) {
      throw signal?.aborted === true ? error : stepErrorOf(error);
    } finally {
      connection.closeSync();
    }
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
      DuckDBInstance.create(":memory:", optionsOf(this.#settings)),
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
    const result = await connection.run(sql, values === undefined ? undefined : boundValues(values));
    return await tableOf(result);
  } catch (error) {
    throw stepErrorOf(error);
  }
}

function stepErrorOf(error: unknown): unknown {
  if (error instanceof StepError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new StepError(csvFaultText(message), { retry: isLocked(message) ? "later" : "never", cause: error });
}

function optionsOf({ memory, threads, spillFolder }: DuckDbSettings): Record<string, string> {
  return {
    ...(memory === undefined ? {} : { memory_limit: memory }),
    ...(threads === undefined ? {} : { threads: String(threads) }),
    ...(spillFolder === undefined ? {} : { temp_directory: spillFolder }),
  };
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

function isLocked(message: string): boolean {
  return message.includes("Could not set lock on file");
}
