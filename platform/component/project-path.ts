import { join, sep } from "node:path";

/**
 * The absolute path of a file or folder that is named relative to the project, with `/` and without `..` inside. Takes
 * a tenth of the time of `join`, which counts where every file passes several times.
 */
export function projectPath(root: string, path: string): string {
  return sep === "/" && !path.startsWith(".") && !root.endsWith("/") ? `${root}/${path}` : join(root, path);
}
