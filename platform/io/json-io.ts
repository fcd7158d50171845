import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { IoContext, IoManager } from "../define/io-manager.ts";
import { isSqlRelation, isStoredFile } from "../define/io-manager.ts";
import { replaceFile } from "./atomic-file.ts";
import type { DuckDb } from "./duck-db.ts";
import { outputFile, storedFiles } from "./file-io.ts";
import { joinSlices } from "./join-slices.ts";
import { rowsOf } from "./row-batches.ts";
import { withRows } from "./row-source.ts";
import { quotePath } from "./sql-text.ts";

/** Keeps any value that JSON can hold as a file, one per asset or partition; tables as lists of their rows. */
export function jsonIo(engine: DuckDb): IoManager {
  const rootOf = (context: IoContext) => join(context.dataFolder, "json");
  return {
    async handleOutput(context, value) {
      const content = await jsonValue(value, { engine, context });
      const file = outputFile(context, rootOf(context), "json");
      await replaceFile(file, (temporary) =>
        writeFile(temporary, `${JSON.stringify(content, jsonNumber)}\n`),
      );
      return {
        ...(Array.isArray(content) ? { row_count: { type: "int", value: content.length } as const } : {}),
        path: { type: "path", value: file },
        size_bytes: { type: "int", value: (await stat(file)).size },
      };
    },
    async loadInput(context) {
      const files = await storedFiles(context, rootOf(context), "json");
      const values = await Promise.all(
        files.map(async (file) => JSON.parse(await readFile(file, "utf8")) as unknown),
      );
      return joinSlices(values, context);
    },
    async relation(context) {
      const files = await storedFiles(context, rootOf(context), "json");
      return `read_json([${files.map(quotePath).join(", ")}], format = 'array', union_by_name = true)`;
    },
  };
}

async function jsonValue(value: unknown, source: { engine: DuckDb; context: IoContext }): Promise<unknown> {
  if (isSqlRelation(value) || isStoredFile(value)) {
    return withRows(value, source, async (query, session) => (await session.query(query)).toArray());
  }
  const isStream =
    typeof value === "object" && value !== null && (Symbol.asyncIterator in value || "toArray" in value);
  return isStream ? rowsOf(value) : value;
}

/** JSON's numbers have no limit but those who read them do. */
function jsonNumber(_: string, value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  return BigInt(Number(value)) === value ? Number(value) : value.toString();
}
