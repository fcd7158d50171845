import { extname } from "node:path";

const byEnding: { readonly [ending: string]: string } = {
  ".csv": "text/csv",
  ".gif": "image/gif",
  ".gz": "application/gzip",
  ".html": "text/html",
  ".jpeg": "image/jpeg",
  ".jpg": "image/jpeg",
  ".json": "application/json",
  ".jsonl": "application/x-ndjson",
  ".log": "text/plain",
  ".md": "text/markdown",
  ".ndjson": "application/x-ndjson",
  ".parquet": "application/vnd.apache.parquet",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".sql": "text/plain",
  ".svg": "image/svg+xml",
  ".tsv": "text/tab-separated-values",
  ".txt": "text/plain",
  ".webp": "image/webp",
  ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  ".xml": "application/xml",
  ".yaml": "application/yaml",
  ".yml": "application/yaml",
  ".zip": "application/zip",
};

/** By the ending of a file's name; bytes of which nothing is known where that says nothing. */
export function mediaTypeOf(name: string): string {
  const ending = extname(name).toLowerCase();
  return Object.hasOwn(byEnding, ending) ? (byEnding[ending] as string) : "application/octet-stream";
}
