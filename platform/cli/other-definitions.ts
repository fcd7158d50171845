import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { baseCommit, createBaseWorktree } from "./base-worktree.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { type LoadedDefinitions, loadSnapshot } from "./load-definitions.ts";
import type { ProjectChoice } from "./project-choice.ts";

/**
 * The project's definitions as they are elsewhere: at a commit (where this branch left the default branch unless
 * named), or in a file of `dop snapshot --out`. They are loaded with the variables of `own`, so that only the files
 * make a difference.
 */
export async function otherDefinitions(
  ref: string | undefined,
  {
    choice,
    own,
  }: { readonly choice: ProjectChoice; readonly own: Pick<LoadedDefinitions, "root" | "variables"> },
  context: CommandContext,
): Promise<DefinitionsSnapshot> {
  const file = ref === undefined ? undefined : resolve(context.folder, ref);
  if (file !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    return readSnapshot(file);
  const commit = await baseCommit(own.root, ref);
  context.progress(`loading ${commit.slice(0, 12)}`);
  await using worktree = await createBaseWorktree(own.root, commit);
  const snapshot = await loadSnapshot(
    { root: worktree.root, toolRoot: own.root, env: choice.env, variables: own.variables },
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
