/** What can be bound to a parameter of a statement. */
export type SqlValue = string | number | bigint | null;

/** The values of one row, in the order of its columns. */
export type SqlRow = readonly (string | number | null)[];

/** Values by the name that stands as `:name` in the statement; unused ones are not allowed. */
export type SqlParameters = { readonly [name: string]: SqlValue };

/** Runs statements, alone or inside a transaction. */
export interface Statements {
  /** All rows of a query. */
  all<R extends object>(sql: string, parameters?: SqlParameters): Promise<R[]>;
  /** The first row, also of an `insert … returning`. */
  get<R extends object>(sql: string, parameters?: SqlParameters): Promise<R | undefined>;
  /** Number of changed rows. */
  run(sql: string, parameters?: SqlParameters): Promise<number>;
  /** Adds rows of any number in one statement; those that are there already stay as they are. */
  insertRows(
    into: { readonly table: string; readonly columns: readonly string[] },
    rows: readonly SqlRow[],
  ): Promise<void>;
}

/** One database; SQL is the same for all dialects but in migrations. */
export interface Database extends Statements {
  /**
   * Commits when `work` resolves and rolls back when it rejects. Transactions run one after the other, and nothing
   * else runs on the connection between their statements. A `durable` one survives a loss of power.
   */
  transaction<T>(
    work: (statements: Statements) => Promise<T>,
    options?: { readonly durable?: boolean },
  ): Promise<T>;
  close(): Promise<void>;
}
