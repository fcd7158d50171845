import { resolve } from "node:path";
import { findProjectRoot } from "../instance/project-root.ts";
import type { CommandContext } from "./command-context.ts";

export interface ProjectChoice {
  /** Folder, relative to where the command was started. */
  readonly project: string | undefined;
  /** Name of an environment. */
  readonly env: string | undefined;
}

/** Throws where there is no project. */
export function projectRoot(
  { project }: Pick<ProjectChoice, "project">,
  { folder }: Pick<CommandContext, "folder">,
): string {
  return findProjectRoot(project === undefined ? folder : resolve(folder, project));
}
