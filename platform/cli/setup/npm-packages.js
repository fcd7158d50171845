// npm's packages as the lock file names them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProjectNode, missingNodeText } from "../project-node.js";
import { runQuietly } from "./run-quietly.js";

/** @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage */

/**
 * Throws Error with npm's own words when it fails, and when no Node that can run dop is there afterwards.
 *
 * @param {string} root
 * @param {(line: string) => void} tell
 */
export async function syncPackages(root, tell) {
  const wanted = lockedPackages(join(root, "package-lock.json"));
  if (wanted === undefined) throw new Error("package-lock.json is missing or broken");
  const installed = lockedPackages(join(root, "node_modules", ".package-lock.json"));
  if (installed === undefined || !isInstalled(wanted, installed)) await install(root, tell);
  if (findProjectNode() === undefined) throw new Error(missingNodeText());
}

/**
 * @param {string} root
 * @param {(line: string) => void} tell
 */
async function install(root, tell) {
  tell("installing npm packages …");
  // The warnings left out are about the engines of packages that run on the project's Node, not on this one.
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { code, output, seconds } = await runQuietly("npm", args, { cwd: root });
  // Its reasons come first, then pages of usage.
  if (code !== 0) throw new Error(`npm ci failed:\n${output.split("\n").slice(0, 12).join("\n")}`);
  tell(`npm packages installed in ${seconds} s`);
}

/**
 * Whether npm's record of what it installed agrees with the lock. Optional packages may be absent: most of them
 * are for other platforms.
 *
 * @param {Record<string, LockedPackage>} wanted
 * @param {Record<string, LockedPackage>} installed
 */
export function isInstalled(wanted, installed) {
  for (const [path, { version, integrity, optional }] of Object.entries(wanted)) {
    if (path === "") continue;
    const found = installed[path];
    if (found === undefined && optional) continue;
    if (found?.version !== version || found?.integrity !== integrity) return false;
  }
  return Object.keys(installed).every((path) => path in wanted);
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}
