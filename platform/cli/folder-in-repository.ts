import { existsSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";

/**
 * The project's folder below its git repository, with `/` at the end; empty where it is the repository's own folder
 * or there is no repository. Code scanning and annotations count paths from the repository.
 */
export function folderInRepository(root: string): string {
  for (let folder = root; ; folder = dirname(folder)) {
    if (existsSync(join(folder, ".git"))) {
      const below = relative(folder, root).split(sep).join("/");
      return below === "" ? "" : `${below}/`;
    }
    if (folder === dirname(folder)) return "";
  }
}
