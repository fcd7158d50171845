import { importModule, type ModuleExports } from "./import-module.ts";
import type { ModuleGraph } from "./module-graph.ts";

/** What came of importing a module, while its text and what it needs are the same. */
export type ImportedModule =
  | { readonly hash: string; readonly exports: ModuleExports }
  | { readonly hash: string; readonly error: unknown };

/** The modules of a project that have been imported, so that building itself need not wait. */
export class ImportedModules {
  readonly #graph: ModuleGraph;
  readonly #modules = new Map<string, ImportedModule>();

  constructor(graph: ModuleGraph) {
    this.#graph = graph;
  }

  /** Settles when the module, an absolute path, is imported or has failed. */
  async import(module: string): Promise<void> {
    const hash = this.#graph.hash(module);
    if (this.#modules.get(module)?.hash === hash) return;
    try {
      this.#modules.set(module, { hash, exports: await importModule(module, this.#graph) });
    } catch (error) {
      this.#modules.set(module, { hash, error });
    }
  }

  get(module: string): ImportedModule | undefined {
    return this.#modules.get(module);
  }
}
