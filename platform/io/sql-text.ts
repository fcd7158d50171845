// The only place where names and values become part of a SQL text.

/** `my "table"` becomes `"my ""table"""`; throws RangeError for an empty name and for a NUL character. */
export function quoteIdentifier(name: string): string {
  if (name === "" || name.includes("\0")) throw new RangeError(`${JSON.stringify(name)} is no name in SQL`);
  return `"${name.replaceAll('"', '""')}"`;
}

/** `it's` becomes `'it''s'`; throws RangeError for a NUL character. For what cannot be bound, such as a path. */
export function quoteLiteral(text: string): string {
  if (text.includes("\0")) throw new RangeError("a NUL character cannot stand in SQL");
  return `'${text.replaceAll("'", "''")}'`;
}

/** Any text as a value, also one with NUL characters. */
export function quoteText(text: string): string {
  return text.split("\0").map(quoteLiteral).join(" || chr(0) || ");
}

/** A path as it has to be written where DuckDB reads glob patterns. */
export function quotePath(path: string): string {
  return quoteLiteral(path.replaceAll(/[*?[]/g, "[$&]"));
}
