import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "../core/canonical-json.ts";
import { referenceMark } from "../core/reference.ts";
import { isPlainObject } from "../core/secret.ts";
import { type DocumentRecords, emptyRecords, type KeptDocument } from "./document-records.ts";
import { hashText } from "./file-facts.ts";
import type { LoadOptions } from "./load-project.ts";

/** Counts up when what is kept changes its form. */
const format = 1;

interface StoredCache extends DocumentRecords {
  /** Hash of all that concerns every document: dop itself, its configuration and options. */
  readonly frame: string;
}

/**
 * What an earlier load kept, or nothing: specs, problems and patches of unchanged documents, never code. A cache
 * that cannot be read or understood is none.
 */
export function readCache(folder: string, options: LoadOptions): DocumentRecords {
  let text: string;
  try {
    text = readFileSync(cachePath(folder), "utf8");
  } catch (error) {
    const isAbsent = (error as { code?: unknown }).code === "ENOENT";
    if (!isAbsent) options.warn?.(`the cache cannot be read: ${messageOf(error)}`);
    return emptyRecords();
  }
  try {
    const stored = JSON.parse(text) as StoredCache;
    if (stored.frame !== frameOf(options) || !isPlainObject(stored.documents)) return emptyRecords();
    for (const document of Object.values(stored.documents)) if (document !== undefined) revive(document);
    return { ...stored, id: hashText(text) };
  } catch {
    return emptyRecords();
  }
}

/**
 * Written beside and then renamed, so that a reader never sees half of it; a failure is a warning. Gives the id under
 * which the records will be read.
 */
export function writeCache(
  folder: string,
  options: LoadOptions,
  records: DocumentRecords,
): string | undefined {
  const path = cachePath(folder);
  const temporary = `${path}.${process.pid}`;
  const { id: _id, ...kept } = records;
  const stored: StoredCache = { ...kept, writtenMs: Date.now() - clockGrainMs, frame: frameOf(options) };
  try {
    mkdirSync(folder, { recursive: true });
    const text = JSON.stringify(stored);
    writeFileSync(temporary, text, { mode: 0o600 });
    renameSync(temporary, path);
    return hashText(text);
  } catch (error) {
    options.warn?.(`the cache cannot be written: ${messageOf(error)}`);
    removeQuietly(temporary);
    return undefined;
  }
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Where it could not be written there is nothing to remove.
  }
}

/** A file that is written twice within so many milliseconds may keep its times. */
const clockGrainMs = 50;

function cachePath(folder: string): string {
  return join(folder, "components.json");
}

function frameOf({
  root,
  configuration,
  environment,
  variables,
  validateRequirements,
  classes,
}: LoadOptions): string {
  const written = configuration === undefined ? packageText(root) : JSON.stringify(configuration);
  const given = Object.entries(classes ?? {}).map(
    ([module, found]) => `${module}: ${Object.keys(found).join(" ")}`,
  );
  return hashText(
    canonicalJson({
      format,
      root,
      written: written ?? null,
      environment: environment ?? variables["DOP_ENVIRONMENT"] ?? null,
      validateRequirements: validateRequirements ?? false,
      given,
      platform: platformStamp(),
    }),
  );
}

function packageText(root: string): string | null {
  try {
    return readFileSync(join(root, "package.json"), "utf8");
  } catch {
    return null;
  }
}

/** Changes with every change of the code that makes definitions from documents, and a snapshot from them. */
function platformStamp(): string {
  const platform = dirname(dirname(fileURLToPath(import.meta.url)));
  const parts = ["core", "cron", "define", "yaml", "template", "partition", "component", "graph"].flatMap(
    (floor) =>
      readdirSync(join(platform, floor))
        .filter((name) => name.endsWith(".ts"))
        .map((name) => {
          const { size, mtimeMs } = statSync(join(platform, floor, name));
          return `${floor}/${name}:${size}:${mtimeMs}`;
        }),
  );
  return hashText(parts.join("\n"));
}

/** JSON has no symbols: references get their mark again where specs may hold them. */
function revive({ loaded }: KeptDocument): void {
  const { specs, patches } = loaded;
  for (const { deps } of specs.assets) if (deps !== undefined) deps.forEach(mark);
  for (const { asset, additionalDeps } of specs.checks) {
    mark(asset);
    additionalDeps?.forEach(mark);
  }
  for (const { fields } of patches) {
    const { deps } = fields;
    if (Array.isArray(deps)) deps.forEach(mark);
  }
}

function mark(value: unknown): void {
  if (typeof value === "object" && value !== null && "kind" in value && "argument" in value) {
    Object.defineProperty(value, referenceMark, { value: true, enumerable: true });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
