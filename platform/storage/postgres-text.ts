/** A statement as Postgres takes it: `$1`, `$2`, … instead of names. */
export interface PostgresText {
  readonly text: string;
  /** Of the parameters, in the order of their numbers. */
  readonly names: readonly string[];
}

/** Quoted text and names, comments and casts are left alone. */
const parts = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\/|::|:([a-z_][a-z0-9_]*)/gi;

/** Each name gets one number, wherever it stands. */
export function postgresTextOf(sql: string): PostgresText {
  const names: string[] = [];
  const text = sql.replace(parts, (part, name: string | undefined) => {
    if (name === undefined) return part;
    let number = names.indexOf(name) + 1;
    if (number === 0) number = names.push(name);
    return `$${number}`;
  });
  return { text, names };
}
