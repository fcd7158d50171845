import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Problem, ProblemCode } from "../core/problem.ts";
import type { Span } from "../core/span.ts";
import type { CheckReport, ProblemView } from "../core/views.ts";

/** What `dop check` says of a snapshot, as data. */
export function checkReport({ components, definitions, problems }: DefinitionsSnapshot): CheckReport {
  return reportOf(problems, {
    files: new Set(components.map(({ file }) => file)).size,
    documents: components.length,
    assets: definitions.assets.length,
  });
}

/** How much was looked at. */
export type CheckedCounts = Pick<CheckReport["summary"], "files" | "documents" | "assets">;

/** The same of problems alone. */
export function reportOf(problems: readonly Problem[], counts: CheckedCounts): CheckReport {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return {
    schema: "dop.check/1",
    summary: { ...counts, errors, warnings: problems.length - errors },
    problems: problems.map(problemView),
  };
}

export function problemView({
  code,
  severity,
  message,
  hint,
  span,
  path,
  related,
  fix,
}: Problem): ProblemView {
  return {
    code,
    severity,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...placeOf(span),
    ...(path === undefined ? {} : { path }),
    related: related.map((place) => ({ ...placeOf(place.span), message: place.message })),
    ...(fix === undefined ? {} : { fix: fix.map((edit) => ({ ...placeOf(edit.span), text: edit.text })) }),
  };
}

/** A problem read back from its view. */
export function problemOf({ file, range, related, fix, code, ...rest }: ProblemView): Problem {
  return {
    ...rest,
    code: code as ProblemCode,
    span: { file, ...range },
    related: related.map((place) => ({ span: { file: place.file, ...place.range }, message: place.message })),
    ...(fix === undefined
      ? {}
      : { fix: fix.map((edit) => ({ span: { file: edit.file, ...edit.range }, text: edit.text })) }),
  };
}

function placeOf({ file, start, end }: Span) {
  return { file, range: { start, end } };
}
