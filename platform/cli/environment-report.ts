import { isSecretVariable } from "../core/environment.ts";
import type { CommandContext } from "./command-context.ts";
import { loadDefinitions, tellWhatIsMissing } from "./load-definitions.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { readProjectSettings } from "./project-settings.ts";
import { tableText } from "./table-text.ts";

/** `dop env --json`: variables without their values. */
export interface EnvironmentReport {
  readonly schema: "dop.env/1";
  /** The one in force. */
  readonly environment: string;
  readonly variables: readonly VariableReport[];
}

export interface VariableReport {
  readonly name: string;
  readonly secret: boolean;
  /** Where its value comes from; null where it has none. */
  readonly set: "process" | ".env" | "default" | null;
  readonly description: string | null;
  readonly required_in: readonly string[];
  /** Components that read it, by the environment in which they do. */
  readonly read_by: {
    readonly [environment: string]: readonly { readonly component: string; readonly file: string }[];
  };
}

/** What the project reads, by whom, and whether it is set; every environment is loaded, unless one is chosen. */
export async function environmentReport(
  choice: ProjectChoice,
  context: CommandContext,
): Promise<EnvironmentReport> {
  const { configuration, variables } = readProjectSettings(choice, context);
  const rules = configuration.environments.map(({ name }) => name);
  const environments =
    choice.env === undefined
      ? [...new Set([configuration.environment, ...rules])]
      : [configuration.environment];
  const readers = new Map<string, Record<string, { component: string; file: string }[]>>();
  for (const environment of environments) {
    const { snapshot } = await loadDefinitions({ ...choice, env: environment }, context);
    if (environment === configuration.environment) tellWhatIsMissing(snapshot, context);
    for (const { variables: read, name: component, file } of snapshot.components) {
      for (const name of read) {
        const byEnvironment = readers.get(name) ?? {};
        readers.set(name, byEnvironment);
        byEnvironment[environment] = [...(byEnvironment[environment] ?? []), { component, file }];
      }
    }
  }
  const names = [...new Set([...Object.keys(configuration.env), ...readers.keys()])].toSorted();
  return {
    schema: "dop.env/1",
    environment: configuration.environment,
    variables: names.map((name) => {
      const rule = configuration.env[name];
      return {
        name,
        secret: isSecretVariable(name, rule),
        set: sourceOf(name, {
          process: context.env,
          all: variables,
          hasDefault: rule?.default !== undefined,
        }),
        description: rule?.description ?? null,
        required_in: rule?.required_in ?? [],
        read_by: readers.get(name) ?? {},
      };
    }),
  };
}

type Values = { readonly [name: string]: string | undefined };

function sourceOf(
  name: string,
  { process, all, hasDefault }: { process: Values; all: Values; hasDefault: boolean },
): VariableReport["set"] {
  if (process[name] !== undefined) return "process";
  if (all[name] !== undefined) return ".env";
  return hasDefault ? "default" : null;
}

export function environmentTable({ variables }: EnvironmentReport): string {
  const rows = variables.map((variable) => [
    variable.name,
    variable.set ?? "not set",
    variable.secret ? "secret" : "",
    variable.required_in.join(", "),
    readersOf(variable).join(", "),
  ]);
  return tableText(["variable", "set", "secret", "required in", "read by"], rows);
}

/** The text of a `.env.example`: every variable without a value, what it is for, and who reads it. */
export function environmentExample({ variables }: EnvironmentReport): string {
  const blocks = variables.map((variable) => {
    const { name, description, required_in: required } = variable;
    const readers = readersOf(variable);
    return [
      ...(description === null ? [] : description.split("\n").map((line) => `# ${line}`)),
      ...(required.length === 0 ? [] : [`# Required in ${required.join(", ")}.`]),
      ...(readers.length === 0 ? [] : [`# Read by ${readers.join(", ")}.`]),
      `${name}=`,
    ].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}

function readersOf({ read_by: byEnvironment }: VariableReport): string[] {
  return [
    ...new Set(Object.values(byEnvironment).flatMap((readers) => readers.map(({ component }) => component))),
  ];
}
