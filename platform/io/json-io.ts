import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type IoContext, type IoManager, isSqlRelation, isStoredFile } from "../define/io-manager.ts";
import type { SqlEngine } from "../define/sql-engine.ts";
import { replaceFile } from "./atomic-file.ts";
import { keepKey, outputFile, sliceRelation, storedPartitions, storedSlices } from "./file-io.ts";
import { joinSlices } from "./join-slices.ts";
import { labelledRows } from "./partition-column.ts";
import { rowsOf } from "./row-batches.ts";
import { withRows } from "./row-source.ts";
import { quoteLiteral, quotePath } from "./sql-text.ts";

/** Keeps any value that JSON can hold as a file, one per asset or partition; tables as lists of their rows. */
export function jsonIo(engine: SqlEngine, options: { readonly folder?: string } = {}): IoManager {
  const rootOf = (context: IoContext) => options.folder ?? join(context.dataFolder, "json");
  return {
    async handleOutput(context, value) {
      const content = await jsonValue(value, { engine, context });
      const file = outputFile(context, rootOf(context), "json");
      await replaceFile(file, async (temporary) => {
        await writeFile(temporary, `${JSON.stringify(content, jsonNumber)}\n`);
        await keepKey(file, context.partitions?.[0]);
        context.signal.throwIfAborted();
      });
      return {
        ...(Array.isArray(content) ? { row_count: { type: "int", value: content.length } as const } : {}),
        path: { type: "path", value: file },
        size_bytes: { type: "int", value: (await stat(file)).size },
      };
    },
    async loadInput(context) {
      const slices = await storedSlices(context, rootOf(context), "json");
      const values = await Promise.all(
        slices.map(async ({ file }) => JSON.parse(await readFile(file, "utf8")) as unknown),
      );
      const partitions = slices.map(({ partition }) => partition);
      if (context.partitionColumn === undefined) return joinSlices(values, { partitions });
      return labelledRows(
        partitions.map((partition, index) => [partition ?? "", values[index]] as const),
        context.partitionColumn,
      );
    },
    relation: async (context) =>
      sliceRelation(jsonFormat, await storedSlices(context, rootOf(context), "json"), { engine, context }),
    partitions: (context) => storedPartitions(context, rootOf(context), "json"),
  };
}

const jsonFormat = {
  async relation(files: readonly string[], fileColumn?: string): Promise<string> {
    const list = `[${files.map(quotePath).join(", ")}]`;
    const further = fileColumn === undefined ? "" : `, filename = ${quoteLiteral(fileColumn)}`;
    return `read_json(${list}, format = 'array', union_by_name = true${further})`;
  },
};

async function jsonValue(
  value: unknown,
  source: { engine: SqlEngine; context: IoContext },
): Promise<unknown> {
  if (isSqlRelation(value) || isStoredFile(value)) {
    return withRows(value, source, async (query, session) => Array.from(await session.query(query)));
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
