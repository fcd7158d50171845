import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DuckDb, type Row } from "#platform";

/** A DuckDB file as functions get it. */
export interface DuckDbFile {
  /** Rows of the last statement; values are bound by name, as `$name`. */
  query(sql: string, values?: { readonly [name: string]: unknown }): Promise<Row[]>;
  /** For programs that open the file themselves, such as dbt. */
  readonly connection: { readonly type: "duckdb"; readonly path: string };
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * The file is opened (and made) by the first query: one process at a time can have it open. `path` is relative to
 * `root`.
 */
export function openDuckDbFile(root: string, path: string): DuckDbFile {
  const file = resolve(root, path);
  let opened: Promise<DuckDb> | undefined;
  return {
    async query(sql, values) {
      opened ??= attached(file);
      return await (await opened).session(async (session) => {
        await session.query("use file");
        return session.query(sql, values);
      });
    },
    connection: { type: "duckdb", path: file },
    [Symbol.asyncDispose]: async () => (await opened)?.[Symbol.asyncDispose](),
  };
}

async function attached(file: string): Promise<DuckDb> {
  await mkdir(dirname(file), { recursive: true });
  const engine = new DuckDb();
  try {
    await engine.attach(file, "file");
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}
