import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Checkout } from "../graph/code-reference-url.ts";

const run = promisify(execFile);

/** What git says of the project's checkout; `undefined` without git, outside a repository and before its first commit. */
export async function readGitCheckout(root: string): Promise<Checkout | undefined> {
  const [head, remote] = await Promise.all([
    git(root, ["rev-parse", "--show-prefix", "HEAD"]),
    git(root, ["config", "--get", "remote.origin.url"]),
  ]);
  if (head === undefined) return undefined;
  const [folder = "", commit = ""] = head.split("\n");
  return { commit, root: folder, ...(remote === undefined ? {} : { remote: remote.trim() }) };
}

/** Where git keeps what belongs to this checkout; absolute. */
export async function gitFolderOf(root: string): Promise<string | undefined> {
  return (await git(root, ["rev-parse", "--absolute-git-dir"]))?.trim();
}

async function git(root: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", args, { cwd: root, timeout: 5000, windowsHide: true });
    return stdout;
  } catch {
    return undefined;
  }
}
