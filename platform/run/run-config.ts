import type { Json } from "../core/metadata.ts";
import { StepError } from "../define/step.ts";
import { isEnvReference, valueOfText, withDefaults } from "../plan/config-schema.ts";

export type Config = { readonly [name: string]: Json };

/**
 * A settled config with its `{"env": NAME}` read from the variables: as JSON where the schema wants no text. Throws
 * StepError for a variable that is not set, and for a value that the schema refuses; `what` begins the message.
 */
export async function resolveConfig(
  config: Config,
  {
    schema,
    variables,
    what,
  }: {
    readonly schema: Json | undefined;
    readonly variables: { readonly [name: string]: string | undefined };
    readonly what: string;
  },
): Promise<Config> {
  if (!holdsReference(config)) return config;
  const read = (value: Json, path: readonly string[]): Json => {
    if (isEnvReference(value)) {
      const text = variables[value.env];
      if (text === undefined) {
        throw refused(`${what} takes \`${path.join(".")}\` from the variable ${value.env}, which is not set`);
      }
      return valueOfText(schema, path, text);
    }
    if (Array.isArray(value)) return value.map((item: Json, at) => read(item, [...path, String(at)]));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, read(item as Json, [...path, name])]),
    );
  };
  const settled = withDefaults(schema, read(config, [])) as Config;
  // Loaded by those runs alone that need it.
  const { configProblems } = await import("../plan/config-problems.ts");
  const [problem] = configProblems(schema, settled);
  if (problem !== undefined) throw refused(`${what}: \`${problem.path}\` ${problem.message}`);
  return settled;
}

function holdsReference(value: Json): boolean {
  if (isEnvReference(value)) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsReference);
}

function refused(message: string): StepError {
  return new StepError(message, { retry: "never" });
}
