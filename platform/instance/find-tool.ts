import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * Path of a command that steps call: in the project's `.venv/bin`, then on `PATH`; `undefined` when it is nowhere.
 *
 * A name with a `/` is a path, relative to the project.
 */
export function findTool(
  name: string,
  options: { root: string; path: string | undefined },
): string | undefined {
  if (name.includes("/"))
    return isExecutable(join(options.root, name)) ? join(options.root, name) : undefined;
  const folders = [join(options.root, ".venv", process.platform === "win32" ? "Scripts" : "bin")];
  folders.push(...(options.path ?? "").split(delimiter).filter((folder) => folder !== ""));
  const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
  return folders.flatMap((folder) => names.map((file) => join(folder, file))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
