// Runs a command and keeps its words for the case that it fails.
import { spawn } from "node:child_process";

/**
 * `code` is `undefined` where the command is not there or was killed; `output` is both streams in order.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, timeoutMs?: number }} [options]
 * @returns {Promise<{ code: number | undefined, output: string, seconds: number }>}
 */
export function runQuietly(command, args, { cwd, timeoutMs = 900_000 } = {}) {
  const startedAt = Date.now();
  // On Windows npm and others are scripts, which only a shell starts.
  const child = spawn(command, args, {
    cwd,
    shell: process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  // Not spawn's own option: its timer lives on where the command does not exist.
  setTimeout(() => child.kill(), timeoutMs).unref();
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      output += text;
    });
  }
  return new Promise((resolve) => {
    const end = (/** @type {number | undefined} */ code) =>
      resolve({ code, output: output.trim(), seconds: Math.round((Date.now() - startedAt) / 1000) });
    child.on("error", () => end(undefined));
    child.on("close", (code) => end(code ?? undefined));
  });
}
