import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The script that calls dbt from Python. */
export const dbtScript = fileURLToPath(new URL("./run_dbt.py", import.meta.url));

export interface RunnerRequest {
  readonly args: readonly string[];
  readonly env: { readonly [name: string]: string };
  readonly cwd: string;
}

/** The Python that a dbt command is run by; `undefined` where it is no Python script. */
export function pythonOf(dbt: string): string | undefined {
  try {
    const file = openSync(dbt, "r");
    try {
      const start = Buffer.alloc(512);
      const length = readSync(file, start);
      const [, python] = /^#!\s*(\S*python[\d.]*)\s*\n/.exec(start.toString("utf8", 0, length)) ?? [];
      return python;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

const warm = new Map<string, DbtRunner>();

/** The runner of this process for a Python, started when it is first asked for. */
export function runnerOf(python: string): DbtRunner {
  const known = warm.get(python);
  if (known?.isAlive === true) return known;
  const runner = new DbtRunner(python);
  warm.set(python, runner);
  return runner;
}

/** A Python process with dbt loaded, which serves one request after the other and ends with this process. */
export class DbtRunner {
  readonly #child: ChildProcess;
  readonly #ended = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<boolean>();
  #queue: Promise<unknown> = Promise.resolve();
  #onLine: (stream: "stdout" | "stderr", line: string) => void = () => {};
  #onExit: (code: number) => void = () => {};
  #isAlive = true;

  constructor(python: string) {
    // In a group of its own, so that an interrupted terminal is told by us and not twice.
    this.#child = spawn(python, [dbtScript, "serve"], { stdio: ["pipe", "pipe", "pipe"], detached: true });
    this.#child.on("error", () => this.#end());
    this.#child.on("exit", () => this.#end());
    this.#child.stdin?.on("error", () => {});
    process.once("exit", this.#kill);
    for (const stream of ["stdout", "stderr"] as const) {
      const pipe = this.#child[stream];
      if (pipe !== null) createInterface({ input: pipe }).on("line", (line) => this.#read(stream, line));
    }
    this.#letGo();
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /** Whether dbt could be loaded. */
  async isReady(): Promise<boolean> {
    return await this.#ready.promise;
  }

  /**
   * The exit code of dbt; 137 where the process was killed. `signal` interrupts it, and kills it after `graceMs`;
   * either way it serves nobody afterwards.
   */
  async call(
    request: RunnerRequest,
    {
      signal,
      graceMs,
      onLine,
    }: {
      signal: AbortSignal;
      graceMs: number;
      onLine(stream: "stdout" | "stderr", line: string): void;
    },
  ): Promise<number> {
    const mine = this.#queue.then(async () => {
      signal.throwIfAborted();
      if (!this.#isAlive) return 137;
      const exit = Promise.withResolvers<number>();
      this.#onLine = onLine;
      this.#onExit = exit.resolve;
      let timer: NodeJS.Timeout | undefined;
      const onAbort = () => {
        this.#signal("SIGINT");
        timer = setTimeout(this.#kill, graceMs);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#child.ref();
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
      try {
        return await Promise.race([exit.promise, this.#ended.promise.then(() => 137)]);
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#onLine = () => {};
        if (signal.aborted) this.#kill();
        this.#letGo();
      }
    });
    this.#queue = mine.catch(() => {});
    return await mine;
  }

  #read(stream: "stdout" | "stderr", line: string): void {
    if (stream === "stdout" && line.startsWith('{"dop_')) {
      const told = JSON.parse(line) as { readonly dop_exit?: number };
      if (told.dop_exit === undefined) this.#ready.resolve(true);
      else this.#onExit(told.dop_exit);
    } else this.#onLine(stream, line);
  }

  /** An idle runner keeps nobody from ending. */
  #letGo(): void {
    this.#child.unref();
    for (const pipe of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      (pipe as { unref?(): void } | null)?.unref?.();
    }
  }

  #signal(name: "SIGINT" | "SIGKILL"): void {
    const { pid } = this.#child;
    if (pid === undefined || !this.#isAlive) return;
    try {
      process.kill(process.platform === "win32" ? pid : -pid, name);
    } catch {
      // It has ended by itself.
    }
  }

  readonly #kill = (): void => this.#signal("SIGKILL");

  #end(): void {
    this.#isAlive = false;
    process.off("exit", this.#kill);
    this.#ready.resolve(false);
    this.#ended.resolve();
  }
}
