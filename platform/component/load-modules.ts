import { join } from "node:path";
import type { LoadedComponent } from "../core/loaded-project.ts";
import { ComponentCode, idText } from "./component-code.ts";
import { loadDefinitionsModule } from "./definitions-module.ts";
import { documentHash } from "./document-hash.ts";
import { FileFacts } from "./file-facts.ts";
import { ImportedModules } from "./imported-modules.ts";
import { ModuleGraph } from "./module-graph.ts";

export interface LoadedModules {
  /** With the hashes that `loadProject` gives them; modules without definitions are left out. */
  readonly components: readonly Pick<LoadedComponent, "file" | "document" | "hash" | "status">[];
  readonly code: ComponentCode;
}

/**
 * Definitions modules alone, by their files in the project: nothing of what component files need is loaded for them,
 * which for a process of one step is most of its time.
 */
export async function loadModules(root: string, files: Iterable<string>): Promise<LoadedModules> {
  const facts = new FileFacts();
  const graph = new ModuleGraph(facts, root);
  const modules = new ImportedModules(graph);
  const components: LoadedComponent[] = [];
  const built = new Map<string, { definitions: object }>();
  for (const file of new Set(files)) {
    const path = join(root, file);
    const key = facts.hash(path);
    if (key === undefined) continue;
    const hash = graph.hash(path);
    await modules.import(path);
    const module = modules.get(path);
    if (module === undefined) continue;
    const text = new TextDecoder().decode(facts.files.readFile(path));
    const loaded = loadDefinitionsModule({ file, name: file, text, root, module });
    if (loaded.definitions === undefined && loaded.problems.length === 0) continue;
    const inputs = { files: {}, lists: {}, variables: {}, components: {}, modules: { [path]: hash } };
    const { type } = loaded.loaded;
    components.push({
      ...loaded.loaded,
      hash: documentHash({ root, key, type, inputs, fingerprint: () => null }),
    });
    built.set(idText({ file, document: 1 }), { definitions: loaded.definitions ?? {} });
  }
  return { components, code: new ComponentCode(built) };
}
