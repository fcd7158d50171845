import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What git says of the project's checkout. */
export interface GitCheckout {
  readonly commit: string;
  /** Folder of the project inside the repository, with `/` at the end unless it is the repository's own. */
  readonly prefix: string;
  /** Address of the repository's page on GitHub or GitLab; absent where there is no such remote. */
  readonly webUrl?: string;
}

const run = promisify(execFile);

/** `undefined` without git, outside a repository and before its first commit. */
export async function readGitCheckout(root: string): Promise<GitCheckout | undefined> {
  const [head, remote] = await Promise.all([
    git(root, ["rev-parse", "--show-prefix", "HEAD"]),
    git(root, ["config", "--get", "remote.origin.url"]),
  ]);
  if (head === undefined) return undefined;
  const [prefix = "", commit = ""] = head.split("\n");
  const webUrl = remote === undefined ? undefined : webUrlOf(remote.trim());
  return { commit, prefix, ...(webUrl === undefined ? {} : { webUrl }) };
}

/** Where a line of a project's file can be read at the commit; GitHub and GitLab. */
export function sourceUrl(
  { commit, prefix, webUrl }: GitCheckout,
  file: string,
  line: number,
): string | undefined {
  if (webUrl === undefined) return undefined;
  const path = `${prefix}${file}`.split("/").map(encodeURIComponent).join("/");
  const blob = new URL(webUrl).hostname.includes("gitlab") ? "-/blob" : "blob";
  return `${webUrl}/${blob}/${commit}/${path}#L${line}`;
}

/**
 * `git@github.com:shop/data.git` and `https://name:token@gitlab.com/shop/data` as the address of a page; what else
 * stands in the address, such as a token, is dropped. `undefined` for other hosts and for folders.
 */
export function webUrlOf(remote: string): string | undefined {
  const scp = /^(?:[^@/]+@)?([^:/]+):(?!\/\/)(.+)$/.exec(remote);
  const parsed = scp === null ? URL.parse(remote) : URL.parse(`ssh://${scp[1]}/${scp[2]}`);
  if (parsed === null || !/(^|\.)(github|gitlab)\./.test(parsed.hostname)) return undefined;
  const path = parsed.pathname.replace(/\/+$/, "").replace(/\.git$/, "");
  return `https://${parsed.hostname}${path}`;
}

async function git(root: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", args, { cwd: root, timeout: 5000, windowsHide: true });
    return stdout;
  } catch {
    return undefined;
  }
}
