import {
  closeSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";

/**
 * Writes a file so that it holds the whole text or what it held before. Folders are made; an existing file keeps its
 * mode, a new one gets `newMode` if given, and a link stays a link: what it points to is replaced.
 *
 * A text in pieces is written as they come, so that a large one is never held at once.
 */
export function writeWhole(
  path: string,
  text: string | Iterable<string>,
  { newMode }: { newMode?: number } = {},
): void {
  mkdirSync(dirname(path), { recursive: true });
  const target = existing(path) ?? path;
  const mode = statSync(target, { throwIfNoEntry: false })?.mode ?? newMode;
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, "w", mode);
    try {
      for (const piece of batches(typeof text === "string" ? [text] : text)) writeAll(file, piece);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, target);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Characters; each write has a price of its own. */
const writtenAtOnce = 262_144;

function* batches(pieces: Iterable<string>): Generator<string> {
  let batch = "";
  for (const piece of pieces) {
    batch += piece;
    if (batch.length < writtenAtOnce) continue;
    yield batch;
    batch = "";
  }
  if (batch !== "") yield batch;
}

/** A disk that is nearly full may take a part only. */
function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.byteLength; ) written += writeSync(file, bytes, written);
}

function existing(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
