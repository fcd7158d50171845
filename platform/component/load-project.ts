// `component` loads a project: from component files to definitions, with all problems on the way.
import { readCache, writeCache } from "./cache.ts";
import { hashText } from "./file-facts.ts";
import { loadFrame } from "./load-frame.ts";
import type { LoadOptions, LoadResult } from "./load-options.ts";
import { readTrace, trustedNow, writeTrace } from "./load-trace.ts";
import { ProjectLoader } from "./project-loader.ts";
import { SeenVariables } from "./seen-variables.ts";

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
