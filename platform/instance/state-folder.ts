import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InstanceError } from "./instance-error.ts";

/** Where a project keeps what is not its source. Absolute; all exist. */
export interface StateFolders {
  readonly state: string;
  readonly logs: string;
  readonly data: string;
  /** Values that steps hand on, by run. */
  readonly values: string;
  /** Files that steps attached. */
  readonly artifacts: string;
  /** Notes about worker processes. */
  readonly workers: string;
}

export function stateFolderOf(root: string): string {
  return join(root, ".dop");
}

/** Where the logs of runs lie, a folder a run. */
export function runLogsFolder({ logs }: Pick<StateFolders, "logs">): string {
  return join(logs, "runs");
}

/** Folders that hold a folder for each run. */
export function runFoldersOf(folders: Pick<StateFolders, "logs" | "values">): readonly string[] {
  return [runLogsFolder(folders), folders.values];
}

/** Makes `.dop` with its folders; a file in it keeps git from seeing any of it. Throws InstanceError. */
export function prepareStateFolder(root: string): StateFolders {
  const state = stateFolderOf(root);
  const folders = {
    state,
    logs: join(state, "logs"),
    data: join(state, "data"),
    values: join(state, "values"),
    artifacts: join(state, "artifacts"),
    workers: join(state, "workers"),
  };
  try {
    for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
    const ignoreFile = join(state, ".gitignore");
    if (!existsSync(ignoreFile)) writeFileSync(ignoreFile, "*\n");
  } catch (error) {
    throw new InstanceError(
      "storage-unusable",
      `${state} cannot be written: ${String(error instanceof Error ? error.message : error)}`,
    );
  }
  return folders;
}
