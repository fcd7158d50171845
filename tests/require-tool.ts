import { spawnSync } from "node:child_process";
import { accessSync, constants, globSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const venvBin = fileURLToPath(new URL("../.venv/bin", import.meta.url));

/** What a test may need that a fresh machine may lack. */
export const tools = [
  "dbt",
  "sling",
  "jinja2",
  "dagster_pipes",
  "pandas",
  "pyspark",
  "java",
  "git",
  "postgres",
  "moto_server",
  "gcp-storage-emulator",
] as const;
export type Tool = (typeof tools)[number];

/** Those that are modules of Python. */
const modules: readonly Tool[] = ["jinja2", "dagster_pipes", "pandas", "pyspark"];

/** The part of Vitest's test context that is used here. */
interface Skippable {
  readonly skip: (note?: string) => never;
}

/**
 * Path of the tool's executable (for a module, of the Python that can import it).
 *
 * Without the tool the test is skipped, loudly; where `DOP_REQUIRE_TOOLS` is 1, as on CI, it fails.
 */
export function requireTool(context: Skippable, tool: Tool): string {
  const executable = findTool(tool);
  if (executable !== undefined) return executable;
  const reason = `${tool} is not installed (\`just sync\` tells why)`;
  if (process.env["DOP_REQUIRE_TOOLS"] === "1") throw new Error(reason);
  return context.skip(reason);
}

/** Looks in `.venv` first, then on PATH; for Postgres also where Debian keeps the programs of a server. */
export function findTool(tool: Tool): string | undefined {
  if (modules.includes(tool)) {
    const python = findExecutable("python3");
    return python !== undefined && canImport(python, tool) ? python : undefined;
  }
  return findExecutable(tool, tool === "postgres" ? debianServers() : []);
}

/** The newest version first. */
function debianServers(): string[] {
  return globSync("/usr/lib/postgresql/*/bin").toSorted((a, b) =>
    b.localeCompare(a, "en", { numeric: true }),
  );
}

function findExecutable(name: string, further: readonly string[] = []): string | undefined {
  const folders = [venvBin, ...(process.env["PATH"] ?? "").split(delimiter), ...further];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function canImport(python: string, module: string): boolean {
  return spawnSync(python, ["-c", `import ${module}`]).status === 0;
}
