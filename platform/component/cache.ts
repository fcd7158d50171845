import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { referenceMark } from "../core/reference.ts";
import { type DocumentRecords, emptyRecords, type KeptDocument } from "./document-records.ts";
import type { LoadOptions } from "./load-options.ts";
import type { FileRecord } from "./source-files.ts";
import { writeWhole } from "./write-whole.ts";

/** The first line. */
interface Head {
  readonly frame: string;
  readonly id: string;
  readonly salt: string;
  /** How many lines follow. */
  readonly lines: number;
}

/** Each further line: a record of a file or of a document, with its path or id. */
type Line = { readonly file: string; readonly record: FileRecord } | readonly [id: string, KeptDocument];

/**
 * What an earlier load kept, or nothing: specs, problems and patches of unchanged documents, never code. A cache
 * that cannot be read or understood is none.
 */
export function readCache(
  folder: string,
  { frame, warn }: Pick<LoadOptions, "warn"> & { readonly frame: string },
): DocumentRecords {
  let text: string;
  try {
    text = readFileSync(cachePath(folder), "utf8");
  } catch (error) {
    const isAbsent = (error as { code?: unknown }).code === "ENOENT";
    if (!isAbsent) warn?.(`the cache cannot be read: ${messageOf(error)}`);
    return emptyRecords();
  }
  try {
    return parseCache(text, frame) ?? emptyRecords();
  } catch {
    return emptyRecords();
  }
}

function parseCache(text: string, wanted: string): DocumentRecords | undefined {
  let at = text.indexOf("\n") + 1;
  const { frame, id, salt, lines } = JSON.parse(text.slice(0, at)) as Head;
  if (frame !== wanted) return undefined;
  const records: DocumentRecords = { ...emptyRecords(), id, salt };
  let count = 0;
  for (let end = text.indexOf("\n", at); end >= 0; end = text.indexOf("\n", at)) {
    const line = JSON.parse(text.slice(at, end)) as Line;
    if ("file" in line) records.files[line.file] = line.record;
    else {
      revive(line[1]);
      records.documents[line[0]] = line[1];
    }
    at = end + 1;
    count += 1;
  }
  return count === lines ? records : undefined;
}

/** A failure is a warning. Gives the id under which the records will be read. */
export function writeCache(
  folder: string,
  records: DocumentRecords,
  { frame, warn }: Pick<LoadOptions, "warn"> & { readonly frame: string },
): string | undefined {
  const id = randomUUID();
  try {
    writeWhole(cachePath(folder), linesOf(records, { id, frame }), { newMode: 0o600 });
    return id;
  } catch (error) {
    warn?.(`the cache cannot be written: ${messageOf(error)}`);
    return undefined;
  }
}

function* linesOf(
  { salt, files, documents }: DocumentRecords,
  { id, frame }: { id: string; frame: string },
): Generator<string> {
  const kept = Object.values(documents).reduce((count, record) => count + (record === undefined ? 0 : 1), 0);
  const lines = Object.keys(files).length + kept;
  const line = (value: Head | Line): string => `${JSON.stringify(value)}\n`;
  yield line({ frame, id, salt, lines });
  for (const file in files) yield line({ file, record: files[file] as FileRecord });
  for (const name in documents) {
    const record = documents[name];
    if (record !== undefined) yield line([name, record]);
  }
}

function cachePath(folder: string): string {
  return join(folder, "components.jsonl");
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
