import { readConfiguration } from "../component/configuration.ts";
import { readVariables } from "../component/variables.ts";
import { isSecretVariable } from "../core/environment.ts";
import type { ExecuteOptions } from "../run/execute-options.ts";

/** What the processes that run user code take from the project itself. */
export interface WorkerSettings {
  readonly variables: { readonly [name: string]: string | undefined };
  /** Values that must not leave those processes. */
  readonly secrets: readonly string[];
  readonly duckdb: ExecuteOptions["duckdb"] | undefined;
}

export function settingsOf(root: string): WorkerSettings {
  const { variables } = readVariables(root, process.env);
  // What is wrong with the configuration is told where the definitions are loaded.
  const { env, settings } = readConfiguration({ root, variables }, () => {});
  const secrets = Object.entries(variables)
    .filter(([name, value]) => value !== undefined && isSecretVariable(name, env[name]))
    .map(([, value]) => value as string);
  return { variables, secrets, duckdb: settings["duckdb"] as WorkerSettings["duckdb"] };
}
