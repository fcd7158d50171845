export const sqlDialects = ["duckdb", "snowflake", "bigquery"] as const;
export type SqlDialect = (typeof sqlDialects)[number];

/**
 * A value as a literal of the dialect: the one place where values become SQL text.
 *
 * Lists become `(a, b)` for `in`; an empty one `(null)`, which nothing is in. Throws TypeError for what has no literal
 * (mappings, functions, not-a-number) and for text with a NUL character.
 */
export function sqlLiteral(value: unknown, dialect: SqlDialect): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  if (typeof value === "string") return textLiteral(value, dialect);
  if (Array.isArray(value)) {
    return value.length === 0 ? "(null)" : `(${value.map((item) => sqlLiteral(item, dialect)).join(", ")})`;
  }
  throw new TypeError(
    `there is no SQL literal for ${typeof value === "number" ? value : `a ${typeof value}`}`,
  );
}

/** A name in the dialect's quotes. Throws TypeError for an empty one and for control characters. */
export function sqlIdentifier(name: string, dialect: SqlDialect): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (name === "" || /[\u0000-\u001f]/.test(name))
    throw new TypeError("an SQL name is empty or holds a control character");
  if (dialect === "bigquery") return `\`${name.replaceAll("\\", "\\\\").replaceAll("`", "\\`")}\``;
  return `"${name.replaceAll('"', '""')}"`;
}

function textLiteral(text: string, dialect: SqlDialect): string {
  if (text.includes("\0")) throw new TypeError("SQL text can't hold a NUL character");
  switch (dialect) {
    case "duckdb":
      return `'${text.replaceAll("'", "''")}'`;
    case "snowflake":
      return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "''")}'`;
    case "bigquery":
      return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}'`;
  }
}
