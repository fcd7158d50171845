import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { ErrorInfo } from "../core/event.ts";
import { createHostedProcess, type HostedProcess, type ProcessEnd } from "./hosted-process.ts";
import type { Message } from "./message.ts";
import { watchTree } from "./watch-tree.ts";

/** Definitions that were loaded, and how that went. */
export interface LoadedDefinitions {
  readonly snapshot: DefinitionsSnapshot;
  readonly durationMs: number;
  /** Files whose change led to it, relative to the project; empty for the first load. */
  readonly changed: readonly string[];
}

export interface CodeHostOptions {
  readonly root: string;
  /** Absent: the project's rules choose. */
  readonly environment?: string;
  /** Whether to load again when files change. */
  readonly watch: boolean;
  onLoaded(loaded: LoadedDefinitions): void;
  /** The load did not come to an end, such as when a module ends the process; what was loaded before stays. */
  onFailure(failure: ErrorInfo): void;
  /** A line that user code wrote, or a word of the host itself. */
  onOutput(stream: "stdout" | "stderr", line: string): void;
  /** Delay before the first restart after a crash; doubles up to 30 s. */
  readonly restartDelayMs?: number;
}

/** Keeps a project's definitions loaded, in a process apart from the one that asks. */
export interface CodeHost extends AsyncDisposable {
  /** The last that loaded; `undefined` before the first. */
  current(): LoadedDefinitions | undefined;
  /** Loads again; resolves when that load, or a later one, has succeeded or failed. */
  reload(changed?: readonly string[]): Promise<void>;
  /** Of the process whose definitions are current; it stands still until the next change. */
  processId(): number | undefined;
}

const longestRestartDelayMs = 30_000;

/** Modules imported anew never leave a process, so it is replaced after so many loads with changed code. */
const maxCodeLoads = 100;

/** A load that runs longer is given up when something changes: code may be waiting for ever. */
const patienceMs = 10_000;

/**
 * Starts a code host and its first load.
 *
 * The current process loads a change, importing changed modules anew. Where that is not enough, and when it has
 * imported many, another takes over that waits with the platform loaded. Either way the old definitions stay until the
 * new ones are there.
 */
export function createCodeHost(options: CodeHostOptions): CodeHost {
  const host = new HostProcesses(options);
  const watcher = options.watch
    ? watchTree(options.root, {
        onChange: (files) => void host.reload(files),
        onFailure: (folder, error) =>
          options.onOutput("stderr", `${folder} is not watched: ${error.message}`),
      })
    : undefined;
  void host.reload(undefined);
  return {
    current: () => host.loaded,
    reload: (changed) => host.reload(changed),
    processId: () => host.active?.pid,
    async [Symbol.asyncDispose]() {
      watcher?.[Symbol.dispose]();
      await host.close();
    },
  };
}

interface HostProcess {
  readonly process: HostedProcess;
  readonly warm: Promise<void>;
  /** Whether it has been asked to load. */
  used: boolean;
  /** Loads in which modules were imported anew; the old ones stay in its memory. */
  codeLoads: number;
  answer: ((message: Message & { type: "loaded" }) => void) | undefined;
}

/** What waits to be loaded; `undefined` files mean everything. */
interface PendingLoad {
  files: Set<string> | undefined;
}

class HostProcesses {
  loaded: LoadedDefinitions | undefined;
  readonly #options: CodeHostOptions;
  #active: HostProcess | undefined;
  #standby: HostProcess | undefined;
  #pending: PendingLoad | undefined;
  #working: Promise<void> | undefined;
  #loading: { readonly host: HostProcess; readonly startedAt: number } | undefined;
  #crashes = 0;
  #nextId = 1;
  #closed = false;
  #restart: NodeJS.Timeout | undefined;

  constructor(options: CodeHostOptions) {
    this.#options = options;
  }

  get active(): HostedProcess | undefined {
    return this.#active?.process;
  }

