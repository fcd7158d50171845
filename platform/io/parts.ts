// What IO managers outside of this folder are made of.
export { columnsOf, copyQuery } from "./copy-query.ts";
export { duckdbIo } from "./duckdb-io.ts";
export { fileIo, noPartition, nothingStored, outputPartition, tableMetadata } from "./file-io.ts";
export { jsonIo } from "./json-io.ts";
export { objectIo } from "./object-io.ts";
export { withRows } from "./row-source.ts";
export { quoteIdentifier, quoteLiteral, quotePath, quoteText } from "./sql-text.ts";
export { csvFormat, parquetFormat } from "./table-formats.ts";
