import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { heartbeatDescriptor } from "./heartbeat.ts";
import { type Message, type MessageBody, type MessageType, parseMessage } from "./message.ts";
import { createMessage } from "./message-envelope.ts";

/** How a child process ended, with the last that it wrote to standard error. */
export interface ProcessEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderrTail: string;
}

/** A file that holds all that a process of ours runs, also what `start-up.js` does for others. */
export interface PackedEntry {
  /** Absolute, like the folder in which Node keeps the code that it has compiled. */
  readonly path: string;
  readonly compiledFolder: string;
}

export interface HostedProcessOptions {
  /** What the process runs: a file beside this one, or a pack. */
  readonly entry:
    | "code-host-process.ts"
    | "evaluation-process.ts"
    | "run-worker-process.ts"
    | "step-process.ts"
    | PackedEntry;
  /** The project; also its working folder. */
  readonly root: string;
  /** For Node itself, before all else. */
  readonly flags?: readonly string[];
  /** Whether it shows by a heartbeat that it lives. */
  readonly heartbeat?: boolean;
  onMessage(message: Message): void;
  /** A line that user code wrote. */
  onOutput(stream: "stdout" | "stderr", line: string): void;
}

/** A process of ours that holds user code, leading a process group of its own. */
export interface HostedProcess extends AsyncDisposable {
  readonly pid: number | undefined;
  /** Resolves when it is gone and all that it sent has been seen. */
  readonly ended: Promise<ProcessEnd>;
  /** Milliseconds since it last showed that it lives; 0 where it has no heartbeat. */
  silentMs(): number;
  /** Does nothing once it is gone. */
  send<T extends MessageType>(type: T, body: MessageBody<T>, id?: number): void;
  /** Ends it and everything that it started, at once. */
  kill(): void;
}

const startUp = new URL("./start-up.js", import.meta.url).href;
const stderrTailLength = 4000;

/** Starts one. A message that does not parse ends the process: the two ends are then of different making. */
export function createHostedProcess({
  entry,
  root,
  flags = [],
  heartbeat = false,
  onMessage,
  onOutput,
}: HostedProcessOptions): HostedProcess {
  const { path, preload, env } = begunBy(entry);
  const child = fork(path, [], {
    cwd: root,
    env: { ...process.env, ...env },
    // Half of the usual space for young objects, in MB: with large tables it is most of what a worker holds.
    execArgv: ["--max-semi-space-size=8", ...flags, ...preload],
    stdio: ["ignore", "pipe", "pipe", "ipc", ...(heartbeat ? (["pipe"] as const) : [])],
    // A group of its own: Ctrl-C at the terminal reaches the control plane alone, and a kill reaches grandchildren.
    detached: true,
  });
  let stderrTail = "";
  readLines(child.stdout, (line) => onOutput("stdout", line));
  readLines(child.stderr, (line) => {
    stderrTail = `${stderrTail}${line}\n`.slice(-stderrTailLength);
    onOutput("stderr", line);
  });
  child.on("message", (raw) => {
    try {
      onMessage(parseMessage(raw));
    } catch (error) {
      stderrTail = `${stderrTail}${error instanceof Error ? error.message : String(error)}\n`.slice(
        -stderrTailLength,
      );
      killGroup(child);
    }
  });
  const ended = endOf(child, () => stderrTail.trimEnd());
  const pulse = heartbeat ? pulseOf(child) : undefined;
  return {
    pid: child.pid,
    ended,
    silentMs: () => pulse?.silentMs() ?? 0,
    send(type, body, id) {
      // The callback takes the error of a channel that closes while this is under way; `ended` tells of it.
      if (child.connected) child.send(createMessage(type, body, id), () => {});
    },
    kill: () => killGroup(child),
    async [Symbol.asyncDispose]() {
      killGroup(child);
      await ended;
    },
  };
}

/** The name of the variable by which Node is told where to keep compiled code; whoever reads it may forget it. */
export const compiledFolderVariable = "NODE_COMPILE_CACHE";

function begunBy(entry: HostedProcessOptions["entry"]): {
  path: string;
  preload: readonly string[];
  env: { readonly [name: string]: string };
} {
  if (typeof entry === "object") {
    return { path: entry.path, preload: [], env: { [compiledFolderVariable]: entry.compiledFolder } };
  }
  return {
    path: fileURLToPath(new URL(`./${entry}`, import.meta.url)),
    preload: ["--import", startUp],
    env: {},
  };
}

/** Listens to the heartbeat of a process; its start counts as the first beat. */
function pulseOf(child: ChildProcess) {
  let lastBeat = performance.now();
  const pipe = child.stdio[heartbeatDescriptor] as Readable | null | undefined;
  pipe?.on("data", () => {
    lastBeat = performance.now();
  });
  // A process that dies takes the pipe with it; `ended` tells of that.
  pipe?.on("error", () => {});
  return { silentMs: () => performance.now() - lastBeat };
}

async function endOf(child: ChildProcess, stderrTail: () => string): Promise<ProcessEnd> {
  const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
  child.once("error", (error) => {
    if (child.pid === undefined) resolve({ exitCode: null, signal: null, stderrTail: error.message });
  });
  // `close` comes after `exit`, when the pipes and the channel are drained; a grandchild may hold the pipes open.
  child.once("exit", (exitCode, signal) => {
    const end = () => resolve({ exitCode, signal, stderrTail: stderrTail() });
    const patience = setTimeout(end, 500);
    child.once("close", () => {
      clearTimeout(patience);
      end();
    });
  });
  return await promise;
}

function killGroup(child: ChildProcess): void {
  if (child.pid !== undefined && !killProcessGroup(child.pid)) child.kill("SIGKILL");
}

/** Whether there was such a group to be killed. */
export function killProcessGroup(id: number): boolean {
  try {
    return process.kill(process.platform === "win32" ? id : -id, "SIGKILL");
  } catch {
    return false;
  }
}

/** Characters of a line after which it is told in pieces: whoever writes without an end must not fill our memory. */
const longestLine = 65_536;

function readLines(stream: NodeJS.ReadableStream | null, onLine: (line: string) => void): void {
  let rest = "";
  stream?.setEncoding("utf8");
  stream?.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    if (rest.length < longestLine) return;
    onLine(rest);
    rest = "";
  });
  stream?.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
