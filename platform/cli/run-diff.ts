import { showText } from "../core/display-text.ts";
import { countChanges, diffSnapshots, type SnapshotDiff } from "../graph/diff-snapshots.ts";
import { diffJson, renderDiffMarkdown, renderDiffText } from "../graph/render-diff.ts";
import type { CommandContext } from "./command-context.ts";
import { loadDefinitions, printedSnapshot, tellWhatIsMissing } from "./load-definitions.ts";
import { otherDefinitions } from "./other-definitions.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { counted } from "./report/text-report.ts";

export interface DiffOptions extends ProjectChoice {
  /** A commit, or a file with a snapshot. */
  readonly base: string | undefined;
  readonly format: "text" | "markdown" | "json";
  readonly failOn: "any" | "removed" | "none";
}

/** Compares the project with its base and prints the difference; gives the exit code. */
export async function runDiff(
  { base, format, failOn, ...choice }: DiffOptions,
  context: CommandContext,
): Promise<number> {
  const after = await loadDefinitions(choice, context);
  tellWhatIsMissing(after.snapshot, context);
  const before = await otherDefinitions(base, { choice, own: after }, context);
  const errors = before.problems.filter(({ severity }) => severity === "error").length;
  if (errors > 0) context.say(`${counted(errors, "error")} in the base: what they concern is missing there`);
  const diff = diffSnapshots(printedSnapshot(before), printedSnapshot(after.snapshot));
  context.print(textOf(diff, format).trimEnd());
  return isRefused(diff, failOn) ? 1 : 0;
}

function textOf(diff: SnapshotDiff, format: DiffOptions["format"]): string {
  if (format === "json") return JSON.stringify(diffJson(diff), undefined, 2);
  return format === "markdown" ? renderDiffMarkdown(diff) : showText(renderDiffText(diff));
}

function isRefused(diff: SnapshotDiff, failOn: DiffOptions["failOn"]): boolean {
  if (failOn === "any") return diff.changes.length > 0;
  return failOn === "removed" && countChanges(diff).removed > 0;
}
