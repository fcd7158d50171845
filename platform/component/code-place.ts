import type { CodeReference } from "../core/code-reference.ts";
import type { Path, Span } from "../core/span.ts";
import type { SourceDocument } from "../yaml/document.ts";

/** Where an entry is shown: its value if that starts beside its key, else its key; `undefined` if it is not written. */
export function entrySpan(document: SourceDocument, path: Path): Span | undefined {
  const key = document.keySpan(path);
  const value = document.valueSpan(path);
  return value !== undefined && (key === undefined || key.start.line === value.start.line) ? value : key;
}

/** A stretch of a file as specs carry it. */
export function codePlace({ file, start, end }: Span): CodeReference {
  const { line, column } = start;
  return {
    file,
    line,
    column,
    ...(end.line === line && end.column > column ? { endColumn: end.column } : {}),
  };
}
