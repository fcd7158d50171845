import { type Configuration, readConfiguration } from "../component/configuration.ts";
import { readVariables } from "../component/variables.ts";
import type { Problem } from "../core/problem.ts";
import type { CommandContext } from "./command-context.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";

/** A project's configuration and variables, without its definitions. */
export interface ProjectSettings {
  readonly root: string;
  readonly configuration: Configuration;
  /** The process's variables and those of `.env`. */
  readonly variables: { readonly [name: string]: string | undefined };
  readonly problems: readonly Problem[];
}

/** Throws where there is no project; what is wrong in package.json or `.env` is among the problems. */
export function readProjectSettings(choice: ProjectChoice, context: CommandContext): ProjectSettings {
  const root = projectRoot(choice, context);
  const { variables, problems } = readVariables(root, context.env);
  const found: Problem[] = [...problems];
  const configuration = readConfiguration(
    { root, variables, ...(choice.env === undefined ? {} : { environment: choice.env }) },
    (problem) => found.push(problem),
  );
  return { root, configuration, variables, problems: found };
}
