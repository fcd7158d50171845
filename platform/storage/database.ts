/** What can be bound to a parameter of a statement; a list is for `= any(:name)`. */
export type SqlValue = string | number | null | readonly string[] | readonly number[];

/** The values of one row, in the order of its columns. */
export type SqlRow = readonly (string | number | null)[];

/** Values by the name that stands as `:name` in the statement; unused ones are not allowed. */
export type SqlParameters = { readonly [name: string]: SqlValue };

export interface RowsTarget {
  readonly table: string;
  readonly columns: readonly string[];
  /** What follows `on conflict`; `do nothing` unless given. A row may be changed once in a statement. */
  readonly onConflict?: string;
  /** Columns of the answer, for rows that were added or changed. */
  readonly returning?: string;
}

/**
 * Runs statements, alone or inside a transaction.
 *
 * The SQL is the same for all dialects: `:name` is a parameter, `= any(:name)` one of a list, `for update`, `for
 * share` and `skip locked` lock rows where several write at once, and `now_ms()` is the database's clock.
 */
export interface Statements {
  /** All rows of a query. */
  all<R extends object>(sql: string, parameters?: SqlParameters): Promise<R[]>;
  /** The first row, also of an `insert … returning`. */
  get<R extends object>(sql: string, parameters?: SqlParameters): Promise<R | undefined>;
  /** Number of changed rows. */
  run(sql: string, parameters?: SqlParameters): Promise<number>;
  /** Adds rows of any number in one statement, in their order. */
  insertRows<R extends object>(into: RowsTarget, rows: readonly SqlRow[]): Promise<R[]>;
  /** Several statements without parameters. */
  script(sql: string): Promise<void>;
}

export interface TransactionOptions {
  /** It survives a loss of power. */
  readonly durable?: boolean;
  /** It adds to the log: such transactions run one after the other, so that cursors are in the order of commits. */
  readonly appends?: boolean;
}

/** One try of a transaction. */
export interface TransactionTry {
  /** Whether an earlier try may have been committed although nobody heard of it: what it added may be there. */
  readonly uncertain: boolean;
}

/** One database. */
export interface Database extends Statements {
  readonly dialect: "sqlite" | "postgres";
  /**
   * Commits when `work` resolves and rolls back when it rejects; nothing else runs between its statements on its
   * connection. Where the database asks for it, or the connection is lost, `work` is called again.
   */
  transaction<T>(
    work: (statements: Statements, attempt: TransactionTry) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T>;
  /** Room that it takes now. */
  sizeBytes(): Promise<number>;
  close(): Promise<void>;
}
