import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InstanceError } from "./instance-error.ts";

/** Where a project keeps what is not its source. Absolute; all exist. */
export interface StateFolders {
  readonly state: string;
  readonly logs: string;
  readonly data: string;
}

export function stateFolderOf(root: string): string {
  return join(root, ".dop");
}

/** Makes `.dop` with its folders; a file in it keeps git from seeing any of it. Throws InstanceError. */
export function prepareStateFolder(root: string): StateFolders {
  const state = stateFolderOf(root);
  const folders = { state, logs: join(state, "logs"), data: join(state, "data") };
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
