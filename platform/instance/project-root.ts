import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { InstanceError } from "./instance-error.ts";

/**
 * The project that `folder` lies in: the nearest folder upwards whose package.json has `dop`, else the nearest with a
 * folder `defs`. Throws InstanceError `no-project`.
 */
export function findProjectRoot(folder: string): string {
  const folders = [...upwards(resolve(folder))];
  const root = folders.find(isConfigured) ?? folders.find((candidate) => existsSync(join(candidate, "defs")));
  if (root !== undefined) return root;
  throw new InstanceError(
    "no-project",
    `there is no dop project in ${resolve(folder)} or above`,
    'a project has a package.json with `"dop": {}`, or a folder `defs`',
  );
}

function* upwards(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current;
    if (current === dirname(current)) return;
  }
}

/** A package.json that does not parse but names `dop` counts: loading tells what is wrong with it. */
function isConfigured(folder: string): boolean {
  let text: string;
  try {
    text = readFileSync(join(folder, "package.json"), "utf8");
  } catch {
    return false;
  }
  try {
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null && "dop" in parsed;
  } catch {
    return text.includes('"dop"');
  }
}
