import { compilePattern } from "./pattern.ts";

/**
 * The files and folders of a project that a path of a selection means. `*` stands for any part of one name, also a
 * hidden one, and `**` for any number of folders. Throws RangeError for a path that dbt can't read.
 */
export function matchingPaths(pattern: string, files: ReadonlySet<string>): Set<string> {
  if (pattern.startsWith("/")) throw new RangeError("a path is relative to the dbt project");
  const parts = pattern.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0) throw new RangeError("the path is empty");
  const unfit = parts.find((part) => part.includes("**") && part !== "**");
  if (unfit !== undefined)
    throw new RangeError(`\`**\` must stand alone between slashes, not as in \`${unfit}\``);
  const known = new Map<string, "file" | "folder">();
  for (const file of files) {
    for (const folder of foldersOf(file)) known.set(folder, "folder");
    known.set(file, "file");
  }
  const found = new Set<string>();
  for (const [path, kind] of known) {
    const names = path === "" ? [] : path.split("/");
    if (matches(names, parts, kind)) found.add(path);
  }
  return found;
}

/** The folders that hold a file, from the nearest to the project's own, which is the empty text. */
export function foldersOf(file: string): string[] {
  const folders: string[] = [];
  for (let at = file.lastIndexOf("/"); at > 0; at = file.lastIndexOf("/", at - 1))
    folders.push(file.slice(0, at));
  return [...folders, ""];
}

function matches(names: readonly string[], parts: readonly string[], kind: "file" | "folder"): boolean {
  const [part, ...otherParts] = parts;
  if (part === undefined) return names.length === 0;
  if (part === "**") {
    // At the end it stands for folders only.
    if (otherParts.length === 0) return kind === "folder";
    return names.some((_, at) => matches(names.slice(at), otherParts, kind)) || matches([], otherParts, kind);
  }
  const [name, ...otherNames] = names;
  return name !== undefined && compilePattern(part).test(name) && matches(otherNames, otherParts, kind);
}
