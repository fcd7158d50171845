import type { Problem } from "../core/problem.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import type { LinesOf } from "./report/source-lines.ts";

/** Says why a command ended without doing as asked; gives its exit code. */
export async function tellFailure(thrown: unknown, context: CommandContext): Promise<number> {
  const { InstanceError } = await import("../instance/instance-error.ts");
  if (thrown instanceof CommandError || thrown instanceof InstanceError) {
    context.say(`error: ${thrown.message}`);
    if (thrown.hint !== undefined) context.say(`hint: ${thrown.hint}`);
    return 2;
  }
  if (thrown instanceof Error && carriesProblems(thrown)) {
    const { renderProblem } = await import("../core/render-problem.ts");
    const linesOf = await linesAround(context.folder);
    for (const problem of thrown.problems) context.say(`${renderProblem(problem, { linesOf })}\n`);
    return 2;
  }
  context.say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  context.say("This is a defect of dop, not of your files. Please report it with the lines above.");
  return 2;
}

/** Lines of the project that the command was started in, as far as there is one. */
async function linesAround(folder: string): Promise<LinesOf> {
  const { findProjectRoot } = await import("../instance/project-root.ts");
  const { sourceLines } = await import("./report/source-lines.ts");
  try {
    return sourceLines(findProjectRoot(folder));
  } catch {
    return () => undefined;
  }
}

/** Errors of the lower floors that hold problems are known by that, not by their class. */
function carriesProblems(error: Error): error is Error & { readonly problems: readonly Problem[] } {
  return "problems" in error && Array.isArray(error.problems);
}
