import { linkSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { RunId } from "../core/run.ts";

/**
 * Gives the first run of `line` the stored values that only those after it have: a re-execution reads what its parent
 * has, and some of that may be of the parent's own parent. The line goes from a run to its first ancestor.
 */
export function inheritValues(folder: string, line: readonly RunId[]): void {
  for (let place = line.length - 2; place >= 0; place--) {
    linkMissing(join(folder, line[place + 1] as string), join(folder, line[place] as string));
  }
}

function linkMissing(from: string, to: string): void {
  for (const entry of entriesOf(from)) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) {
      linkMissing(source, target);
      continue;
    }
    mkdirSync(to, { recursive: true });
    try {
      linkSync(source, target);
    } catch (error) {
      // It has a value of its own.
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
