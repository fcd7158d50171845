import { glob, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";

/** A file as it was at one look. */
export interface WatchedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** Files of a folder (relative to `root`) whose path matches, by their path; none where there is no folder. */
export async function watchedFiles(root: string, folder: string, pattern = "**/*"): Promise<WatchedFile[]> {
  const cwd = isAbsolute(folder) ? folder : join(root, folder);
  const found: WatchedFile[] = [];
  for await (const path of glob(pattern, { cwd })) {
    const file = await stat(join(cwd, path)).catch(() => undefined);
    // One that went away meanwhile is none.
    if (file?.isFile() !== true) continue;
    found.push({
      path: path.replaceAll("\\", "/"),
      sizeBytes: file.size,
      modifiedAtMs: Math.round(file.mtimeMs),
    });
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
