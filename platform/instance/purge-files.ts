import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isTerminal, type RunId } from "../core/run.ts";
import type { Storage } from "../storage/storage.ts";

export interface RunFolders {
  /** Folders that hold one folder a run, named by its id. Absolute. */
  readonly folders: readonly string[];
  readonly beforeMs: number;
  readonly dryRun: boolean;
}

/**
 * Removes the logs and handed-on values of runs that ended before a moment, and of runs that nobody remembers; gives
 * how many folders that were, or would be. Attached files stay, as the facts do that list them.
 */
export async function purgeRunFiles(
  storage: Pick<Storage, "getRun">,
  { folders, beforeMs, dryRun }: RunFolders,
): Promise<number> {
  let removed = 0;
  for (const folder of folders) {
    for (const id of await namesIn(folder)) {
      const run = await storage.getRun(id as RunId);
      if (run !== undefined && !(isTerminal(run.status) && (run.endedAtMs ?? beforeMs) < beforeMs)) continue;
      removed += 1;
      if (!dryRun) await rm(join(folder, id), { recursive: true, force: true });
    }
  }
  return removed;
}

/** Names that could be ids of runs; none where there is no such folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => /^[0-9a-f-]{36}$/.test(name));
  } catch {
    return [];
  }
}
