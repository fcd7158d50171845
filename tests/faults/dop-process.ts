import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const dop = fileURLToPath(new URL("../../platform/cli/dop.js", import.meta.url));

export interface DopOptions {
  /** The project, and its working folder. */
  readonly root: string;
  readonly args: readonly string[];
  /** Over the variables of this process. */
  readonly env?: { readonly [name: string]: string };
  readonly port?: number;
}

/** A `dop` in a process of its own. */
export class DopProcess implements AsyncDisposable {
  readonly child: ChildProcess;
  /** Resolves with its exit code and signal. */
  readonly ended: Promise<[number | null, NodeJS.Signals | null]>;
  /** Where its API or its health is asked for; absent where it listens nowhere. */
  readonly url: string | undefined;
  #printed = "";

  constructor({ root, args, env = {}, port }: DopOptions) {
    this.url = port === undefined ? undefined : `http://127.0.0.1:${port}`;
    this.child = spawn(process.execPath, [dop, ...args], {
      cwd: root,
      env: { ...process.env, DOP_ENVIRONMENT: "", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const keep = (text: Buffer) => {
      this.#printed = (this.#printed + String(text)).slice(-200_000);
    };
    this.child.stdout?.on("data", keep);
    this.child.stderr?.on("data", keep);
    this.ended = once(this.child, "exit") as DopProcess["ended"];
  }

  get pid(): number {
    return this.child.pid as number;
  }

  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** What it printed last, both streams. */
  printed(): string {
    return this.#printed;
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  /** Resolves when it tells that it is well; rejects when it ends before. */
  async healthy(): Promise<void> {
    while (this.isRunning) {
      const response = await fetch(`${this.url}/api/v1/health`).catch(() => undefined);
      if (response?.ok === true) return;
      await delay(50);
    }
    throw new Error(`dop ended before it was ready:\n${this.#printed}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) this.child.kill("SIGKILL");
    await this.ended;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