  reload(changed: readonly string[] | undefined): Promise<void> {
    if (this.#closed) return Promise.resolve();
    clearTimeout(this.#restart);
    this.#pending = joined(this.#pending, changed);
    if (this.#loading !== undefined && performance.now() - this.#loading.startedAt > patienceMs) {
      this.#loading.host.process.kill();
    }
    this.#working ??= this.#work();
    return this.#working;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#restart);
    const processes = [this.#active, this.#standby].filter((host) => host !== undefined);
    await Promise.all(processes.map((host) => host.process[Symbol.asyncDispose]()));
  }

  async #work(): Promise<void> {
    while (this.#pending !== undefined && !this.#closed) {
      const { files } = this.#pending;
      this.#pending = undefined;
      await this.#load(files);
    }
    this.#working = undefined;
    if (!this.#closed) this.#standby ??= this.#start();
  }

  async #load(files: Set<string> | undefined): Promise<void> {
    const host = this.#hostFor(files);
    const startedAt = performance.now();
    this.#loading = { host, startedAt };
    const outcome = await this.#ask(host, files);
    this.#loading = undefined;
    if (this.#closed) return;
    if ("end" in outcome) {
      this.#crashed(host, outcome.end);
      return;
    }
    const { snapshot, failure } = outcome.body;
    if (snapshot === undefined) {
      if (host !== this.#active) this.#standby = host;
      this.#options.onFailure(failure ?? { name: "Error", message: "the code host gave no definitions" });
      return;
    }
    this.#crashes = 0;
    const before = this.#active;
    this.#active = host;
    if (this.#standby === host) this.#standby = undefined;
    if (before !== undefined && before !== host) before.process.kill();
    this.loaded = {
      snapshot: snapshot as unknown as DefinitionsSnapshot,
      durationMs: performance.now() - startedAt,
      changed: [...(files ?? [])].toSorted(),
    };
    this.#options.onLoaded(this.loaded);
  }

  #hostFor(files: Set<string> | undefined): HostProcess {
    const active = this.#active;
    if (active !== undefined && files !== undefined && ![...files].some(isSetting)) {
      if ([...files].some(isCode)) active.codeLoads++;
      if (active.codeLoads <= maxCodeLoads) return active;
    }
    if (this.#standby?.used === true) {
      this.#standby.process.kill();
      this.#standby = undefined;
    }
    this.#standby ??= this.#start();
    return this.#standby;
  }

  #start(): HostProcess {
    const { promise: warm, resolve } = Promise.withResolvers<void>();
    const { root, onOutput } = this.#options;
    const host: HostProcess = {
      warm,
      used: false,
      codeLoads: 0,
      answer: undefined,
      process: createHostedProcess({
        entry: "code-host-process.ts",
        root,
        onOutput,
        onMessage(message) {
          if (message.type === "log")
            onOutput(message.body.level === "info" ? "stdout" : "stderr", message.body.message);
          if (message.type !== "loaded") return;
          if (message.id === 0) resolve();
          else host.answer?.(message);
        },
      }),
    };
    void host.process.ended.then((end) => {
      const wasActive = this.#active === host;
      if (wasActive) this.#active = undefined;
      if (this.#standby === host) this.#standby = undefined;
      // While a load is under way its own waiting tells of the end.
      if (wasActive && host.answer === undefined && !this.#closed) this.#crashed(host, end);
    });
    return host;
  }

  async #ask(
    host: HostProcess,
    files: Set<string> | undefined,
  ): Promise<{ end: ProcessEnd } | (Message & { type: "loaded" })> {
    const answered = Promise.withResolvers<Message & { type: "loaded" }>();
    host.answer = answered.resolve;
    const ended = host.process.ended.then((end) => ({ end }));
    const warm = await Promise.race([host.warm, ended]);
    if (warm !== undefined) return warm;
    const { root, environment } = this.#options;
    host.process.send(
      "load",
      {
        root,
        again: this.#options.watch,
        ...(environment === undefined ? {} : { environment }),
        ...(files === undefined || !host.used ? {} : { changed: [...files].toSorted() }),
      },
      this.#nextId++,
    );
    host.used = true;
    const outcome = await Promise.race([answered.promise, ended]);
    host.answer = undefined;
    return outcome;
  }

  #crashed(host: HostProcess, end: ProcessEnd): void {
    if (this.#active === host) this.#active = undefined;
    if (this.#standby === host) this.#standby = undefined;
    this.#options.onFailure({ name: "CodeHostError", message: `the code host ${endText(end)}` });
    const delay = Math.min((this.#options.restartDelayMs ?? 200) * 2 ** this.#crashes, longestRestartDelayMs);
    this.#crashes++;
    this.#restart = setTimeout(() => void this.reload(undefined), delay);
  }
}

/** `ended with exit code 3: last line` or `was killed by SIGKILL`. */
export function endText({ exitCode, signal, stderrTail }: ProcessEnd): string {
  const how = signal === null ? `ended with exit code ${exitCode ?? "unknown"}` : `was killed by ${signal}`;
  return stderrTail === "" ? how : `${how}:\n${stderrTail}`;
}

/** Settings of the project and its variables are taken up once in the life of a process. */
function isSetting(file: string): boolean {
  return file === ".env" || file === "package.json";
}

function isCode(file: string): boolean {
  return /\.[cm]?[jt]s$/.test(file);
}

function joined(pending: PendingLoad | undefined, changed: readonly string[] | undefined): PendingLoad {
  if (changed === undefined || (pending !== undefined && pending.files === undefined))
    return { files: undefined };
  return { files: new Set([...(pending?.files ?? []), ...changed]) };
}
