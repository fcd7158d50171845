import { hash } from "node:crypto";
import { type FileStat, type FileSystem, realFiles } from "./file-system.ts";
import { type SeenAnswers, SeenFiles } from "./seen-files.ts";

/** What is remembered of a file between loads, so that an unchanged one need not be read. */
export interface FileFact {
  readonly stat: FileStat;
  readonly hash: string;
}

/**
 * What is known of files during one load: each is looked at once, and its bytes are hashed only when its size,
 * times or inode differ from those remembered.
 */
export class FileFacts {
  readonly files: FileSystem;
  readonly #seen: SeenFiles;
  readonly #remembered = new Map<string, FileFact>();
  readonly #stats = new Map<string, FileStat | undefined>();
  readonly #hashes = new Map<string, string | undefined>();

  constructor(files: FileSystem = realFiles) {
    this.#seen = new SeenFiles(files);
    this.files = this.#seen;
  }

  /** `trustedBeforeMs`: a file changed at or after that time may have changed again unseen, so it is not believed. */
  remember(facts: Iterable<readonly [string, FileFact]>, trustedBeforeMs: number): void {
    for (const [path, fact] of facts) {
      if (fact.stat.modifiedMs < trustedBeforeMs && fact.stat.changedMs < trustedBeforeMs)
        this.#remembered.set(path, fact);
    }
  }

  /** Forgets what was seen of these files, or of all. Remembered hashes stay valid for equal stats. */
  forget(paths?: readonly string[]): void {
    if (paths === undefined) {
      this.#stats.clear();
      this.#hashes.clear();
      this.#seen.forget();
      return;
    }
    this.#seen.forget(paths);
    for (const path of paths) {
      this.#stats.delete(path);
      this.#hashes.delete(path);
      this.#remembered.delete(path);
    }
  }

  /** `undefined` where nothing is or nothing can be seen. */
  stat(path: string): FileStat | undefined {
    if (this.#stats.has(path)) return this.#stats.get(path);
    let stat: FileStat | undefined;
    try {
      stat = this.files.stat(path);
    } catch {
      stat = undefined;
    }
    this.#stats.set(path, stat);
    return stat;
  }

  /** SHA-256 of a file's bytes; `undefined` where there is no readable file. */
  hash(path: string): string | undefined {
    if (this.#hashes.has(path)) return this.#hashes.get(path);
    const stat = this.stat(path);
    let hash: string | undefined;
    if (stat?.kind === "file") {
      const remembered = this.#remembered.get(path);
      if (remembered !== undefined && sameStat(remembered.stat, stat)) hash = remembered.hash;
      else hash = this.#hashOfBytes(path, stat);
    }
    this.#hashes.set(path, hash);
    return hash;
  }

  /** Tells the hash of bytes that were read anyway. */
  noteBytes(path: string, bytes: Uint8Array): string {
    const hash = hashText(bytes);
    this.#hashes.set(path, hash);
    return hash;
  }

  /** What came of the files may be another thing next time: then nothing can be told of this load. */
  doubt(): void {
    this.#seen.doubt();
  }

  /** Everything asked of the files in this load; nothing where it cannot be told. */
  answers(): SeenAnswers | undefined {
    return this.#seen.answers((path) => this.#hashes.get(path));
  }

  #hashOfBytes(path: string, stat: FileStat): string | undefined {
    // A file of this size is hashed by what is known of it from outside.
    if (stat.sizeBytes > largestHashedBytes)
      return hashText(`${stat.sizeBytes}:${stat.modifiedMs}:${stat.inode}`);
    try {
      return hashText(this.files.readFile(path));
    } catch {
      return undefined;
    }
  }
}

const largestHashedBytes = 64 * 1024 * 1024;

export function hashText(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

function sameStat(a: FileStat, b: FileStat): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    a.modifiedMs === b.modifiedMs &&
    a.changedMs === b.changedMs &&
    a.inode === b.inode
  );
}
