import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { type FileFacts, hashText } from "./file-facts.ts";

const importPattern =
  /\b(?:import|export)\s[^"'`;]*?\bfrom\s*["']([^"']+)["']|\bimport\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']/g;

/** Which local modules a module imports, directly and further on, read from their text. */
export class ModuleGraph {
  readonly #facts: FileFacts;
  readonly #root: string;
  readonly #hashes = new Map<string, string>();
  readonly #imports = new Map<string, { readonly hash: string; readonly local: readonly string[] }>();

  constructor(facts: FileFacts, root: string) {
    this.#facts = facts;
    this.#root = root;
  }

  /** The module and every local one that it needs, sorted; packages are left out. */
  reachable(file: string): string[] {
    const seen = new Set([file]);
    for (const path of seen) for (const next of this.#localImports(path)) seen.add(next);
    return [...seen].sort();
  }

  /** Changes when the text of the module, or of any that it needs, does. */
  hash(file: string): string {
    let hash = this.#hashes.get(file);
    if (hash === undefined) {
      hash = this.#hashOf(file);
      this.#hashes.set(file, hash);
    }
    return hash;
  }

  /** Forgets what was found before files changed. */
  forget(): void {
    this.#hashes.clear();
  }

  /** Forgets also what modules import, which depends on what files there are. */
  forgetAll(): void {
    this.forget();
    this.#imports.clear();
  }

  #hashOf(file: string): string {
    const parts = this.reachable(file).map(
      (path) => `${relative(this.#root, path)}:${this.#facts.hash(path) ?? ""}`,
    );
    return hashText(parts.join("\n"));
  }

  #localImports(file: string): readonly string[] {
    const hash = this.#facts.hash(file);
    if (hash === undefined) return [];
    const known = this.#imports.get(file);
    if (known?.hash === hash) return known.local;
    let text = "";
    try {
      text = new TextDecoder().decode(this.#facts.files.readFile(file));
    } catch {
      // Importing it will tell what is wrong.
    }
    const local = [...text.matchAll(importPattern)]
      .map((match) => this.#resolve((match[1] ?? match[2] ?? match[3]) as string, file))
      .filter((path) => path !== undefined);
    this.#imports.set(file, { hash, local });
    return local;
  }

  /** The package.json that says what `#name` stands for is one of the files that the result comes from. */
  #notePackageOf(file: string): void {
    for (let folder = dirname(file); ; folder = dirname(folder)) {
      if (this.#facts.hash(join(folder, "package.json")) !== undefined || folder === dirname(folder)) return;
    }
  }

  #resolve(specifier: string, from: string): string | undefined {
    if (specifier.startsWith("#") && !specifier.startsWith("#platform")) {
      this.#notePackageOf(from);
      try {
        return createRequire(from).resolve(specifier);
      } catch {
        return undefined;
      }
    }
    if (!/^(\.{1,2}\/|\/|file:)/.test(specifier)) return undefined;
    const path = specifier.startsWith("file:")
      ? new URL(specifier).pathname
      : resolve(dirname(from), specifier);
    const candidates = [path, `${path}.ts`, `${path}.js`, join(path, "index.ts"), join(path, "index.js")];
    // One that is not there counts by its name, so that it changes the hash when it comes.
    return candidates.find((candidate) => this.#facts.stat(candidate)?.kind === "file") ?? path;
  }
}
