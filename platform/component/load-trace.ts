import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { type FileFact, FileFacts, hashText } from "./file-facts.ts";
import { type FileSystem, realFiles } from "./file-system.ts";
import { loadFrame } from "./load-frame.ts";
import type { LoadOptions } from "./load-options.ts";
import {
  entriesText,
  type SeenAnswers,
  type SeenFile,
  type SeenFolder,
  seenFile,
  statOrNothing,
} from "./seen-files.ts";
import type { SeenVariables } from "./seen-variables.ts";
import { writeWhole } from "./write-whole.ts";

/** All that one load came from, so that the next one can tell whether it would find the same. */
export interface LoadTrace extends SeenAnswers {
  readonly frame: string;
  /** Under which what came of the load is kept. */
  readonly id: string;
  /** Hash of the problems that the load was given. */
  readonly given: string;
  /** Keeps hashes of variables' values from being looked up elsewhere. */
  readonly salt: string;
  /** Hash of each variable's value that was asked for; null where it had none. */
  readonly variables: { readonly [name: string]: string | null };
  /** Milliseconds since 1970: a file that changed at or after that time may have changed again unseen. */
  readonly trustedBeforeMs: number;
}

/** A file that is written twice within so many milliseconds may keep its times. */
const clockGrainMs = 1000;

/** What a load that starts now may believe about times of files. */
export function trustedNow(): number {
  return Date.now() - clockGrainMs;
}

/** The trace of the last load that was kept, if it was made under the same frame. */
export function readTrace(folder: string, frame: string): LoadTrace | undefined {
  try {
    const trace = JSON.parse(readFileSync(tracePath(folder), "utf8")) as LoadTrace;
    return trace.frame === frame ? trace : undefined;
  } catch {
    return undefined;
  }
}

export interface TraceParts {
  readonly frame: string;
  readonly id: string;
  readonly answers: SeenAnswers | undefined;
  readonly variables: SeenVariables;
  readonly trustedBeforeMs: number;
}

/** Keeps the trace of a load; one that cannot be told leaves that of an earlier load, which is still true of it. */
export function writeTrace(
  folder: string,
  options: LoadOptions,
  { frame, id, answers, variables, trustedBeforeMs }: TraceParts,
): void {
  const salt = randomBytes(16).toString("hex");
  const names = variables.names();
  if (answers === undefined || names === undefined) return;
  const trace: LoadTrace = {
    frame,
    id,
    given: givenHash(options.problems),
    salt,
    variables: Object.fromEntries(names.map((name) => [name, valueHash(options.variables[name], salt)])),
    trustedBeforeMs,
    ...answers,
  };
  keep(folder, trace);
}

/**
 * The id under which an earlier load's outcome is kept, if the same load would come to the same now: nothing that it
 * asked of the files and of the variables has changed. Files are looked at, and read only where their times or sizes
 * differ or are too young to be believed.
 */
export function unchangedSince(folder: string, options: LoadOptions): string | undefined {
  const trustedBeforeMs = trustedNow();
  const trace = readTrace(folder, loadFrame(options));
  if (trace === undefined || trace.given !== givenHash(options.problems)) return undefined;
  for (const name in trace.variables) {
    if (valueHash(options.variables[name], trace.salt) !== trace.variables[name]) return undefined;
  }
  const files = options.files ?? realFiles;
  const looker = new AnswerCheck(trace, files, trustedBeforeMs);
  if (!looker.holds()) return undefined;
  if (looker.hasNews) keep(folder, { ...trace, ...looker.answers(), trustedBeforeMs });
  return trace.id;
}

/** What a trace says of files that were read, for a load that has to look at them again. */
export function* factsOf({ files }: LoadTrace): Generator<[string, FileFact]> {
  for (const path in files) {
    const seen = files[path];
    if (seen === null || typeof seen !== "object" || seen[4] === "") continue;
    const [sizeBytes, modifiedMs, changedMs, inode, hash] = seen;
    yield [path, { stat: { kind: "file", sizeBytes, modifiedMs, changedMs, inode }, hash }];
  }
}

