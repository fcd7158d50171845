import { isAbsolute, relative, resolve, sep } from "node:path";
import { duckDbPool } from "../core/duckdb-pool.ts";

/** The pool that a step takes to open a DuckDB file; `file` is absolute or relative to the project's root. */
export function duckDbFilePool(projectRoot: string, file: string): string {
  const absolute = resolve(projectRoot, file);
  const below = relative(projectRoot, absolute);
  const isOutside = below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below);
  return duckDbPool(isOutside ? absolute : below.split(sep).join("/"));
}
