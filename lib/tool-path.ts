import { existsSync } from "node:fs";
import { join } from "node:path";

/** The project's own copy of a Python tool (in `.venv`), else its bare name, which is looked up on PATH. */
export function toolPath(projectRoot: string, tool: string): string {
  const own = join(projectRoot, ".venv", process.platform === "win32" ? "Scripts" : "bin", tool);
  return existsSync(own) ? own : tool;
}
