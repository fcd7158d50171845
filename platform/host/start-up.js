// What every dop process does before its first import: keep compiled code, and register the resolve hook.
import { readFileSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { dirname, join } from "node:path";
import "./resolve-hook.js";

// Without a project around, Node keeps the code in the system's folder for temporary files.
enableCompileCache(codeCacheFolder());

function codeCacheFolder() {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (isProject(folder)) return join(folder, ".dop", "cache", "code");
    if (folder === dirname(folder)) return undefined;
  }
}

/** @param {string} folder */
function isProject(folder) {
  try {
    return "dop" in JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  } catch {
    return false;
  }
}
