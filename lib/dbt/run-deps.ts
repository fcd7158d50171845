import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DbtProject } from "./run-project.ts";

/** Packages are named and not there, or are to be installed in any case. */
export async function needsDeps({ folder, installDeps, execution }: DbtProject): Promise<boolean> {
  if (installDeps === false || execution.type === "docker" || execution.type === "kubernetes") return false;
  const named = await Promise.all(
    ["packages.yml", "dependencies.yml"].map((file) => readFile(join(folder, file), "utf8").catch(() => "")),
  );
  if (!named.some((text) => /^packages:/m.test(text))) return false;
  if (installDeps === true) return true;
  const project = await readFile(join(folder, "dbt_project.yml"), "utf8").catch(() => "");
  const written = /^packages-install-path:\s*["']?([^"'#\n]+)/m.exec(project)?.[1]?.trim();
  return !existsSync(join(folder, written ?? "dbt_packages"));
}
