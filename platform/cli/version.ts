import { readFileSync } from "node:fs";

interface Manifest {
  readonly version: string;
  readonly repository?: string | { readonly url: string };
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as Manifest;
}

export function dopVersion(): string {
  return manifest().version;
}

/** Address of dop's own repository, as its package.json has it. */
export function dopRepository(): string | undefined {
  const { repository } = manifest();
  const url = typeof repository === "string" ? repository : repository?.url;
  return url?.replace(/^git\+/, "").replace(/\.git$/, "");
}
