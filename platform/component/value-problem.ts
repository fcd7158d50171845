import type { Problem } from "../core/problem.ts";
import { formatPath, type Path, type Span } from "../core/span.ts";
import type { SourceDocument } from "../yaml/document.ts";
import { entrySpan } from "./code-place.ts";
import { problemAt } from "./make-problem.ts";
import type { ValueProblem } from "./read-value.ts";

/** A wrong value as a problem at its place: a key at the key, a value that starts beside its key at the value. */
export function valueProblem(document: SourceDocument, path: Path, problem: ValueProblem): Problem {
  const { code, message, hint, fix } = problem;
  const key = document.keySpan(path);
  const value = document.valueSpan(path);
  const isAboutKey = code === "unknown-attribute" || code === "missing-attribute";
  const span = (isAboutKey ? undefined : entrySpan(document, path)) ?? document.nearestSpan(path);
  const text = fix === undefined ? undefined : "quote" in fix ? quoted(document, value) : fix.replaceKey;
  const edited = fix !== undefined && "quote" in fix ? value : key;
  return problemAt(span, code, message, {
    path: formatPath(path),
    ...(hint === undefined ? {} : { hint }),
    ...(text === undefined || edited === undefined ? {} : { fix: [{ span: edited, text }] }),
  });
}

function quoted(document: SourceDocument, span: Span | undefined): string | undefined {
  const written = span === undefined ? undefined : writtenText(document, span);
  return written === undefined ? undefined : JSON.stringify(written);
}

/** The characters of a span that lies on one line. */
export function writtenText(document: SourceDocument, { start, end }: Span): string | undefined {
  if (start.line !== end.line) return undefined;
  let at = 0;
  for (let line = 1; line < start.line; line++) {
    at = document.text.indexOf("\n", at) + 1;
    if (at === 0) return undefined;
  }
  return document.text.slice(at + start.column - 1, at + end.column - 1);
}
