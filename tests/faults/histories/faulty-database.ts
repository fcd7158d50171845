import type { Database, Statements, TransactionTry } from "../../../platform/storage/database.ts";
import { StorageError } from "../../../platform/storage/storage-error.ts";

/**
 * What goes wrong with the next thing that is asked of a database: `within` breaks at its n-th statement (counted from
 * 0; at the commit where there are fewer), `after` when it is done and before it is answered. `unheard` is done, but
 * asked for again because nobody heard of it; `unmade` was rolled back, and is asked for again all the same.
 */
export type DatabaseFault =
  | { readonly kind: "within"; readonly statement: number }
  | { readonly kind: "after" | "unheard" | "unmade" };

/** Told to whoever asked, as by a server that is away or a file that is locked. */
class BrokenConnection extends StorageError {
  constructor() {
    super("unreachable", "the connection was lost");
  }
}

/** A real database, of which single answers and commits are lost on purpose. */
export class FaultyDatabase implements Database {
  readonly #inner: Database;
  #fault: DatabaseFault | undefined;

  constructor(inner: Database) {
    this.#inner = inner;
  }

  get dialect(): Database["dialect"] {
    return this.#inner.dialect;
  }

  /** Goes wrong once: at the next statement or transaction. */
  arm(fault: DatabaseFault): void {
    this.#fault = fault;
  }

  /** Whether it went wrong; nothing does any more. */
  disarm(): boolean {
    const hasFired = this.#fault === undefined;
    this.#fault = undefined;
    return hasFired;
  }

  transaction: Database["transaction"] = async (work, options) => {
    const inner = this.#inner;
    const fault = this.#take();
    const again = { uncertain: true };
    switch (fault?.kind) {
      case undefined:
        return await inner.transaction(work, options);
      case "within":
        return await inner.transaction(
          (db, attempt) => breaking(db, fault.statement, { work, attempt }),
          options,
        );
      case "after":
        await inner.transaction(work, options);
        throw new BrokenConnection();
      case "unheard":
        await inner.transaction(work, options);
        return await inner.transaction((db) => work(db, again), options);
      case "unmade":
        await inner
          .transaction((db, attempt) => breaking(db, Number.POSITIVE_INFINITY, { work, attempt }), options)
          .catch(expectBroken);
        return await inner.transaction((db) => work(db, again), options);
    }
  };

  all: Database["all"] = (sql, parameters) => this.#single((db) => db.all(sql, parameters));
  get: Database["get"] = (sql, parameters) => this.#single((db) => db.get(sql, parameters));
  run: Database["run"] = (sql, parameters) => this.#single((db) => db.run(sql, parameters));
  insertRows: Database["insertRows"] = (into, rows) => this.#single((db) => db.insertRows(into, rows));
  script: Database["script"] = (sql) => this.#single((db) => db.script(sql));

  sizeBytes(): Promise<number> {
    return this.#inner.sizeBytes();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** A statement outside a transaction is asked for twice where its answer was lost. */
  async #single<T>(work: (db: Statements) => Promise<T>): Promise<T> {
    const fault = this.#take();
    if (fault?.kind === "within") throw new BrokenConnection();
    const result = await work(this.#inner);
    if (fault?.kind === "after") throw new BrokenConnection();
    return fault?.kind === "unheard" ? await work(this.#inner) : result;
  }

  #take(): DatabaseFault | undefined {
    const fault = this.#fault;
    this.#fault = undefined;
    return fault;
  }
}

/** Works until the n-th statement, or is done with and not committed. */
async function breaking<T>(
  db: Statements,
  statement: number,
  {
    work,
    attempt,
  }: {
    readonly work: (db: Statements, attempt: TransactionTry) => Promise<T>;
    readonly attempt: TransactionTry;
  },
): Promise<T> {
  let left = statement;
  const counted = <A extends readonly unknown[], R>(ask: (...asked: A) => Promise<R>) => {
    return async (...asked: A): Promise<R> => {
      if (left-- <= 0) throw new BrokenConnection();
      return await ask(...asked);
    };
  };
  await work(
    {
      all: counted(db.all) as Statements["all"],
      get: counted(db.get) as Statements["get"],
      run: counted(db.run),
      insertRows: counted(db.insertRows) as Statements["insertRows"],
      script: counted(db.script),
    },
    attempt,
  );
  throw new BrokenConnection();
}

function expectBroken(error: unknown): void {
  if (!(error instanceof BrokenConnection)) throw error;
}
