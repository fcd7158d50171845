const prefix = "duckdb:";

/**
 * The pool of a DuckDB file, which one process at a time can open; without a limit of its own it has room for one.
 *
 * In definitions `file` is relative to the project where it can be, so that a snapshot does not depend on the machine.
 */
export function duckDbPool(file: string): string {
  return `${prefix}${file}`;
}

export function isDuckDbPool(pool: string): boolean {
  return pool.startsWith(prefix);
}

/** `undefined` for other pools. */
export function fileOfDuckDbPool(pool: string): string | undefined {
  return isDuckDbPool(pool) ? pool.slice(prefix.length) : undefined;
}

/** Where the built-in IO manager `duckdb` keeps its tables, below the folder of data. */
export const duckDbIoFile = "duckdb/data.duckdb";

export const duckDbIoPool = duckDbPool(`.dop/data/${duckDbIoFile}`);
