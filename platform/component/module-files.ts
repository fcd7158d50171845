import { join } from "node:path";
import { documentHash } from "./document-hash.ts";
import { FileFacts } from "./file-facts.ts";
import { fileLook } from "./file-look.ts";
import { ModuleGraph } from "./module-graph.ts";

/** What a definitions module comes from, as one process found it for another that is to import it. */
export interface ModuleFiles {
  /** Relative to the project. */
  readonly file: string;
  /** As `loadProject` gives it to a module with definitions; absent where there is no such file. */
  readonly hash?: string;
  /** How the module and all local ones that it needs looked before they were read, by absolute path. */
  readonly looks: { readonly [path: string]: string };
}

/** Reads definitions modules and what they need, and imports none. */
export function moduleFiles(root: string, files: Iterable<string>): ModuleFiles[] {
  const facts = new FileFacts();
  const graph = new ModuleGraph(facts, root);
  return [...new Set(files)].map((file) => {
    const path = join(root, file);
    const looks = Object.fromEntries(graph.reachable(path).map((part) => [part, fileLook(part)]));
    const key = facts.hash(path);
    if (key === undefined) return { file, looks };
    const inputs = {
      files: {},
      lists: {},
      variables: {},
      components: {},
      modules: { [path]: graph.hash(path) },
    };
    const hash = documentHash({ root, key, type: "typescript", inputs, fingerprint: () => null });
    return { file, hash, looks };
  });
}
