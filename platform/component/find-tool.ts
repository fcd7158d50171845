import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Path of a command that steps call: in the project's `.venv/bin`, then on `PATH`; `undefined` when it is nowhere.
 *
 * A name with a `/` is a path, relative to the project.
 */
export function findTool(name: string, options: ToolSearch): string | undefined {
  return toolPlaces(name, options).find(isExecutable);
}

export interface ToolSearch {
  readonly root: string;
  /** The variable `PATH`. */
  readonly path: string | undefined;
}

/** Where a command is looked for, first places first. */
export function toolPlaces(name: string, { root, path }: ToolSearch): string[] {
  if (name.includes("/")) return [join(root, name)];
  const folders = [join(root, ".venv", process.platform === "win32" ? "Scripts" : "bin")];
  folders.push(...(path ?? "").split(delimiter).filter((folder) => folder !== ""));
  const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
  return folders.flatMap((folder) => names.map((file) => join(folder, file)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
