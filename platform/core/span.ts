// `core` holds the field's words as data and pure functions; it does no I/O and knows no clock.

/** A line and a column of a file, both counted from 1; a column counts UTF-16 code units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A stretch of one file. `file` is relative to the project, with `/` on every system; `end` is exclusive. */
export interface Span {
  readonly file: string;
  readonly start: Place;
  readonly end: Place;
}

/** Where a value stands inside a document: mapping keys and list indexes from the root. */
export type Path = readonly (string | number)[];

/** `["attributes", "assets", 0, "key"]` is `attributes.assets.0.key`. */
export function formatPath(path: Path): string {
  return path.join(".");
}

/** The first character of a file, for problems that concern the file as a whole. */
export function startOf(file: string): Span {
  return { file, start: { line: 1, column: 1 }, end: { line: 1, column: 1 } };
}
