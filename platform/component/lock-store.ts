import { relative, sep } from "node:path";
import type { Problem } from "../core/problem.ts";
import type { ComponentLock } from "../define/lock.ts";
import type { InputRecorder } from "./document-inputs.ts";
import type { FileFacts } from "./file-facts.ts";
import { lockFileName, type ReadLocks, readLocks } from "./lock-file.ts";
import { projectPath } from "./project-path.ts";

/** The lock files of a project, each read once as long as it does not change. */
export class LockStore {
  readonly #root: string;
  readonly #facts: FileFacts;
  readonly #read = new Map<string, ReadLocks & { readonly hash: string }>();

  constructor(root: string, facts: FileFacts) {
    this.#root = root;
    this.#facts = facts;
  }

  /** The lock of one component of a folder, recorded as an input. */
  lockOf(folder: string, name: string, inputs: InputRecorder): ComponentLock | undefined {
    const path = `${projectPath(this.#root, folder)}${sep}${lockFileName}`;
    inputs.file(path);
    return this.#locksAt(path)?.locks.get(name);
  }

  /** What is wrong with the lock files of these folders. */
  problemsIn(folders: Iterable<string>): Problem[] {
    const paths = new Set(
      [...folders].map((folder) => `${projectPath(this.#root, folder)}${sep}${lockFileName}`),
    );
    return [...paths].flatMap((path) => this.#locksAt(path)?.problems ?? []);
  }

  #locksAt(path: string): ReadLocks | undefined {
    const hash = this.#facts.hash(path);
    if (hash === undefined) return undefined;
    let known = this.#read.get(path);
    if (known?.hash !== hash) {
      const file = relative(this.#root, path).split(sep).join("/");
      known = { hash, ...readLocks(file, new TextDecoder().decode(this.#facts.files.readFile(path))) };
      this.#read.set(path, known);
    }
    return known;
  }
}
