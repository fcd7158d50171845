import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { LoadedComponent } from "../core/loaded-project.ts";
import { joinDefinitions } from "../define/definitions.ts";
import { type BuiltCode, ComponentCode, idText } from "./component-code.ts";
import { exportedDefinitions } from "./exported-definitions.ts";
import { fileLook } from "./file-look.ts";
import type { ModuleExports } from "./import-module.ts";
import type { ModuleFiles } from "./module-files.ts";

export interface LoadedModules {
  /** Modules without definitions are left out; one whose files look otherwise now has the hash "". */
  readonly components: readonly Pick<LoadedComponent, "file" | "document" | "hash" | "status">[];
  readonly code: ComponentCode;
}

/**
 * Imports definitions modules that another process has read. Nothing of what component files need is loaded for them,
 * and nothing is hashed, which for a process of one step is most of its time.
 */
export async function loadModules(root: string, modules: readonly ModuleFiles[]): Promise<LoadedModules> {
  const components: LoadedModules["components"][number][] = [];
  const built = new Map<string, BuiltCode>();
  for (const { file, hash, looks } of modules) {
    if (hash === undefined) continue;
    const definitions = await definitionsAt(join(root, file));
    if (definitions === undefined) continue;
    const isSame = Object.entries(looks).every(([path, look]) => fileLook(path) === look);
    const status = definitions === "broken" ? "quarantined" : "ready";
    components.push({ file, document: 1, hash: isSame ? hash : "", status });
    if (definitions !== "broken") built.set(idText({ file, document: 1 }), { definitions });
  }
  return { components, code: new ComponentCode(built) };
}

async function definitionsAt(path: string): Promise<BuiltCode["definitions"] | "broken" | undefined> {
  let exports: ModuleExports;
  try {
    exports = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as ModuleExports;
  } catch {
    return "broken";
  }
  const found = exportedDefinitions(exports);
  return found.length === 0 ? undefined : joinDefinitions(found.map(({ definitions }) => definitions));
}
