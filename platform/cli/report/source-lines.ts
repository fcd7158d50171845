import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Lines of a file of the project, counted from 0; `undefined` where it cannot be shown. */
export type LinesOf = (file: string) => readonly string[] | undefined;

// What is larger is no file that a person reads.
const largestBytes = 8 * 1024 * 1024;

/** Reads each file once, when its lines are first asked for. */
export function sourceLines(root: string): LinesOf {
  const known = new Map<string, readonly string[] | undefined>();
  return (file) => {
    if (!known.has(file)) known.set(file, readLines(join(root, file)));
    return known.get(file);
  };
}

function readLines(path: string): string[] | undefined {
  try {
    const { size } = statSync(path);
    if (size > largestBytes) return undefined;
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path));
    return text.split("\n").map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  } catch {
    return undefined;
  }
}
