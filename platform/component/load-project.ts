// `component` loads a project: from component files to definitions, with all problems on the way.
import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { LoadedProject } from "../core/loaded-project.ts";
import type { Problem } from "../core/problem.ts";
import { readCache, writeCache } from "./cache.ts";
import type { ComponentCode } from "./component-code.ts";
import type { Configuration } from "./configuration.ts";
import type { VariableUse } from "./document-records.ts";
import { hashText } from "./file-facts.ts";
import type { FileSystem } from "./file-system.ts";
import { loadFrame } from "./load-frame.ts";
import { readTrace, trustedNow, writeTrace } from "./load-trace.ts";
import { ProjectLoader } from "./project-loader.ts";
import type { GivenClasses } from "./registry.ts";
import { SeenVariables } from "./seen-variables.ts";

export interface LoadOptions {
  /** Absolute. */
  readonly root: string;
  /** Instead of `dop` in package.json, which is then not read. */
  readonly configuration?: unknown;
  /** Of the process, merged over `.env` by `readVariables`. */
  readonly variables: { readonly [name: string]: string | undefined };
  /** What `readVariables` found wrong; it is told with all that loading finds. */
  readonly problems?: readonly Problem[];
  /** As `--env` names it; else DOP_ENVIRONMENT decides, else the first rule that holds. */
  readonly environment?: string;
  /** Absolute; absent means that nothing is kept. */
  readonly cacheFolder?: string;
  /** Only these documents are built, and what they load. */
  readonly only?: readonly ComponentId[];
  /** Whether all code is built; otherwise unchanged specs may come from the cache. */
  readonly needsCode?: boolean;
  /** Reports one error per document for variables that it does not list, instead of warnings. */
  readonly validateRequirements?: boolean;
  /** Component classes by module and name, besides those of the registry. */
  readonly classes?: GivenClasses;
  readonly files?: FileSystem;
  /** Told when the cache cannot be read or written; nothing else is lost. */
  readonly warn?: ((message: string) => void) | undefined;
}

export interface LoadResult {
  readonly project: LoadedProject;
  readonly code: ComponentCode;
  /** Every reading of a variable, and every variable that a document lists. */
  readonly variables: readonly VariableUse[];
  readonly configuration: Configuration;
  /** Absolute paths of all files that the result came from. */
  readonly watched: readonly string[];
  readonly documents: number;
  readonly files: number;
  /**
   * Equal for equal results of any process: given where the cache holds all of it. What is made of the result alone may
   * be kept under it.
   */
  readonly keptAs?: string;
}

/** Loads a project once. Everything wrong in the user's files is a problem of the result. */
export async function loadProject(options: LoadOptions): Promise<LoadResult> {
  return await createLoader(options).reload();
}

/** Keeps a project in memory and loads again only what a change concerns. */
export interface Loader {
  /** Absolute paths of changed, new and removed files; absent means that anything may have changed. */
  reload(changedFiles?: readonly string[]): Promise<LoadResult>;
}

export function createLoader(options: LoadOptions): Loader {
  const { cacheFolder, only } = options;
  if (cacheFolder === undefined) {
    const loader = new ProjectLoader(options);
    return { reload: (changedFiles) => loader.load(changedFiles) };
  }
  const { warn } = options;
  let frame = loadFrame(options);
  const records = readCache(cacheFolder, { frame, warn });
  const seen = new SeenVariables(options.variables);
  const loader = new ProjectLoader(
    { ...options, variables: seen.variables },
    { records, trace: readTrace(cacheFolder, frame) },
  );
  let { id } = records;
  return {
    async reload(changedFiles) {
      const trustedBeforeMs = trustedNow();
      seen.forget();
      // Before the load: what changes meanwhile belongs to the next one.
      frame = loadFrame(options);
      const result = await loader.load(changedFiles);
      // Not after single edits: they should show at once, and the next process finds out about them by itself.
      if (only !== undefined || changedFiles !== undefined) return result;
      if (loader.hasNews) id = writeCache(cacheFolder, loader.records(), { frame, warn });
      if (id === undefined) return result;
      const { problems, sources } = result.project;
      const keptAs = hashText(JSON.stringify([id, problems, sources]));
      const answers = loader.answers();
      writeTrace(cacheFolder, options, { frame, id: keptAs, answers, variables: seen, trustedBeforeMs });
      return { ...result, keptAs };
    },
  };
}
