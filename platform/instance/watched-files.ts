import { createHash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { access, glob, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { pipeline } from "node:stream/promises";

/** A file as it was at one look. */
export interface WatchedFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAtMs: number;
}

/** Reads a file once to see whether it can be read; its hash where that is asked for. Rejects where it cannot. */
export type ReadFile = (path: string, wish: "access" | "hash") => Promise<string>;

const atOnce = 64;

/** Files of a folder (relative to `root`) whose path matches, by their path; none where there is no folder. */
export async function watchedFiles(
  root: string,
  folder: string,
  pattern = "**/*",
): Promise<{ readonly files: readonly WatchedFile[]; readonly read: ReadFile }> {
  const cwd = isAbsolute(folder) ? folder : join(root, folder);
  const paths = await Array.fromAsync(glob(pattern, { cwd }));
  const files: WatchedFile[] = [];
  for (let from = 0; from < paths.length; from += atOnce) {
    const some = await Promise.all(paths.slice(from, from + atOnce).map((path) => seen(cwd, path)));
    files.push(...some.filter((file) => file !== undefined));
  }
  return {
    files: files.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    async read(path, wish) {
      await access(join(cwd, path), constants.R_OK);
      if (wish === "access") return "";
      const hash = createHash("sha256");
      await pipeline(createReadStream(join(cwd, path)), hash);
      return hash.digest("hex");
    },
  };
}

/** One that went away meanwhile is none. */
async function seen(cwd: string, path: string): Promise<WatchedFile | undefined> {
  const file = await stat(join(cwd, path)).catch(() => undefined);
  if (file?.isFile() !== true) return undefined;
  return {
    path: path.replaceAll("\\", "/"),
    sizeBytes: file.size,
    modifiedAtMs: Math.round(file.mtimeMs),
  };
}
