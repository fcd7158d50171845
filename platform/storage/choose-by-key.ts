import type { SqlParameters } from "./database.ts";

/** A condition that keeps the rows of the keys; all rows without keys. */
export function chooseByKey(
  column: string,
  keys: readonly string[] | undefined,
): { condition: string; parameters: SqlParameters } {
  if (keys === undefined) return { condition: "true", parameters: {} };
  return { condition: `${column} = any(:keys)`, parameters: { keys: [...new Set(keys)] } };
}
