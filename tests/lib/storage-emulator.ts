import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout } from "node:timers/promises";

/** A process that stands in for a service of the cloud, on a port of its own. */
export class StorageEmulator implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(url: string, process: ChildProcess) {
    this.url = url;
    this.#process = process;
  }

  /** Resolves when it answers; throws when it ends before. */
  static async start(
    executable: string,
    argsOf: (port: string) => readonly string[],
  ): Promise<StorageEmulator> {
    const port = String(await freePort());
    const child = spawn(executable, argsOf(port), { stdio: "ignore" });
    const url = `http://127.0.0.1:${port}`;
    for (let tries = 0; tries < 400 && child.exitCode === null; tries++) {
      const answer = await fetch(url).catch(() => undefined);
      if (answer !== undefined) return new StorageEmulator(url, child);
      await setTimeout(50);
    }
    child.kill("SIGKILL");
    throw new Error(`${executable} does not answer`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await exited;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
