import { readdirSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { showText } from "../core/display-text.ts";
import { stateFolderOf } from "../instance/state-folder.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { momentText } from "./run-text.ts";

export interface ServerLogRequest {
  readonly follow: boolean;
  readonly level: string;
  /** How many of the last lines to begin with. */
  readonly limit: number;
  /** As they stand in the file. */
  readonly json: boolean;
}

const levels: { readonly [name: string]: number } = { debug: 20, info: 30, warning: 40, error: 50 };
const pollMs = 300;

/** Of a file that has grown large only so much is read back. */
const mostBytes = 16 * 1024 * 1024;

/** Lines of all `*.log` files of the state's `logs` folder, by their time. Throws CommandError without any. */
export async function printServerLogs(
  root: string,
  request: ServerLogRequest,
  context: Pick<CommandContext, "print" | "signal">,
): Promise<void> {
  const folder = join(stateFolderOf(root), "logs");
  const readers = logFiles(folder).map((name) => createLineReader(join(folder, name), sourceOf(name)));
  if (readers.length === 0 && !request.follow)
    throw new CommandError("no server or daemon has written a log here yet", "`dop dev` starts one");
  let isFirst = true;
  for (;;) {
    for (const name of logFiles(folder)) {
      if (!readers.some(({ path }) => path === join(folder, name)))
        readers.push(createLineReader(join(folder, name), sourceOf(name)));
    }
    const read = (await Promise.all(readers.map((reader) => reader.read()))).flat();
    const lines = read
      .filter(({ level }) => level >= (levels[request.level] as number))
      .toSorted((a, b) => a.atMs - b.atMs);
    const shown = isFirst ? lines.slice(Math.max(0, lines.length - request.limit)) : lines;
    for (const line of shown) context.print(request.json ? line.text : lineText(line));
    isFirst = false;
    if (!request.follow || context.signal.aborted) return;
    await delay(pollMs, undefined, { signal: context.signal });
  }
}

interface LogLine {
  readonly text: string;
  readonly source: string;
  readonly level: number;
  readonly atMs: number;
  readonly message: string;
  readonly fields: { readonly [name: string]: unknown };
}

function logFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith(".log"));
  } catch {
    return [];
  }
}

function sourceOf(name: string): string {
  return name.replace(/\.log$/, "");
}

/** Reads on where it stopped; whole lines only. A file that was cut off is read from its start. */
function createLineReader(path: string, source: string) {
  let offset: number | undefined;
  let rest = Buffer.alloc(0);
  return {
    path,
    async read(): Promise<LogLine[]> {
      const { size } = await stat(path).catch(() => ({ size: 0 }));
      if (offset === undefined) offset = Math.max(0, size - mostBytes);
      if (size < offset) [offset, rest] = [0, Buffer.alloc(0)];
      if (size === offset) return [];
      await using file = await open(path, "r");
      const { buffer, bytesRead } = await file.read({
        buffer: Buffer.alloc(size - offset),
        position: offset,
      });
      offset += bytesRead;
      const whole = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const end = whole.lastIndexOf(0x0a) + 1;
      rest = whole.subarray(end);
      return whole
        .toString("utf8", 0, end)
        .split("\n")
        .flatMap((text) => lineOf(text, source) ?? []);
    },
  };
}

/** `undefined` for what is no line of a log, such as one that was cut in two. */
function lineOf(text: string, source: string): LogLine | undefined {
  try {
    const { level, time, msg, pid: _pid, ...fields } = JSON.parse(text) as { [name: string]: unknown };
    const atMs = Date.parse(String(time));
    if (typeof level !== "number" || Number.isNaN(atMs)) return undefined;
    return { text, source, level, atMs, message: String(msg ?? ""), fields };
  } catch {
    return undefined;
  }
}

function lineText({ atMs, source, level, message, fields }: LogLine): string {
  const word = Object.entries(levels).findLast(([, number]) => level >= number)?.[0] ?? "debug";
  const further = Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`;
  return `${momentText(atMs)} ${source} ${word}: ${showText(message)}${showText(further)}`;
}
