import type { SqlParameters } from "./database.ts";

/** A statement has room for many more; beyond this reading all of a facts table is quicker. */
const mostBound = 500;

/** A condition that keeps the rows of the keys; `chosen` has to judge again, because many keys are not bound. */
export function chooseByKey(
  column: string,
  keys: readonly string[] | undefined,
): { condition: string; parameters: SqlParameters; chosen: (key: string) => boolean } {
  if (keys === undefined) return { condition: "true", parameters: {}, chosen: () => true };
  if (keys.length === 0) return { condition: "false", parameters: {}, chosen: () => false };
  const wanted = new Set(keys);
  const chosen = (key: string) => wanted.has(key);
  if (wanted.size > mostBound) return { condition: "true", parameters: {}, chosen };
  const parameters = Object.fromEntries([...wanted].map((key, index) => [`key${index}`, key]));
  const names = Object.keys(parameters).map((name) => `:${name}`);
  return { condition: `${column} in (${names.join(", ")})`, parameters, chosen };
}
