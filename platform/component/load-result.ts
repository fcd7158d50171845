import { join } from "node:path";
import type { LoadedProject } from "../core/loaded-project.ts";
import { type Problem, sortProblems } from "../core/problem.ts";
import { type BuiltCode, ComponentCode, idText } from "./component-code.ts";
import type { Configuration } from "./configuration.ts";
import type { SourceFile } from "./discover.ts";
import type { KeptDocument } from "./document-records.ts";
import type { FileFacts } from "./file-facts.ts";
import type { LoadResult } from "./load-options.ts";
import type { ModuleGraph } from "./module-graph.ts";
import type { ProjectFiles } from "./project-files.ts";
import { projectPath } from "./project-path.ts";
import { unusedVariableProblems, type VariableOwner } from "./unused-variables.ts";

export interface LoadedParts {
  readonly kept: readonly KeptDocument[];
  readonly sources: readonly SourceFile[];
  /** Those that belong to no document. */
  readonly problems: readonly Problem[];
  readonly configuration: Configuration;
  readonly root: string;
  readonly facts: FileFacts;
  readonly graph: ModuleGraph;
  readonly files: ProjectFiles;
  readonly built: ReadonlyMap<string, BuiltCode>;
  /** Whether every document was loaded. */
  readonly isWhole: boolean;
}

/** Everything that one load found, in the order of files and documents. */
export function loadResult(parts: LoadedParts): LoadResult {
  const { kept, sources, configuration, root, facts, files, built, isWhole } = parts;
  const unused = isWhole ? unusedVariableProblems(variableOwners(kept, files), kept) : [];
  const problems = [...parts.problems, ...kept.flatMap((document) => document.problems), ...unused];
  const { environment, keyPrefix, io, pools, rules } = configuration;
  const project: LoadedProject = {
    environment,
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    io,
    pools,
    rules,
    components: kept.map(({ loaded }) => loaded),
    sources: sources.map(({ file }) => ({ file, hash: facts.hash(projectPath(root, file)) ?? "" })),
    problems: sortProblems(problems),
  };
  const code = kept.map(
    ({ loaded }) => [idText(loaded), built.get(idText(loaded)) ?? { definitions: {} }] as const,
  );
  const counts = sources.map(({ kind, file }) =>
    kind === "component" ? files.get(file).record.documents.length : 0,
  );
  return {
    project,
    code: new ComponentCode(new Map(code)),
    variables: kept.flatMap(({ uses }) => uses),
    configuration,
    watched: watchedFiles(parts),
    documents: counts.reduce((total, count) => total + count, 0),
    files: sources.length,
  };
}

function watchedFiles({ kept, sources, root, graph }: LoadedParts): string[] {
  const watched = new Set(sources.map(({ file }) => projectPath(root, file)));
  for (const name of ["package.json", ".env"]) watched.add(join(root, name));
  const modules = new Set<string>();
  for (const { inputs } of kept) {
    for (const path in inputs.files) watched.add(path);
    for (const path in inputs.modules) modules.add(path);
  }
  for (const module of modules) for (const path of graph.reachable(module)) watched.add(path);
  return [...watched].sort();
}

function variableOwners(kept: readonly KeptDocument[], files: ProjectFiles): VariableOwner[] {
  return kept
    .filter(({ ownedNames }) => ownedNames.length > 0)
    .map((document) => ({
      document,
      span: () => {
        const { file, document: index, line } = document.loaded;
        const start = { line, column: 1 };
        const opened = files.get(file).open(index)?.document;
        return opened?.nearestSpan(["template_vars_module"]) ?? { file, start, end: start };
      },
    }));
}
