import type { CodeReference } from "../core/code-reference.ts";

/** The repository that a project was loaded from. */
export interface Checkout {
  /** Address of the remote, by HTTPS or SSH; absent where there is none. */
  readonly remote?: string;
  readonly commit: string;
  /** Folder of the project inside the repository, with `/`; empty at its top. */
  readonly root: string;
}

/** What addresses of code references are made from. */
export interface LinkSource {
  readonly checkout?: Checkout | undefined;
  /** Absolute folder of the project, given where who reads the address sits at the same machine. */
  readonly folder?: string;
}

/** The page that shows the line at the commit, or else a link that opens it in an editor; `undefined` for neither. */
export function codeReferenceUrl(
  { checkout, folder }: LinkSource,
  reference: CodeReference,
): string | undefined {
  const page = checkout === undefined ? undefined : pageUrl(checkout, reference);
  return page ?? (folder === undefined ? undefined : editorUrl(folder, reference));
}

/** The scheme is that of VS Code, which other editors have taken over. */
function editorUrl(folder: string, { file, line, column = 1 }: CodeReference): string {
  const path = encodedPath(`${folder.replaceAll("\\", "/")}/${file}`).replace(/^([A-Za-z])%3A/, "$1:");
  return `vscode://file/${path}:${line}:${column}`;
}

/**
 * The page of GitHub or GitLab, also self-hosted; `undefined` for other remotes. What stands in front of the host,
 * such as a token, is dropped.
 *
 * A host is taken for GitLab when a part of its name says so, and for GitHub when one has `github` in it.
 */
function pageUrl({ remote, commit, root }: Checkout, { file, line }: CodeReference): string | undefined {
  const repository = remote === undefined ? undefined : repositoryOf(remote);
  if (repository === undefined) return undefined;
  const { host, path } = repository;
  const names = host.split(":")[0]?.split(".") ?? [];
  const between = names.some((name) => name.includes("gitlab"))
    ? "/-/blob/"
    : names.some((name) => name.includes("github"))
      ? "/blob/"
      : undefined;
  if (between === undefined) return undefined;
  return `https://${host}/${path}${between}${encodeURIComponent(commit)}/${encodedPath(`${root}/${file}`)}#L${line}`;
}

function encodedPath(path: string): string {
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .map(encodeURIComponent)
    .join("/");
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
