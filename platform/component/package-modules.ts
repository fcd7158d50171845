import { dirname, join } from "node:path";
import { isPlainObject } from "../core/secret.ts";
import type { FileFacts } from "./file-facts.ts";

/**
 * Component modules of the npm packages that the project depends on, by the name that types use.
 *
 * A package lists them in its package.json under `dop.components`: one file (the module then goes by the package's
 * name, `@` left out and `/` as `.`) or a mapping from module names to files.
 */
export function packageModules(root: string, facts: FileFacts): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const own = readJson(join(root, "package.json"), facts);
  const names = ["dependencies", "devDependencies", "optionalDependencies"].flatMap((key) => {
    const dependencies = own?.[key];
    return isPlainObject(dependencies) ? Object.keys(dependencies) : [];
  });
  for (const name of new Set(names)) {
    const folder = packageFolder(root, name, facts);
    if (folder === undefined) continue;
    const dop = readJson(join(folder, "package.json"), facts)?.["dop"];
    const components = isPlainObject(dop) ? dop["components"] : undefined;
    if (typeof components === "string")
      found.set(name.replace(/^@/, "").replaceAll("/", "."), join(folder, components));
    if (!isPlainObject(components)) continue;
    for (const [module, file] of Object.entries(components)) {
      if (typeof file === "string") found.set(module, join(folder, file));
    }
  }
  return found;
}

function packageFolder(root: string, name: string, facts: FileFacts): string | undefined {
  for (let folder = root; ; folder = dirname(folder)) {
    const candidate = join(folder, "node_modules", name);
    if (facts.stat(join(candidate, "package.json")) !== undefined) return candidate;
    if (folder === dirname(folder)) return undefined;
  }
}

function readJson(path: string, facts: FileFacts): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(facts.files.readFile(path)));
    return isPlainObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
