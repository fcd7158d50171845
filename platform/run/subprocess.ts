import { StepError, type SubprocessOptions, type SubprocessResult } from "../define/step.ts";
import { LineSplitter } from "./line-splitter.ts";
import type { LogStream, StepOutput } from "./step-output.ts";

/** Groups that are still running; they must not outlive this process. */
const groups = new Set<number>();
let watchesExit = false;
/** How long the output of a command that has ended may still take to arrive, in milliseconds. */
const drainMs = 200;

export interface SubprocessSetting {
  readonly output: StepOutput;
  readonly signal: AbortSignal;
  readonly projectRoot: string;
  /** Told to every command besides what the caller adds. */
  readonly variables: { readonly [name: string]: string };
  /** Milliseconds between the polite signal and the deadly one. */
  readonly graceMs: number;
  readonly taker?: LineTaker;
  onProcessGroup?(id: number, state: "started" | "ended"): void;
}

/** Takes lines that are no output, such as messages. */
export interface LineTaker {
  /** Whether it took the line; then nobody else sees it. */
  take(stream: LogStream, line: string): boolean;
  /** Resolves when there is room for further ones. */
  ready(): Promise<void>;
  /** Characters of the longest line that it takes. */
  readonly longest: number;
}

/**
 * Runs a command without a shell, in a process group of its own, until it ends. When `signal` aborts, the group gets
 * SIGINT and after the grace period SIGKILL. Throws StepError for a command that cannot be started or fails.
 */
export async function runSubprocess(
  {
    command,
    args,
    options = {},
  }: { command: string; args: readonly string[]; options: SubprocessOptions | undefined },
  { output, signal, projectRoot, variables, graceMs, taker, onProcessGroup = () => {} }: SubprocessSetting,
): Promise<SubprocessResult> {
  // Loaded by those runs alone that start commands: it takes longer than many a step.
  const { execa } = await import("execa");
  signal.throwIfAborted();
  const lastErrors: string[] = [];
  const splitters = {
    stdout: new LineSplitter((line) => {
      if (taker?.take("stdout", line)) return;
      const text = options.stdoutText === undefined ? line : options.stdoutText(line);
      if (text !== undefined) output.line("stdout", text);
      options.onStdoutLine?.(line);
    }, taker?.longest),
    stderr: new LineSplitter((line) => {
      if (taker?.take("stderr", line)) return;
      output.line("stderr", line);
      lastErrors.push(line);
      if (lastErrors.length > 20) lastErrors.shift();
      options.onStderrLine?.(line);
    }, taker?.longest),
  };
  const child = execa(command, args, {
    cwd: options.cwd ?? projectRoot,
    env: { ...variables, ...options.env },
    stdin: "ignore",
    buffer: false,
    reject: false,
    detached: process.platform !== "win32",
  });
  const stop = stopOnAbort(child.pid, { signal, graceMs, onProcessGroup });
  // A child that it leaves running may hold its output open for ever.
  let draining: NodeJS.Timeout | undefined;
  child.nodeChildProcess.once("exit", () => {
    draining = setTimeout(stop, drainMs);
  });
  try {
    const reading = [
      forward(child.stdout, splitters.stdout, [output, taker]),
      forward(child.stderr, splitters.stderr, [output, taker]),
    ];
    const [result] = await Promise.all([child, ...reading]);
    if (signal.aborted) throw signal.reason;
    if (result.exitCode === undefined && result.signal === undefined) {
      throw cannotStart(command, "code" in result ? result.code : undefined, result.originalMessage);
    }
    const exitCode = result.exitCode ?? 128;
    if (exitCode === 0 || options.allowFailure === true) return { exitCode };
    const end =
      result.signal === undefined ? `ended with exit code ${exitCode}` : `was ended by ${result.signal}`;
    throw new StepError([`\`${command}\` ${end}`, ...lastErrors].join("\n"), { retry: "later" });
  } finally {
    clearTimeout(draining);
    stop();
  }
}

async function forward(
  stream: AsyncIterable<Uint8Array> | null,
  to: LineSplitter,
  readers: readonly (Pick<StepOutput, "ready"> | undefined)[],
): Promise<void> {
  if (stream === null) return;
  // Waiting here is what slows down a command that writes faster than the disk.
  for await (const chunk of stream) {
    to.write(chunk);
    for (const reader of readers) await reader?.ready();
  }
  to.finish();
}

/** Gives what ends the watching; a group that is left behind is killed then. */
function stopOnAbort(
  pid: number | undefined,
  {
    signal,
    graceMs,
    onProcessGroup,
  }: Required<Pick<SubprocessSetting, "signal" | "graceMs" | "onProcessGroup">>,
): () => void {
  if (pid === undefined) return () => {};
  if (!watchesExit) {
    watchesExit = true;
    process.on("exit", killProcessGroups);
  }
  groups.add(pid);
  onProcessGroup(pid, "started");
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    signalGroup(pid, "SIGINT");
    timer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
  };
  signal.addEventListener("abort", onAbort, { once: true });
  return () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    // Children that the command has left running belong to the step, which is over. Only once: the number may be
    // given to others afterwards.
    if (!groups.delete(pid)) return;
    signalGroup(pid, "SIGKILL");
    onProcessGroup(pid, "ended");
  };
}

/** Ends at once whatever commands are still running in this process's name. */
export function killProcessGroups(): void {
  for (const group of groups) signalGroup(group, "SIGKILL");
}

function signalGroup(pid: number, name: "SIGINT" | "SIGKILL"): void {
  try {
    process.kill(process.platform === "win32" ? pid : -pid, name);
  } catch {
    // It has ended by itself.
  }
}

function cannotStart(command: string, code: unknown, message: string | undefined): StepError {
  if (code === "ENOENT") {
    return new StepError(
      `there is no command \`${command}\`: install it, or correct its path or the folder it runs in`,
      {
        retry: "never",
      },
    );
  }
  return new StepError(`\`${command}\` cannot be started: ${message ?? String(code)}`, { retry: "never" });
}
