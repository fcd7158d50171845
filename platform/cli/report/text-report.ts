import type { Problem } from "../../core/problem.ts";
import { type RenderOptions, renderProblem } from "../../core/render-problem.ts";
import type { CheckReport } from "../../core/views.ts";

type CheckSummary = CheckReport["summary"];

/** All problems as people read them, a blank line between, and the summary last. */
export function textReport(
  problems: readonly Problem[],
  summary: CheckSummary,
  options: RenderOptions,
): string {
  const blocks = problems.map((problem) => renderProblem(problem, options));
  const fixable = problems.filter(({ fix }) => fix !== undefined).length;
  const offer =
    fixable === 0 ? [] : [`${counted(fixable, "problem")} can be mended with \`dop check --fix\``];
  return [...blocks, [summaryLine(summary), ...offer].join("\n")].join("\n\n");
}

/** `2 errors, 1 warning in 3 files (12 documents, 40 assets)`. */
export function summaryLine({ files, documents, assets, errors, warnings }: CheckSummary): string {
  const where = `${counted(files, "file")} (${counted(documents, "document")}, ${counted(assets, "asset")})`;
  const found = [
    ...(errors === 0 ? [] : [counted(errors, "error")]),
    ...(warnings === 0 ? [] : [counted(warnings, "warning")]),
  ];
  return `${found.length === 0 ? "no problems" : found.join(", ")} in ${where}`;
}

/** `1 file`, `2 files`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
