import { open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { LogSlice } from "../core/views.ts";

const sliceBytes = 256 * 1024;

/**
 * A stretch of a log file, at most 256 KiB, ending at a whole character; `undefined` where there is no such file
 * inside the folder, links followed.
 */
export async function readLogFile(
  folder: string,
  file: string,
  offset: number,
): Promise<LogSlice | undefined> {
  const path = await pathInside(folder, file);
  if (path === undefined) return undefined;
  await using handle = await open(path, "r");
  const { size } = await handle.stat();
  if (offset >= size) return { text: "", nextOffset: size, end: true };
  const { buffer, bytesRead } = await handle.read({
    buffer: Buffer.alloc(Math.min(sliceBytes, size - offset)),
    position: offset,
  });
  const length = bytesRead - unfinishedBytes(buffer.subarray(0, bytesRead));
  const nextOffset = offset + length;
  return { text: buffer.toString("utf8", 0, length), nextOffset, end: nextOffset >= size || length === 0 };
}

async function pathInside(folder: string, file: string): Promise<string | undefined> {
  try {
    const [root, path] = await Promise.all([realpath(folder), realpath(join(folder, file))]);
    return path.startsWith(root + sep) ? path : undefined;
  } catch {
    return undefined;
  }
}

/** How many bytes at the end begin a character that is not whole yet. */
function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const needed = byte >= 0b1111_0000 ? 4 : byte >= 0b1110_0000 ? 3 : byte >= 0b1100_0000 ? 2 : 1;
    return needed > back ? back : 0;
  }
  return 0;
}
