import type { CodeReference } from "../core/asset.ts";

/** The repository that a project was loaded from. */
export interface Checkout {
  /** Address of the remote, by HTTPS or SSH. */
  readonly remote: string;
  readonly commit: string;
  /** Folder of the project inside the repository, with `/`; empty at its top. */
  readonly root: string;
}

/**
 * The page of GitHub or GitLab (also self-hosted) that shows the line at the commit; `undefined` for other remotes.
 *
 * A host is taken for GitLab when its name says so, and for GitHub's own kind when it has `github` in it.
 */
export function codeReferenceUrl(
  { remote, commit, root }: Checkout,
  { file, line }: CodeReference,
): string | undefined {
  const repository = repositoryOf(remote);
  if (repository === undefined) return undefined;
  const { host, path } = repository;
  const names = host.split(":")[0]?.split(".") ?? [];
  const between = names.some((name) => name.includes("gitlab"))
    ? "/-/blob/"
    : names.some((name) => name.includes("github"))
      ? "/blob/"
      : undefined;
  if (between === undefined) return undefined;
  const inside = [...root.split("/"), ...file.split("/")]
    .filter((part) => part !== "" && part !== ".")
    .map(encodeURIComponent)
    .join("/");
  return `https://${host}/${path}${between}${encodeURIComponent(commit)}/${inside}#L${line}`;
}

/** `git@host:group/name.git`, `ssh://git@host:22/group/name.git` and `https://user@host/group/name.git` name one place. */
function repositoryOf(remote: string): { readonly host: string; readonly path: string } | undefined {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/)([^\s]+)$/.exec(remote);
  const url = /^(https?|ssh|git):\/\/(?:[^@/\s]+@)?([^/:\s]+)(:\d+)?\/([^\s?#]+)$/.exec(remote);
  // A port of SSH is not one of the web pages.
  const host = url === null ? scp?.[1] : url[1]?.startsWith("http") ? `${url[2]}${url[3] ?? ""}` : url[2];
  const written = url === null ? scp?.[2] : url[4];
  const path = written
    ?.replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .replace(/^\/+/, "");
  if (host === undefined || path === undefined || path === "") return undefined;
  return {
    host,
    path: path
      .split("/")
      .map((part) => encodeURIComponent(decodeURI(part)))
      .join("/"),
  };
}
