import { join } from "node:path";
import type { LoadOptions, LoadResult } from "../component/load-options.ts";
import { unchangedSince } from "../component/load-trace.ts";
import { readVariables } from "../component/variables.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Problem } from "../core/problem.ts";
import type { CheckedCounts } from "../instance/check-report.ts";
import { prepareStateFolder } from "../instance/state-folder.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { keepResult, readKept } from "./kept-result.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";
import { counted } from "./report/text-report.ts";

/** A project's definitions, loaded in this process: offline, and without its instance. */
export interface LoadedDefinitions {
  readonly root: string;
  readonly snapshot: DefinitionsSnapshot;
  /** The process's variables over those of `.env`. */
  readonly variables: { readonly [name: string]: string | undefined };
}

/** What is wrong in a project, and how much was looked at, also what could not be read. */
export interface CheckedProject {
  readonly root: string;
  readonly problems: readonly Problem[];
  readonly counts: CheckedCounts;
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
  const project = chosenProject(choice, context);
  context.progress("loading definitions");
  const snapshot = await loadSnapshot(project, context);
  context.progress("");
  return { root: project.root, snapshot, variables: project.variables };
}

/** Loads and merges, unless nothing has changed since the last time. Throws where there is no project. */
export async function checkProject(choice: LoadChoice, context: CommandContext): Promise<CheckedProject> {
  const project = chosenProject(choice, context);
  context.progress("loading definitions");
  const report = await keptOr<Omit<CheckedProject, "root">>(
    "report",
    { project, context },
    async (result) => {
      const { checkMerge } = await import("../graph/merge-definitions.ts");
      const { problems, assets } = checkMerge(result.project);
      return { problems, counts: { files: result.files, documents: result.documents, assets } };
    },
  );
  context.progress("");
  return { root: project.root, ...report };
}

function chosenProject(choice: LoadChoice, context: CommandContext): SnapshotChoice {
  const root = projectRoot(choice, context);
  return { ...choice, ...cacheOf(root, context), root, ...readVariables(root, context.env) };
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
  /** Of the project that has the tools, where the folder is a copy of it without them. */
  readonly toolRoot?: string;
}

/** The snapshot of a folder that is known, with variables that are given: no `.env` is read. */
export async function loadSnapshot(
  project: SnapshotChoice,
  context: Pick<CommandContext, "say">,
): Promise<DefinitionsSnapshot> {
  return await keptOr<DefinitionsSnapshot>("snapshot", { project, context }, async ({ project: loaded }) => {
    const { mergeProject } = await import("../graph/merge-definitions.ts");
    return mergeProject(loaded).snapshot;
  });
}

/** What is kept of a load that would find nothing new; else it is made of a new one, and kept. */
async function keptOr<Result extends object>(
  name: "snapshot" | "report",
  { project, context }: { project: SnapshotChoice; context: Pick<CommandContext, "say"> },
  resultOf: (result: LoadResult) => Promise<Result>,
): Promise<Result> {
  const {
    env,
    validateRequirements = false,
    cacheFolder,
    root,
    variables,
    problems = [],
    toolRoot,
  } = project;
  const options: LoadOptions = {
    root,
    variables,
    problems,
    ...(env === undefined ? {} : { environment: env }),
    ...(cacheFolder === undefined ? {} : { cacheFolder }),
    validateRequirements,
    allowsOutsideWork: true,
    ...(toolRoot === undefined ? {} : { toolRoot }),
    warn: (message) => context.say(message),
  };
  const keptUnder = (id: string | undefined): Result | undefined =>
    cacheFolder === undefined || id === undefined ? undefined : readKept<Result>(cacheFolder, name, id);
  const known = cacheFolder === undefined ? undefined : keptUnder(unchangedSince(cacheFolder, options));
  if (known !== undefined) return known;
  // What loads and merges is imported by who needs it: most commands find nothing new.
  const { loadProject } = await import("../component/load-project.ts");
  const result = await loadProject(options);
  const id = result.keptAs;
  const kept = keptUnder(id);
  if (kept !== undefined) return kept;
  const made = await resultOf(result);
  if (cacheFolder !== undefined && id !== undefined) keepResult(cacheFolder, name, { id, result: made });
  return made;
}

/** The snapshot as it prints: a secret that a spec passes on is its mask, as everywhere outside this process. */
export function printedSnapshot(snapshot: DefinitionsSnapshot): DefinitionsSnapshot {
  return JSON.parse(JSON.stringify(snapshot)) as DefinitionsSnapshot;
}
