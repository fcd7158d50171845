import { type FSWatcher, lstatSync, readdirSync, watch } from "node:fs";
import { join, relative, sep } from "node:path";

export interface WatchTreeOptions {
  /** Files that changed within one burst, relative to the root, sorted, with `/`. */
  onChange(files: readonly string[]): void;
  /** A folder that cannot be watched, such as one past the system's limit of watches. */
  onFailure?(folder: string, error: Error): void;
  /** Milliseconds of silence that end a burst. */
  quietMs?: number;
}

/** Folders in which nothing is a definition. */
const ignoredFolders: ReadonlySet<string> = new Set([".dop", ".git", ".venv", "node_modules", "__pycache__"]);

/** What editors write beside the file that they save. */
const ignoredFiles = /(^\.#|^#.*#$|~$|\.sw[a-z]$|^4913$|\.tmp$)/;

/**
 * Watches a folder and all below it, besides those that hold no definitions; symbolic links are not followed.
 *
 * One watch a folder: Node's own recursive watch on Linux takes one a file and walks `node_modules`.
 */
export function watchTree(root: string, { onChange, onFailure, quietMs = 20 }: WatchTreeOptions): Disposable {
  const watchers = new Map<string, FSWatcher>();
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const report = (path: string) => {
    changed.add(relative(root, path).split(sep).join("/"));
    clearTimeout(timer);
    timer = setTimeout(() => {
      const files = [...changed].toSorted();
      changed.clear();
      onChange(files);
    }, quietMs);
  };

  const forget = (folder: string) => {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(folder + sep)) continue;
      watcher.close();
      watchers.delete(path);
    }
  };

  /** With `fresh`, files inside are news: they may have been written before the watch stood. */
  const add = (folder: string, { fresh }: { fresh: boolean }) => {
    if (watchers.has(folder)) return;
    try {
      const watcher = watch(folder, (_event, name) => {
        if (name !== null) onEntry(join(folder, name), name);
      });
      watcher.on("error", () => forget(folder));
      watchers.set(folder, watcher);
    } catch (error) {
      if (error instanceof Error && !isGone(error)) onFailure?.(folder, error);
      return;
    }
    for (const entry of entriesOf(folder)) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!ignoredFolders.has(entry.name)) add(path, { fresh });
      } else if (fresh && !ignoredFiles.test(entry.name)) {
        report(path);
      }
    }
  };

  const onEntry = (path: string, name: string) => {
    if (ignoredFolders.has(name) || ignoredFiles.test(name)) return;
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
      add(path, { fresh: true });
      return;
    }
    // A name that stood for a watched folder: it was moved away or removed.
    if (watchers.has(path)) forget(path);
    report(path);
  };

  add(root, { fresh: false });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

function isGone(error: Error): boolean {
  return "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
