import { readdirSync, readFileSync, realpathSync, statSync } from "node:fs";

/** What a file system says of one path without opening it. */
export interface FileStat {
  readonly kind: "file" | "folder" | "other";
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly inode: number;
}

export interface FolderEntry {
  readonly name: string;
  readonly kind: "file" | "folder" | "link" | "other";
}

/** The port through which loading reads a project; paths are absolute. */
export interface FileSystem {
  /** Follows links; `undefined` where nothing is. Throws for what cannot be looked at, such as a circle of links. */
  stat(path: string): FileStat | undefined;
  readFile(path: string): Uint8Array;
  /** Sorted by name. */
  list(folder: string): FolderEntry[];
  realPath(path: string): string;
}

const absent: ReadonlySet<unknown> = new Set(["ENOENT", "ENOTDIR"]);

/** The machine's own files. */
export const realFiles: FileSystem = {
  stat(path) {
    try {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) return undefined;
      return {
        kind: stat.isFile() ? "file" : stat.isDirectory() ? "folder" : "other",
        sizeBytes: stat.size,
        modifiedMs: stat.mtimeMs,
        changedMs: stat.ctimeMs,
        inode: stat.ino,
      };
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  },
  readFile: (path) => readFileSync(path),
  list(folder) {
    const entries = readdirSync(folder, { withFileTypes: true }).map((entry) => ({
      name: entry.name,
      kind: entry.isFile()
        ? "file"
        : entry.isDirectory()
          ? "folder"
          : entry.isSymbolicLink()
            ? "link"
            : "other",
    })) as FolderEntry[];
    return entries.sort(byName);
  },
  realPath: (path) => realpathSync.native(path),
};

/** Files held in memory by absolute path, for tests; folders are implied. */
export function memoryFiles(files: { readonly [path: string]: string }): FileSystem {
  const contents = new Map(
    Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]),
  );
  const folders = new Map<string, Map<string, FolderEntry["kind"]>>();
  for (const path of contents.keys()) {
    let below = path;
    let kind: FolderEntry["kind"] = "file";
    for (let at = below.lastIndexOf("/"); at >= 0; at = below.lastIndexOf("/")) {
      const folder = below.slice(0, at) || "/";
      const entries = folders.get(folder) ?? new Map();
      folders.set(folder, entries);
      entries.set(below.slice(at + 1), kind);
      kind = "folder";
      below = below.slice(0, at);
    }
  }
  const noTimes = { modifiedMs: 0, changedMs: 0, inode: 0 };
  return {
    stat(path) {
      const bytes = contents.get(path);
      if (bytes !== undefined) return { kind: "file", sizeBytes: bytes.byteLength, ...noTimes };
      return folders.has(path) ? { kind: "folder", sizeBytes: 0, ...noTimes } : undefined;
    },
    readFile(path) {
      const bytes = contents.get(path);
      if (bytes === undefined) throw Object.assign(new Error(`no such file: ${path}`), { code: "ENOENT" });
      return bytes;
    },
    list: (folder) => [...(folders.get(folder) ?? [])].map(([name, kind]) => ({ name, kind })).sort(byName),
    realPath: (path) => path,
  };
}

/** Whether an error says that there is nothing at the path. */
export function isAbsence(error: unknown): boolean {
  return absent.has(errorCode(error));
}

export function errorCode(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
}

function byName(a: FolderEntry, b: FolderEntry): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
