import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { Span } from "../core/span.ts";
import type { MergeProblems } from "./merge-problems.ts";
import type { SelectionFault } from "./selection-tokens.ts";

/** Tells that a selection in the user's files is wrong, or that it matches nothing. */
export function reportSelectionFault(
  { span, text, component }: { readonly span: Span; readonly text: string; readonly component: ComponentId },
  fault: { readonly fault: SelectionFault } | { readonly empty: string | undefined },
  problems: MergeProblems,
): void {
  if ("empty" in fault) {
    problems.report({
      code: "empty-selection",
      severity: "warning",
      message: `the selection \`${text}\` matches no asset`,
      hint: fault.empty,
      span,
    });
    return;
  }
  const { reason, hint, column } = fault.fault;
  problems.report(
    {
      code: "invalid-selection",
      message: `the selection \`${text}\` is wrong at its column ${column}: ${reason}`,
      hint,
      span: placeInside(span, text, column),
    },
    component,
  );
}

/** The exact place where the span holds the text alone, with or without quotes; otherwise the span's start. */
function placeInside(span: Span, text: string, column: number): Span {
  const { start, end } = span;
  const quotes = end.column - start.column - text.length;
  if (start.line !== end.line || (quotes !== 0 && quotes !== 2)) return span;
  const place = { line: start.line, column: start.column + quotes / 2 + column - 1 };
  return { file: span.file, start: place, end: { line: place.line, column: place.column + 1 } };
}
