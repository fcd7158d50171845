import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { basename, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ModuleGraph } from "./module-graph.ts";

/** A module's exports by name. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/** Hash of each local module as it was first imported by this process, by file URL. */
const firstHashes = new Map<string, string>();
/** Modules that have changed since, with the hash under which they are imported now. */
const changedHashes = new Map<string, string>();
let isHooked = false;

/**
 * Imports a module of the project. One that has changed since its first import, or needs one that has, is imported
 * anew under a version of its URL; unchanged modules stay the same instances.
 */
export async function importModule(file: string, graph: ModuleGraph): Promise<ModuleExports> {
  for (const path of graph.reachable(file)) noteVersion(path, graph.hash(path));
  const url = pathToFileURL(file).href;
  const version = changedHashes.get(url);
  const versioned = version === undefined ? url : `${url}?v=${version}`;
  return (await import(/* @vite-ignore */ versioned)) as ModuleExports;
}

function noteVersion(path: string, hash: string): void {
  const url = pathToFileURL(path).href;
  const first = firstHashes.get(url);
  if (first === undefined) firstHashes.set(url, hash);
  else if (first === hash) changedHashes.delete(url);
  else {
    changedHashes.set(url, hash.slice(0, 16));
    hookResolution();
  }
}

/** Imports between changed modules lead to their new versions. */
function hookResolution(): void {
  if (isHooked) return;
  isHooked = true;
  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(specifier, context);
      const version = changedHashes.get(resolved.url);
      return version === undefined ? resolved : { ...resolved, url: `${resolved.url}?v=${version}` };
    },
  });
}

/** Where an error of an import or a call came from, within the project. */
export interface ErrorPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The first place of an error's stack, or of a syntax error's heading, that lies in the project. */
export function placeOfError(error: unknown, root: string): ErrorPlace | undefined {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const missing = error instanceof Error ? placeOfImport(error.message, root) : undefined;
  if (missing !== undefined) return missing;
  for (const line of stack.split("\n")) {
    const match = /(file:\/\/\/[^\s)]+?|\/[^\s():]+?)(?:\?v=\w+)?:(\d+)(?::(\d+))?\)?\s*$/.exec(line.trim());
    if (match === null) continue;
    const [, written = "", lineNumber, column] = match;
    const path = written.startsWith("file:") ? fileURLToPath(written.replace(/\?.*$/, "")) : written;
    const below = relative(root, path);
    if (below.startsWith("..") || below.includes("node_modules") || below === "" || isOwnFloor(path))
      continue;
    return {
      file: below.split(sep).join("/"),
      line: Number(lineNumber),
      column: column === undefined ? caretColumn(stack, line) : Number(column),
    };
  }
  return undefined;
}

const floors = fileURLToPath(new URL("../", import.meta.url));

function isOwnFloor(path: string): boolean {
  return path.startsWith(floors);
}

/** A syntax error's stack shows the code below its heading, and under it carets instead of a column. */
function caretColumn(stack: string, heading: string): number {
  const lines = stack.split("\n");
  const at = lines.indexOf(heading);
  const carets = lines.slice(at + 1, at + 6).find((line) => /^\s*\^+\s*$/.test(line));
  return carets === undefined ? 1 : carets.indexOf("^") + 1;
}

/** The line that imports what is not there. */
function placeOfImport(message: string, root: string): ErrorPlace | undefined {
  const match = /^Cannot find (?:module|package) '([^']+)' imported from (\S+)$/m.exec(message);
  if (match === null) return undefined;
  const [, target = "", written = ""] = match;
  const path = written.startsWith("file:")
    ? fileURLToPath(written.replace(/\?.*$/, ""))
    : written.replace(/\?.*$/, "");
  const file = relative(root, path).split(sep).join("/");
  if (file.startsWith("..")) return undefined;
  const name = basename(target);
  let lines: string[] = [];
  try {
    lines = readFileSync(path, "utf8").split("\n");
  } catch {
    // What cannot be read is placed at its start.
  }
  const index = lines.findIndex((line) => line.includes(name));
  return { file, line: Math.max(index, 0) + 1, column: Math.max(lines[index]?.indexOf(name) ?? 0, 0) + 1 };
}
