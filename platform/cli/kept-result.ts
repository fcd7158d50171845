import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../component/write-whole.ts";
import { isPlainObject } from "../core/secret.ts";

/** What commands keep of loads. */
export type KeptName = "snapshot" | "report";

/** What was made of the load that is kept under this id; nothing where that is another or cannot be read. */
export function readKept<Result>(cacheFolder: string, name: KeptName, id: string): Result | undefined {
  try {
    const text = readFileSync(keptPath(cacheFolder, name), "utf8");
    const end = text.indexOf("\n");
    return text.slice(0, end) === id ? (JSON.parse(text.slice(end + 1)) as Result) : undefined;
  } catch {
    return undefined;
  }
}

export interface KeptResult {
  readonly id: string;
  readonly result: object;
}

/** A file that cannot be written costs time and nothing else: the next command makes the result again. */
export function keepResult(cacheFolder: string, name: KeptName, kept: KeptResult): void {
  try {
    writeWhole(keptPath(cacheFolder, name), textOf(kept), { newMode: 0o600 });
  } catch {
    // See above.
  }
}

function* textOf({ id, result }: KeptResult): Generator<string> {
  yield `${id}\n`;
  yield* jsonPieces(result, deepestSplit);
}

/** Down to the single definitions of a snapshot. */
const deepestSplit = 4;

/** JSON in pieces, so that the text of a large project is never held at once. */
function* jsonPieces(value: unknown, depth: number): Generator<string> {
  if (depth > 0 && Array.isArray(value)) {
    yield "[";
    for (const [index, item] of value.entries()) {
      if (index > 0) yield ",";
      yield* jsonPieces(item, depth - 1);
    }
    yield "]";
  } else if (depth > 0 && isPlainObject(value)) {
    let separator = "{";
    for (const [key, item] of Object.entries(value)) {
      if (item === undefined) continue;
      yield `${separator}${JSON.stringify(key)}:`;
      yield* jsonPieces(item, depth - 1);
      separator = ",";
    }
    yield separator === "{" ? "{}" : "}";
  } else {
    yield JSON.stringify(value ?? null);
  }
}

function keptPath(cacheFolder: string, name: KeptName): string {
  return join(cacheFolder, `${name}.kept`);
}
