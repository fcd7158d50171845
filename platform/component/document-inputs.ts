import { join, matchesGlob, relative, sep } from "node:path";
import { type FileFacts, hashText } from "./file-facts.ts";
import type { ModuleGraph } from "./module-graph.ts";

/** All that one document's definitions came from besides its own text; equal inputs give equal definitions. */
export interface DocumentInputs {
  /** Hash of each file that was read or asked for, by absolute path; null where there was none. */
  readonly files: { readonly [path: string]: string | null };
  /** Hash of the names that a glob found, by `folder\npattern`. */
  readonly lists: { readonly [search: string]: string };
  /** Hash of each variable's value; null where it had none. */
  readonly variables: { readonly [name: string]: string | null };
  /** Hash of each module with all that it imports, by absolute path. */
  readonly modules: { readonly [path: string]: string };
  /** Hash of each component that was looked into, by `file#document`. */
  readonly components: { readonly [id: string]: string };
}

/** What inputs are compared with. */
export interface InputSource {
  readonly facts: FileFacts;
  readonly graph: ModuleGraph;
  variableHash(name: string): string | null;
  /** `undefined` where there is no such component now. */
  componentHash(id: string): string | undefined;
}

/** Collects a document's inputs while it is built. */
export class InputRecorder {
  readonly #source: InputSource;
  // Without a prototype, as dictionaries: the engine would keep a shape for every path of a large project.
  readonly #files: Record<string, string | null> = Object.create(null);
  readonly #lists: Record<string, string> = Object.create(null);
  readonly #variables: Record<string, string | null> = {};
  readonly #modules: Record<string, string> = Object.create(null);
  readonly #components: Record<string, string> = Object.create(null);

  constructor(source: InputSource) {
    this.#source = source;
  }

  file(path: string): void {
    this.#files[path] ??= this.#source.facts.hash(path) ?? null;
  }

  /** What is made of a file did not come about: the inputs never hold. */
  failed(path: string): void {
    this.#files[path] = "failed";
  }

  list(folder: string, pattern: string): string[] {
    const found = findFiles(folder, pattern, this.#source.facts);
    this.#lists[`${folder}\n${pattern}`] = hashText(found.join("\n"));
    return found;
  }

  variable(name: string): void {
    this.#variables[name] = this.#source.variableHash(name);
  }

  module(path: string): void {
    this.#modules[path] ??= this.#source.graph.hash(path);
  }

  component(id: string, hash: string): void {
    this.#components[id] = hash;
  }

  get inputs(): DocumentInputs {
    return {
      files: this.#files,
      lists: this.#lists,
      variables: this.#variables,
      modules: this.#modules,
      components: this.#components,
    };
  }
}

/** Whether every input is still what it was. */
export function inputsHold(inputs: DocumentInputs, source: InputSource): boolean {
  const { facts, graph } = source;
  for (const path in inputs.files) if ((facts.hash(path) ?? null) !== inputs.files[path]) return false;
  for (const path in inputs.modules) if (graph.hash(path) !== inputs.modules[path]) return false;
  for (const name in inputs.variables) if (source.variableHash(name) !== inputs.variables[name]) return false;
  for (const search in inputs.lists) {
    const [folder = "", pattern = ""] = search.split("\n");
    if (hashText(findFiles(folder, pattern, facts).join("\n")) !== inputs.lists[search]) return false;
  }
  for (const id in inputs.components) if (source.componentHash(id) !== inputs.components[id]) return false;
  return true;
}

/** Files below a folder that match a glob, sorted, relative to it with `/`; hidden folders and packages are left out. */
export function findFiles(folder: string, pattern: string, facts: FileFacts): string[] {
  const found: string[] = [];
  const clean = pattern.replace(/^\.\//, "");
  const deep = clean.includes("/") || clean.includes("**");
  const visit = (at: string): void => {
    let entries: ReturnType<typeof facts.files.list>;
    try {
      entries = facts.files.list(at);
    } catch {
      return;
    }
    for (const { name, kind } of entries) {
      const path = join(at, name);
      if (kind === "folder") {
        if (deep && !name.startsWith(".") && name !== "node_modules") visit(path);
      } else if (kind === "file" || facts.stat(path)?.kind === "file") {
        const below = relative(folder, path).split(sep).join("/");
        if (matchesGlob(below, clean)) found.push(below);
      }
    }
  };
  visit(folder);
  return found.sort();
}
