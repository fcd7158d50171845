import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { TableColumn } from "../core/metadata.ts";
import { replaceFile } from "./atomic-file.ts";
import type { TableFormat } from "./file-io.ts";
import { quoteLiteral, quotePath } from "./sql-text.ts";

export const parquetFormat: TableFormat = {
  extension: "parquet",
  copyOptions: "format parquet, compression zstd",
  relation: async (files) => {
    const list = `[${files.map(quotePath).join(", ")}]`;
    // Slices may differ in columns and in the width of their types.
    return files.length === 1 ? `read_parquet(${list})` : `read_parquet(${list}, union_by_name = true)`;
  },
};

/** Beside each file lies one with the types of its columns, because a CSV file does not tell them. */
export const csvFormat: TableFormat = {
  extension: "csv",
  copyOptions: "format csv, header",
  async afterWrite(file, columns) {
    await replaceFile(columnsFile(file), (temporary) => writeFile(temporary, JSON.stringify(columns)));
  },
  async relation(files) {
    const parts = await Promise.all(files.map(readCsv));
    if (parts.length === 1) return parts[0] as string;
    return `(${parts.map((part) => `select * from ${part}`).join(" union all by name ")})`;
  },
};

async function readCsv(file: string): Promise<string> {
  if (!existsSync(columnsFile(file))) return `read_csv(${quotePath(file)})`;
  const columns = JSON.parse(await readFile(columnsFile(file), "utf8")) as TableColumn[];
  const types = columns.map(({ name, type }) => `${quoteLiteral(name)}: ${quoteLiteral(type)}`).join(", ");
  return `read_csv(${quotePath(file)}, header = true, auto_detect = false, columns = {${types}})`;
}

function columnsFile(file: string): string {
  return `${file}.columns.json`;
}
