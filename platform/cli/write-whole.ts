import { mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file so that it holds the whole text or what it held before. Folders are made; an existing file keeps its
 * mode, a new one gets `newMode` if given, and a link stays a link: what it points to is replaced.
 */
export function writeWhole(path: string, text: string, { newMode }: { newMode?: number } = {}): void {
  mkdirSync(dirname(path), { recursive: true });
  const target = existing(path) ?? path;
  const mode = statSync(target, { throwIfNoEntry: false })?.mode ?? newMode;
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, mode === undefined ? {} : { mode });
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function existing(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
