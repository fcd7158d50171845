import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { TableColumn } from "../core/metadata.ts";
import { replaceFile } from "./atomic-file.ts";
import type { TableFormat } from "./file-io.ts";
import { quoteIdentifier, quoteLiteral, quotePath } from "./sql-text.ts";

export const parquetFormat: TableFormat = {
  extension: "parquet",
  // Half of the usual rows of a group, because a group is in memory until it is full.
  copyOptions: "format parquet, compression zstd, row_group_size 61440",
  async relation(files, fileColumn) {
    const list = `[${files.map(quotePath).join(", ")}]`;
    // Slices may differ in columns and in the width of their types.
    const options = [
      ...(files.length === 1 ? [] : ["union_by_name = true"]),
      ...(fileColumn === undefined ? [] : [`filename = ${quoteLiteral(fileColumn)}`]),
    ];
    return `read_parquet(${[list, ...options].join(", ")})`;
  },
};

/** Beside each file lies one with the types of its columns, because a CSV file does not tell them. */
export const csvFormat: TableFormat = {
  extension: "csv",
  copyOptions: "format csv, header",
  async afterWrite(file, columns) {
    await replaceFile(columnsFile(file), (temporary) => writeFile(temporary, JSON.stringify(columns)));
  },
  async relation(files, fileColumn) {
    const parts = await Promise.all(files.map(readCsv));
    if (parts.length === 1 && fileColumn === undefined) return parts[0] as string;
    const selects = parts.map((part, index) => {
      if (fileColumn === undefined) return `select * from ${part}`;
      return `select *, ${quoteLiteral(files[index] as string)} as ${quoteIdentifier(fileColumn)} from ${part}`;
    });
    return `(${selects.join(" union all by name ")})`;
  },
};

async function readCsv(file: string): Promise<string> {
  if (!existsSync(columnsFile(file))) return `read_csv(${quotePath(file)})`;
  const columns = JSON.parse(await readFile(columnsFile(file), "utf8")) as TableColumn[];
  const types = columns.map(({ name, type }) => `${quoteLiteral(name)}: ${quoteLiteral(type)}`).join(", ");
  return `read_csv(${quotePath(file)}, header = true, auto_detect = false, allow_quoted_nulls = false, columns = {${types}})`;
}

function columnsFile(file: string): string {
  return `${file}.columns.json`;
}
