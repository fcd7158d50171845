import { resolve } from "node:path";
import { type ComponentContext, duckDbFilePool, isSecretVariable, ProblemError } from "#platform";

/** The parts of a component's attributes that say which output of which profile dbt uses. */
export interface ProfileChoice {
  /** Folder of the dbt project, relative to the component file. */
  readonly project: string;
  readonly profilesFolder?: string | undefined;
  readonly profile?: string | undefined;
  readonly target?: string | undefined;
  readonly adapterType: string;
  readonly env: { readonly [name: string]: unknown };
}

type Mapping = { readonly [name: string]: unknown };

/**
 * Pools of the DuckDB files that dbt opens: one process at a time can.
 *
 * Where the profile cannot be read (it lies outside the project, or is made from more than `env_var`), the project's
 * folder stands for its file.
 */
export function duckDbPools(context: ComponentContext, choice: ProfileChoice): string[] {
  const output = readOutput(context, choice);
  const type = output === undefined ? choice.adapterType : output["type"];
  if (type !== "duckdb") return [];
  const folder = resolve(context.folder, choice.project);
  const databases =
    output === undefined ? undefined : databasesOf(output, (text) => render(text, context, choice));
  if (databases === undefined) return [duckDbFilePool(context.projectRoot, folder)];
  // dbt runs in the project's folder.
  const files = databases
    .filter(isFile)
    .map((path) => duckDbFilePool(context.projectRoot, resolve(folder, path)));
  return [...new Set(files)].toSorted();
}

/** The chosen output as written; `undefined` where it cannot be found. */
function readOutput(context: ComponentContext, choice: ProfileChoice): Mapping | undefined {
  const { project, profilesFolder = project, profile, target } = choice;
  try {
    const file = `${profilesFolder}/profiles.yml`;
    if (!context.exists(file)) return undefined;
    const profiles = mappingOf(context.readYaml(file));
    const name = profile ?? mappingOf(context.readYaml(`${project}/dbt_project.yml`))["profile"];
    const chosen = mappingOf(profiles[String(name)]);
    const written = target ?? chosen["target"] ?? "default";
    const output = render(String(written), context, choice);
    const found = output === undefined ? undefined : mappingOf(chosen["outputs"])[output];
    return found === undefined ? undefined : mappingOf(found);
  } catch (error) {
    // What is wrong with dbt's own files is for dbt to tell.
    if (error instanceof ProblemError) return undefined;
    throw error;
  }
}

/** The database and those that are attached to it; `undefined` where one of them cannot be known. */
function databasesOf(
  { path = ":memory:", attach }: Mapping,
  rendered: (text: string) => string | undefined,
): string[] | undefined {
  const attached = Array.isArray(attach) ? attach.map((one) => mappingOf(one)["path"]) : [];
  const paths = [path, ...attached].map((one) => rendered(String(one)));
  return paths.every((one) => one !== undefined) ? paths : undefined;
}

/** Neither in memory nor behind an address such as `md:`; a drive of Windows is one letter. */
function isFile(path: string): boolean {
  return path !== "" && !path.startsWith(":memory:") && !/^[a-z]{2,}:/i.test(path);
}

const expression = /\{\{\s*env_var\(\s*(['"])(\w+)\1\s*(?:,\s*(['"])(.*?)\3\s*)?\)\s*\}\}/g;

/** The text with variables put in; `undefined` for other templates, missing variables and secrets. */
function render(text: string, context: ComponentContext, { env }: ProfileChoice): string | undefined {
  let isKnown = true;
  const rendered = text.replaceAll(expression, (_whole, _quote, name: string, _second, fallback?: string) => {
    const own = env[name];
    const value = own ?? variable(name, context) ?? fallback;
    isKnown &&= typeof value === "string" && !isSecretVariable(name, undefined);
    return String(value);
  });
  return isKnown && !/\{[{%]/.test(rendered) ? rendered : undefined;
}

function variable(name: string, context: ComponentContext): string | undefined {
  // Set for every command of a step.
  if (name === "DOP_PROJECT_ROOT") return context.projectRoot;
  if (name === "DOP_DATA_FOLDER") return resolve(context.projectRoot, ".dop/data");
  return context.env(name);
}

function mappingOf(value: unknown): Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
}
