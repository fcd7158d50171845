import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { InputRecorder } from "./document-inputs.ts";
import { type FileFacts, hashText } from "./file-facts.ts";
import { findTool, toolPlaces } from "./find-tool.ts";

export interface OutsideWorkOptions {
  /** Of the project whose tools are called. */
  readonly root: string;
  readonly variables: { readonly [name: string]: string | undefined };
  readonly facts: FileFacts;
  /** Whether work may be done, and not only what came of it before be used. */
  readonly isAllowed: boolean;
}

/** How many versions of one file stay. */
const keptVersions = 8;

/** Work of other programs that definitions are made of, such as `dbt parse`, and what is kept of it for one project. */
export class OutsideWork {
  readonly #options: OutsideWorkOptions;

  constructor(options: OutsideWorkOptions) {
    this.#options = options;
  }

  /** Where the command is missing, the document is built again once it is there. */
  findTool(name: string, inputs: InputRecorder): string | undefined {
    const { root, variables } = this.#options;
    const search = { root, path: variables["PATH"] };
    const found = findTool(name, search);
    if (found !== undefined) return found;
    inputs.variable("PATH");
    for (const place of toolPlaces(name, search)) inputs.file(place);
    return undefined;
  }

  filesBelow(
    folder: string,
    pattern: string,
    inputs: InputRecorder,
  ): { readonly hash: string; readonly files: readonly string[] } {
    const names = inputs.list(folder, pattern);
    const files = names.map((name) => join(folder, name));
    const hashes = files.map((file) => {
      inputs.file(file);
      return this.#options.facts.hash(file) ?? "";
    });
    return { hash: hashText(JSON.stringify([names, hashes])), files };
  }

  keptFile(
    { name, madeOf, make }: { name: string; madeOf: string; make: (path: string) => void },
    inputs: InputRecorder,
  ): string | undefined {
    const { root, facts, isAllowed } = this.#options;
    const folder = join(root, ".dop", "cache", "made", name);
    const path = join(folder, hashText(madeOf).slice(0, 40));
    let isThere = facts.stat(path)?.kind === "file";
    if (!isThere && isAllowed) {
      try {
        makeFile(path, { folder, make });
      } catch (error) {
        if ((error as { isLasting?: unknown }).isLasting !== true) {
          inputs.failed(path);
          facts.doubt();
        }
        throw error;
      }
      facts.forget([path]);
      isThere = true;
    }
    // The definitions hold for as long as the file does.
    inputs.file(path);
    return isThere ? path : undefined;
  }
}

/** The file is there whole or not at all. */
function makeFile(path: string, { folder, make }: { folder: string; make: (path: string) => void }): void {
  const draft = `${path}.${process.pid}.tmp`;
  mkdirSync(folder, { recursive: true });
  try {
    make(draft);
    chmodSync(draft, 0o600);
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
  const versions = readdirSync(folder)
    .filter((file) => !file.endsWith(".tmp"))
    .map((file) => join(folder, file))
    .map((file) => ({ file, madeMs: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 }))
    .sort((a, b) => b.madeMs - a.madeMs);
  for (const { file } of versions.slice(keptVersions)) rmSync(file, { force: true });
}
