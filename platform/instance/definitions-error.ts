import type { Problem } from "../core/problem.ts";
import { renderProblem } from "../core/render-problem.ts";

/** Stops a command that needs a definition which cannot be used; carries all its problems. */
export class DefinitionsError extends Error {
  override readonly name = "DefinitionsError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => renderProblem(problem)).join("\n\n"));
    this.problems = problems;
  }
}
