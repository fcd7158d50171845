import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CommandError } from "./command-context.ts";

const run = promisify(execFile);

/** A checkout of another commit beside the project's own; disposing removes it. */
export interface BaseWorktree extends AsyncDisposable {
  /** The project's folder in it, absolute. */
  readonly root: string;
  readonly commit: string;
}

/** Checks `commit` out into a temporary folder, with the project's installed packages linked into it. */
export async function createBaseWorktree(root: string, commit: string): Promise<BaseWorktree> {
  const prefix = (await git(root, ["rev-parse", "--show-prefix"])).trim();
  const folder = mkdtempSync(join(tmpdir(), "dop-diff-"));
  const remove = async (): Promise<void> => {
    rmSync(folder, { recursive: true, force: true });
    await git(root, ["worktree", "prune"]);
  };
  try {
    await git(root, ["worktree", "add", "--detach", "--quiet", join(folder, "base"), commit]);
    const baseRoot = join(folder, "base", prefix);
    if (!existsSync(baseRoot))
      throw new CommandError(`there is no project in ${prefix} at ${commit.slice(0, 12)}`);
    linkPackages(root, baseRoot);
    return { root: baseRoot, commit, [Symbol.asyncDispose]: remove };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** What a project's own classes import; a commit that keeps its packages in git has them already. */
function linkPackages(root: string, baseRoot: string): void {
  for (const name of ["node_modules", ".venv"]) {
    const target = join(root, name);
    if (existsSync(target) && !existsSync(join(baseRoot, name)))
      symlinkSync(target, join(baseRoot, name), "junction");
  }
}

/**
 * The commit to compare with: what `base` names, else where this branch left the default branch. On the default
 * branch itself that is its last commit, so that the work not yet committed is compared.
 */
export async function baseCommit(root: string, base: string | undefined): Promise<string> {
  if (base !== undefined) {
    const commit = await tryGit(root, [
      "rev-parse",
      "--verify",
      "--quiet",
      "--end-of-options",
      `${base}^{commit}`,
    ]);
    if (commit === undefined) {
      throw new CommandError(
        `\`${base}\` names no commit`,
        "name a branch, tag or commit, or a file written by `dop snapshot --out`",
      );
    }
    return commit;
  }
  if ((await tryGit(root, ["rev-parse", "--verify", "--quiet", "HEAD"])) === undefined) {
    throw new CommandError(
      "there is no commit to compare with",
      "`dop diff` needs a git repository with at least one commit",
    );
  }
  const remoteDefault = await tryGit(root, [
    "symbolic-ref",
    "--quiet",
    "--short",
    "refs/remotes/origin/HEAD",
  ]);
  for (const branch of [remoteDefault, "origin/main", "origin/master", "main", "master"]) {
    if (branch === undefined) continue;
    const commit = await tryGit(root, ["merge-base", "HEAD", branch]);
    if (commit !== undefined) return commit;
  }
  throw new CommandError("no default branch was found", "name what to compare with: `dop diff BASE`");
}

async function tryGit(root: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await git(root, args)).trim();
  } catch (thrown) {
    if (thrown instanceof CommandError && isAbsent(thrown.cause)) throw thrown;
    return undefined;
  }
}

async function git(root: string, args: readonly string[]): Promise<string> {
  try {
    // Hooks and settings of the user's checkout are not for a copy of ours.
    const { stdout } = await run(
      "git",
      ["-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", ...args],
      {
        cwd: root,
        maxBuffer: 64 * 1024 * 1024,
        windowsHide: true,
      },
    );
    return stdout;
  } catch (thrown) {
    const { stderr = "" } = thrown as { stderr?: string };
    const message = isAbsent(thrown) ? "git is not installed" : `git ${args[0]} failed: ${stderr.trim()}`;
    throw Object.assign(new CommandError(message), { cause: thrown });
  }
}

function isAbsent(thrown: unknown): boolean {
  return (thrown as { code?: unknown } | undefined)?.code === "ENOENT";
}
