import type { Problem, ProblemCode } from "../core/problem.ts";
import type { Span } from "../core/span.ts";

export type ProblemDetails = Partial<Pick<Problem, "severity" | "path" | "hint" | "related" | "fix">>;

/** An error without related places, unless told otherwise. */
export function problemAt(
  span: Span,
  code: ProblemCode,
  message: string,
  details: ProblemDetails = {},
): Problem {
  return { code, severity: "error", message, span, related: [], ...details };
}
