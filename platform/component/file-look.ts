import { statSync } from "node:fs";

/** Changes whenever a file is written, replaced or removed; its bytes are not read. */
export function fileLook(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat === undefined ? "" : `${stat.size}:${stat.mtimeMs}:${stat.ctimeMs}:${stat.ino}`;
}
