import { join } from "node:path";
import type { Configuration } from "../component/configuration.ts";
import type { VariableUse } from "../component/document-records.ts";
import { loadProject } from "../component/load-project.ts";
import { readVariables } from "../component/variables.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { LoadedProject } from "../core/loaded-project.ts";
import type { Problem } from "../core/problem.ts";
import { prepareStateFolder } from "../instance/state-folder.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { snapshotOf } from "./kept-snapshot.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";
import { counted } from "./report/text-report.ts";

/** A project's definitions, loaded in this process: offline, and without its instance. */
export interface LoadedDefinitions {
  readonly root: string;
  readonly loaded: LoadedProject;
  readonly snapshot: DefinitionsSnapshot;
  readonly configuration: Configuration;
  /** The process's variables over those of `.env`. */
  readonly variables: { readonly [name: string]: string | undefined };
  readonly uses: readonly VariableUse[];
  /** How many were found, also those that could not be read. */
  readonly counts: { readonly files: number; readonly documents: number };
}

export interface LoadChoice extends ProjectChoice {
  /** Makes undeclared variables errors. */
  readonly validateRequirements?: boolean;
}

/** Loads and merges; everything wrong is a problem of the snapshot. Throws where there is no project. */
export async function loadDefinitions(
  choice: LoadChoice,
  context: CommandContext,
): Promise<LoadedDefinitions> {
  const root = projectRoot(choice, context);
  const read = readVariables(root, context.env);
  context.progress("loading definitions");
  const base = await loadSnapshot({ ...choice, ...cacheOf(root, context), root, ...read }, context);
  context.progress("");
  return { ...base, root, variables: read.variables };
}

/** A project that cannot be written to, such as one in an image, is loaded without keeping anything. */
function cacheOf(root: string, { env }: CommandContext): { cacheFolder?: string } {
  if (env["DOP_CACHE"] === "off") return {};
  try {
    return { cacheFolder: join(prepareStateFolder(root).state, "cache") };
  } catch {
    return {};
  }
}

/**
 * For commands that print definitions: refuses an environment that there is none of, and says on stderr that what has
 * errors is missing from what is printed.
 */
export function tellWhatIsMissing(
  { problems }: DefinitionsSnapshot,
  context: Pick<CommandContext, "say">,
): void {
  const unknown = problems.find(({ code }) => code === "unknown-environment");
  if (unknown !== undefined) throw new CommandError(unknown.message, unknown.hint);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  if (errors > 0)
    context.say(
      `${counted(errors, "error")} in the definitions: what they concern is missing here; \`dop check\` shows them`,
    );
}

export interface SnapshotChoice extends Pick<LoadChoice, "env" | "validateRequirements"> {
  readonly root: string;
  readonly variables: { readonly [name: string]: string | undefined };
  /** Found while the variables were read. */
  readonly problems?: readonly Problem[];
  /** Absolute; absent means that nothing is kept. */
  readonly cacheFolder?: string;
}

/** The same for a folder that is known, with variables that are given: no `.env` is read. */
export async function loadSnapshot(
  { root, variables, problems = [], env, validateRequirements = false, cacheFolder }: SnapshotChoice,
  context: Pick<CommandContext, "say">,
): Promise<Omit<LoadedDefinitions, "root" | "variables">> {
  const result = await loadProject({
    root,
    variables,
    problems,
    ...(env === undefined ? {} : { environment: env }),
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
    validateRequirements,
    warn: (message) => context.say(message),
  });
  const snapshot = snapshotOf(result, cacheFolder);
  return {
    loaded: result.project,
    snapshot,
    configuration: result.configuration,
    uses: result.variables,
    counts: { files: result.files, documents: result.documents },
  };
}

/** The snapshot as it prints: a secret that a spec passes on is its mask, as everywhere outside this process. */
export function printedSnapshot(snapshot: DefinitionsSnapshot): DefinitionsSnapshot {
  return JSON.parse(JSON.stringify(snapshot)) as DefinitionsSnapshot;
}
