import { type FileStat, type FileSystem, type FolderEntry, isAbsence } from "./file-system.ts";

/** What was found at a path: nothing, something that was not opened, or a file that was. */
export type SeenFile =
  | null
  | FileStat["kind"]
  | readonly [sizeBytes: number, modifiedMs: number, changedMs: number, inode: number, hash: string];

/** A folder whose entries were asked for, with their names and kinds as text. */
export type SeenFolder = readonly [modifiedMs: number, changedMs: number, inode: number, entries: string];

/** All that was asked of a file system, with the answers, by path. */
export interface SeenAnswers {
  readonly files: { readonly [path: string]: SeenFile };
  readonly folders: { readonly [path: string]: SeenFolder };
  /** Where paths with links in them led. */
  readonly realPaths: { readonly [path: string]: string };
}

// Asked for in every folder; the walk has listed most of those.
const ownNames = /\/(?:component|defs|lock)\.yaml$/;

/** A file system that notes what is asked of it, so that one can tell later whether the answers are still the same. */
export class SeenFiles implements FileSystem {
  readonly #files: FileSystem;
  readonly #stats = new Map<string, FileStat | undefined>();
  readonly #read = new Set<string>();
  readonly #lists = new Map<string, string>();
  readonly #realPaths = new Map<string, string>();
  #isCertain = true;

  constructor(files: FileSystem) {
    this.#files = files;
  }

  stat(path: string): FileStat | undefined {
    if (this.#isUnlisted(path)) return undefined;
    const stat = this.#told(() => this.#files.stat(path));
    // The first answer: what was read since then may be older than a later one.
    if (!this.#stats.has(path)) this.#stats.set(path, stat);
    return stat;
  }

  readFile(path: string): Uint8Array {
    this.#read.add(path);
    return this.#told(
      () => this.#files.readFile(path),
      () => this.#noteAbsence(path),
    );
  }

  list(folder: string): FolderEntry[] {
    const entries = this.#told(
      () => this.#files.list(folder),
      () => this.#noteAbsence(folder),
    );
    this.#lists.set(folder, entriesText(entries));
    return entries;
  }

  realPath(path: string): string {
    const real = this.#told(() => this.#files.realPath(path));
    this.#realPaths.set(path, real);
    return real;
  }

  /** What came of the answers may be another thing next time, whatever the files say. */
  doubt(): void {
    this.#isCertain = false;
  }

  /** Forgets what was seen of these paths, or everything. */
  forget(paths?: Iterable<string>): void {
    if (paths === undefined) {
      for (const noted of [this.#stats, this.#read, this.#lists, this.#realPaths]) noted.clear();
      this.#isCertain = true;
      return;
    }
    for (const path of paths) {
      this.#stats.delete(path);
      this.#lists.delete(path.slice(0, path.lastIndexOf("/")));
    }
  }

  /** `hashOf`: of the bytes of a file that was read, where it is known. Nothing where an answer was an error. */
  answers(hashOf: (path: string) => string | undefined): SeenAnswers | undefined {
    if (!this.#isCertain) return undefined;
    const files: Record<string, SeenFile> = Object.create(null);
    for (const [path, stat] of this.#stats) {
      const hash = hashOf(path) ?? (this.#read.has(path) ? "" : undefined);
      files[path] = stat === undefined ? null : hash === undefined ? stat.kind : seenFile(stat, hash);
    }
    for (const path of this.#read) files[path] ??= this.#unaskedFile(path, hashOf);
    const folders: Record<string, SeenFolder> = Object.create(null);
    for (const [path, entries] of this.#lists) {
      const stat = statOrNothing(path, this.#files);
      if (stat === undefined) return undefined;
      folders[path] = [stat.modifiedMs, stat.changedMs, stat.inode, entries];
    }
    return { files, folders, realPaths: Object.fromEntries(this.#realPaths) };
  }

  /** A file that was read without being looked at before. */
  #unaskedFile(path: string, hashOf: (path: string) => string | undefined): SeenFile {
    const stat = statOrNothing(path, this.#files);
    return stat === undefined ? null : seenFile(stat, hashOf(path) ?? "");
  }

  #isUnlisted(path: string): boolean {
    if (!ownNames.test(path)) return false;
    const cut = path.lastIndexOf("/");
    return this.#lists.get(path.slice(0, cut))?.includes(`\n${path.slice(cut + 1)} `) === false;
  }

  #noteAbsence(path: string): void {
    if (!this.#stats.has(path)) this.#stats.set(path, undefined);
  }

  #told<Answer>(ask: () => Answer, absent?: () => void): Answer {
    try {
      return ask();
    } catch (error) {
      if (absent !== undefined && isAbsence(error)) absent();
      else this.#isCertain = false;
      throw error;
    }
  }
}

export function seenFile(stat: FileStat, hash: string): SeenFile {
  return [stat.sizeBytes, stat.modifiedMs, stat.changedMs, stat.inode, hash];
}

/** Names and kinds, each after a line break and in front of a blank. */
export function entriesText(entries: readonly FolderEntry[]): string {
  return entries.map(({ name, kind }) => `\n${name} ${kind}`).join("");
}

/** `undefined` also where it can't be told. */
export function statOrNothing(path: string, files: FileSystem): FileStat | undefined {
  try {
    return files.stat(path);
  } catch {
    return undefined;
  }
}
