import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadResult } from "../component/load-project.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { mergeProject } from "../graph/merge-definitions.ts";
import { writeWhole } from "./write-whole.ts";

interface KeptSnapshot {
  readonly keptAs: string;
  readonly snapshot: DefinitionsSnapshot;
}

/**
 * The snapshot of a load, merged anew only where something has changed since it was last kept. A file that cannot be
 * read or written costs time and nothing else.
 */
export function snapshotOf(
  { project, keptAs }: LoadResult,
  cacheFolder: string | undefined,
): DefinitionsSnapshot {
  if (cacheFolder === undefined || keptAs === undefined) return mergeProject(project).snapshot;
  const path = join(cacheFolder, "snapshot.json");
  const kept = readKept(path);
  if (kept?.keptAs === keptAs) return kept.snapshot;
  const { snapshot } = mergeProject(project);
  keep(path, { keptAs, snapshot });
  return snapshot;
}

function readKept(path: string): KeptSnapshot | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as KeptSnapshot;
  } catch {
    return undefined;
  }
}

function keep(path: string, kept: KeptSnapshot): void {
  try {
    writeWhole(path, JSON.stringify(kept), { newMode: 0o600 });
  } catch {
    // The next command merges again.
  }
}