/** Compares the answers that a load got with those that it would get now. */
class AnswerCheck {
  readonly #trace: LoadTrace;
  readonly #files: FileSystem;
  readonly #trustedBeforeMs: number;
  readonly #newFiles: Record<string, SeenFile> = {};
  readonly #newFolders: Record<string, SeenFolder> = {};
  /** Whether looking again would be quicker with what was found. */
  hasNews = false;

  constructor(trace: LoadTrace, files: FileSystem, trustedBeforeMs: number) {
    this.#trace = trace;
    this.#files = files;
    this.#trustedBeforeMs = trustedBeforeMs;
  }

  holds(): boolean {
    const { files, folders, realPaths } = this.#trace;
    for (const path in folders) if (!this.#folderHolds(path, folders[path] as SeenFolder)) return false;
    for (const path in files) if (!this.#fileHolds(path, files[path] as SeenFile)) return false;
    for (const path in realPaths) {
      try {
        if (this.#files.realPath(path) !== realPaths[path]) return false;
      } catch {
        return false;
      }
    }
    return true;
  }

  answers(): Pick<SeenAnswers, "files" | "folders"> {
    const { files, folders } = this.#trace;
    return { files: { ...files, ...this.#newFiles }, folders: { ...folders, ...this.#newFolders } };
  }

  #folderHolds(path: string, [modifiedMs, changedMs, inode, entries]: SeenFolder): boolean {
    const stat = statOrNothing(path, this.#files);
    if (stat?.kind !== "folder") return false;
    const isSame = stat.modifiedMs === modifiedMs && stat.changedMs === changedMs && stat.inode === inode;
    if (isSame && this.#isTrusted(stat)) return true;
    try {
      if (entriesText(this.#files.list(path)) !== entries) return false;
    } catch {
      return false;
    }
    this.#note(isSame, stat);
    this.#newFolders[path] = [stat.modifiedMs, stat.changedMs, stat.inode, entries];
    return true;
  }

  #fileHolds(path: string, seen: SeenFile): boolean {
    const stat = statOrNothing(path, this.#files);
    if (seen === null || typeof seen === "string") return (stat?.kind ?? null) === seen;
    const [sizeBytes, modifiedMs, changedMs, inode, hash] = seen;
    if (stat?.kind !== "file" || stat.sizeBytes !== sizeBytes) return false;
    const isSame = stat.modifiedMs === modifiedMs && stat.changedMs === changedMs && stat.inode === inode;
    if (isSame && this.#isTrusted(stat)) return true;
    if (hash === "" || new FileFacts(this.#files).hash(path) !== hash) return false;
    this.#note(isSame, stat);
    this.#newFiles[path] = seenFile(stat, hash);
    return true;
  }

  #isTrusted({ modifiedMs, changedMs }: { modifiedMs: number; changedMs: number }): boolean {
    const { trustedBeforeMs } = this.#trace;
    return modifiedMs < trustedBeforeMs && changedMs < trustedBeforeMs;
  }

  #note(isSame: boolean, { modifiedMs, changedMs }: { modifiedMs: number; changedMs: number }): void {
    const isOld = modifiedMs < this.#trustedBeforeMs && changedMs < this.#trustedBeforeMs;
    if (isOld || !isSame) this.hasNews = true;
  }
}

function keep(folder: string, trace: LoadTrace): void {
  try {
    writeWhole(tracePath(folder), JSON.stringify(trace), { newMode: 0o600 });
  } catch {
    // The next process looks at everything again.
  }
}

function tracePath(folder: string): string {
  return join(folder, "trace.json");
}

function givenHash(problems: readonly Problem[] = []): string {
  return hashText(JSON.stringify(problems));
}

function valueHash(value: string | undefined, salt: string): string | null {
  return value === undefined ? null : createHmac("sha256", salt).update(value).digest("hex").slice(0, 32);
}
