import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { showText } from "../core/display-text.ts";
import { countChanges, diffSnapshots, type SnapshotDiff } from "../graph/diff-snapshots.ts";
import { diffJson, renderDiffMarkdown, renderDiffText } from "../graph/render-diff.ts";
import { baseCommit, createBaseWorktree } from "./base-worktree.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import {
  type LoadedDefinitions,
  loadDefinitions,
  loadSnapshot,
  printedSnapshot,
  tellWhatIsMissing,
} from "./load-definitions.ts";
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
  const before = await baseSnapshot(base, { choice, after }, context);
  const errors = before.problems.filter(({ severity }) => severity === "error").length;
  if (errors > 0) context.say(`${counted(errors, "error")} in the base: what they concern is missing there`);
  const diff = diffSnapshots(printedSnapshot(before), printedSnapshot(after.snapshot));
  context.print(textOf(diff, format).trimEnd());
  return isRefused(diff, failOn) ? 1 : 0;
}

async function baseSnapshot(
  base: string | undefined,
  { choice, after }: { choice: ProjectChoice; after: LoadedDefinitions },
  context: CommandContext,
): Promise<DefinitionsSnapshot> {
  const file = base === undefined ? undefined : resolve(context.folder, base);
  if (file !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    return readSnapshot(file);
  const commit = await baseCommit(after.root, base);
  context.progress(`loading ${commit.slice(0, 12)}`);
  await using worktree = await createBaseWorktree(after.root, commit);
  // The same variables on both sides, so that only the files make a difference.
  const snapshot = await loadSnapshot(
    { root: worktree.root, env: choice.env, variables: after.variables },
    context,
  );
  context.progress("");
  return snapshot;
}

function readSnapshot(file: string): DefinitionsSnapshot {
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(file, "utf8"));
  } catch (thrown) {
    throw new CommandError(
      `${file} cannot be read as JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  if ((parsed as { schema?: unknown } | null)?.schema !== "dop.snapshot/1") {
    throw new CommandError(`${file} holds no snapshot`, "`dop snapshot --out FILE` writes one");
  }
  return parsed as DefinitionsSnapshot;
}

function textOf(diff: SnapshotDiff, format: DiffOptions["format"]): string {
  if (format === "json") return JSON.stringify(diffJson(diff), undefined, 2);
  return format === "markdown" ? renderDiffMarkdown(diff) : showText(renderDiffText(diff));
}

function isRefused(diff: SnapshotDiff, failOn: DiffOptions["failOn"]): boolean {
  if (failOn === "any") return diff.changes.length > 0;
  return failOn === "removed" && countChanges(diff).removed > 0;
}
