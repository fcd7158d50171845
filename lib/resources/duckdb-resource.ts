import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { DuckDb, type Row } from "#platform";

/** A DuckDB file as functions get it. */
export interface DuckDbFile {
  /** Rows of the last statement; values are bound by name, as `$name`. */
  query(sql: string, values?: { readonly [name: string]: unknown }): Promise<Row[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Opens (and makes) the file, which one process at a time can have open; `path` is relative to `root`. */
export async function openDuckDbFile(root: string, path: string): Promise<DuckDbFile> {
  const file = resolve(root, path);
  await mkdir(dirname(file), { recursive: true });
  const engine = new DuckDb();
  try {
    await engine.attach(file, "file");
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
  return {
    query: (sql, values) =>
      engine.session(async (session) => {
        await session.query("use file");
        return session.query(sql, values);
      }),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}
