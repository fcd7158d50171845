import { join } from "node:path";
import { type ComponentContext, isPlainObject, ProblemError } from "#platform";

/** What dbt reads of a project: one hash of all its files, and their absolute paths. */
export interface ProjectFiles {
  readonly hash: string;
  readonly files: readonly string[];
}

/** Where dbt looks unless dbt_project.yml says otherwise. */
const usualPaths: { readonly [setting: string]: readonly string[] } = {
  "model-paths": ["models"],
  "seed-paths": ["seeds"],
  "snapshot-paths": ["snapshots"],
  "test-paths": ["tests"],
  "analysis-paths": ["analyses"],
  "macro-paths": ["macros"],
  "function-paths": ["functions"],
  "docs-paths": [],
};

/**
 * The files that decide what dbt makes of a project: its settings, what lies in the folders that they name, installed
 * packages and local ones. What dbt writes, in `target` and `logs`, is not among them.
 */
export function projectFiles(
  context: ComponentContext,
  { project, profilesFolder }: { readonly project: string; readonly profilesFolder?: string | undefined },
): ProjectFiles {
  const parts = [...partsOf(context, project, new Set())];
  if (profilesFolder !== undefined && profilesFolder !== project) {
    parts.push(context.filesBelow(profilesFolder, "profiles.{yml,yaml}"));
  }
  return {
    hash: parts.map(({ hash }) => hash).join(" "),
    files: parts.flatMap(({ files }) => files),
  };
}

function* partsOf(context: ComponentContext, project: string, seen: Set<string>): Generator<ProjectFiles> {
  const folder = context.resolvePath(project);
  if (seen.has(folder)) return;
  seen.add(folder);
  yield context.filesBelow(project, "*.{yml,yaml}");
  const settings = readMapping(context, join(project, "dbt_project.yml"));
  const named = Object.entries(usualPaths).flatMap(([setting, usual]) => pathsOf(settings[setting], usual));
  const installed = pathsOf(settings["packages-install-path"], ["dbt_packages"]);
  for (const path of new Set([...named, ...installed])) yield context.filesBelow(join(project, path), "**/*");
  for (const path of localPackages(context, project)) {
    try {
      yield* partsOf(context, join(project, path), seen);
    } catch (error) {
      // A package outside the project is not watched: dbt says what is wrong with it, if anything is.
      if (!(error instanceof ProblemError)) throw error;
    }
  }
}

function pathsOf(written: unknown, usual: readonly string[]): readonly string[] {
  if (typeof written === "string") return [written];
  return Array.isArray(written) ? written.map(String) : usual;
}

function localPackages(context: ComponentContext, project: string): string[] {
  return ["packages.yml", "dependencies.yml"].flatMap((file) => {
    const { packages } = readMapping(context, join(project, file));
    if (!Array.isArray(packages)) return [];
    return packages.flatMap((one: unknown) =>
      isPlainObject(one) && typeof one["local"] === "string" ? [one["local"]] : [],
    );
  });
}

/** What is wrong with dbt's own files is for dbt to tell. */
function readMapping(context: ComponentContext, file: string): { readonly [key: string]: unknown } {
  if (!context.exists(file)) return {};
  try {
    const value = context.readYaml(file);
    return isPlainObject(value) ? value : {};
  } catch (error) {
    if (error instanceof ProblemError) return {};
    throw error;
  }
}
