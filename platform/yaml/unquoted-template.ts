import type { Edit, Problem } from "../core/problem.ts";
import type { Span } from "../core/span.ts";

/** An unquoted template as it stands in the source; `end` is exclusive. */
export interface UnquotedTemplate {
  readonly start: number;
  readonly end: number;
}

// A file with more is broken in another way.
const mostCandidates = 1_000;

// The start of a value: after a key, a list's dash, or a bracket or comma of a flow collection.
const valueStart = /(?:^|[:\-,[]|[:\-?]\s)\s*\{\{/g;

/**
 * The places of a line-based search for `{{` at the start of a value.
 *
 * It knows no quotes and no block scalars: whoever calls it must see whether a value does start there.
 */
export function findUnquotedTemplates(text: string): UnquotedTemplate[] {
  const found: UnquotedTemplate[] = [];
  let lineStart = 0;
  while (lineStart < text.length && found.length < mostCandidates) {
    const newline = text.indexOf("\n", lineStart);
    const lineEnd = newline === -1 ? text.length : newline;
    const line = text.slice(lineStart, lineEnd);
    valueStart.lastIndex = 0;
    for (
      let match = valueStart.exec(line);
      match !== null && found.length < mostCandidates;
      match = valueStart.exec(line)
    ) {
      const start = lineStart + match.index + match[0].length - 2;
      const last = found.at(-1);
      if (last === undefined || start >= last.end) found.push({ start, end: templateEnd(text, start) });
    }
    lineStart = lineEnd + 1;
  }
  return found;
}

/**
 * Where a value that starts with `{{` ends: in a flow collection after its `}}`, else where its line ends without
 * blanks and comment.
 */
export function templateEnd(text: string, start: number): number {
  const lineStart = text.lastIndexOf("\n", start) + 1;
  const newline = text.indexOf("\n", start);
  const lineEnd = newline === -1 ? text.length : newline;
  const close = text.slice(start, lineEnd).indexOf("}}");
  const closed = close === -1 ? undefined : start + close + 2;
  if (closed !== undefined && insideFlow(text.slice(lineStart, start))) return closed;
  const comment = text.slice(start, lineEnd).search(/\s#/);
  const end = comment === -1 ? lineEnd : start + comment;
  return start + text.slice(start, end).trimEnd().length;
}

export function unquotedTemplateProblem(written: string, span: Span): Problem {
  const fix: Edit[] = written.includes("}}") ? [{ span, text: quote(written) }] : [];
  return {
    code: "unquoted-template",
    severity: "error",
    message: `\`${written}\` is not quoted, so YAML reads a mapping and no template`,
    span,
    hint: `write ${quote(written)}`,
    related: [],
    ...(fix.length === 0 ? {} : { fix }),
  };
}

function quote(written: string): string {
  if (!/["\\]/.test(written)) return `"${written}"`;
  return written.includes("'") ? JSON.stringify(written) : `'${written}'`;
}

function insideFlow(prefix: string): boolean {
  let depth = 0;
  for (const character of prefix) {
    if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
  }
  return depth > 0;
}
