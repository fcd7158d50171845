import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { findTool } from "./require-tool.ts";

export interface PostgresServerOptions {
  /** Whether it waits for the disk, which only measurements need. */
  readonly durable?: boolean;
}

/** A real server with data of its own in a temporary folder. It ends with the process that started it. */
export class PostgresServer implements AsyncDisposable {
  readonly port: number;
  readonly #programs: string;
  readonly #folder: string;
  readonly #settings: readonly string[];
  #process: ChildProcess | undefined;
  #databases = 0;

  private constructor(place: {
    programs: string;
    folder: string;
    port: number;
    settings: readonly string[];
  }) {
    this.port = place.port;
    this.#programs = place.programs;
    this.#folder = place.folder;
    this.#settings = place.settings;
  }

  /** Throws where Postgres is not installed; tests ask `requireTool` before. */
  static async start({ durable = false }: PostgresServerOptions = {}): Promise<PostgresServer> {
    const postgres = findTool("postgres");
    if (postgres === undefined) throw new Error("postgres is not installed");
    const server = new PostgresServer({
      programs: dirname(postgres),
      folder: mkdtempSync(join(tmpdir(), "dop-postgres-")),
      port: await freePort(),
      settings: [`fsync=${durable ? "on" : "off"}`, "shared_buffers=128MB", "max_connections=100"],
    });
    server.#initialize();
    await server.start();
    return server;
  }

  url(database = "postgres"): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  /** URL of a new, empty database. */
  async createDatabase(): Promise<string> {
    const name = `test_${++this.#databases}`;
    const client = new pg.Client(this.url());
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return this.url(name);
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    for (let tries = 0; ; tries++) {
      this.#process = this.#spawn("postgres", [
        "-D",
        this.#folder,
        "-p",
        String(this.port),
        ...[
          "listen_addresses=127.0.0.1",
          `unix_socket_directories=${this.#folder}`,
          ...this.#settings,
        ].flatMap((setting) => ["-c", setting]),
      ]);
      if (await this.#answers(this.#process)) return;
      // What a killed server left of its shared memory is not gone at once.
      if (tries === 50) throw new Error("postgres does not start");
      await setTimeout(100);
    }
  }

  /** `fast` ends sessions in order, `immediate` as a crash does, `kill` is a crash of the whole server. */
  async stop(how: "fast" | "immediate" | "kill" = "fast"): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const exited = once(running, "exit");
    running.kill(how === "fast" ? "SIGINT" : how === "immediate" ? "SIGQUIT" : "SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop("immediate");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #initialize(): void {
    const user = serverUser();
    if (user !== undefined) chownSync(this.#folder, user.uid, user.gid);
    const { command, args } = this.#command("initdb", [
      "-D",
      this.#folder,
      ...["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"],
    ]);
    const { status, stderr } = spawnSync(command, args, { encoding: "utf8", cwd: "/" });
    if (status !== 0) throw new Error(`initdb failed: ${stderr}`);
  }

  #spawn(program: string, programArgs: readonly string[]): ChildProcess {
    const { command, args } = this.#command(program, programArgs);
    return spawn(command, args, { stdio: "ignore", cwd: "/" });
  }

  /** Postgres refuses to run as root. */
  #command(program: string, args: readonly string[]): { command: string; args: string[] } {
    const file = join(this.#programs, program);
    const user = serverUser();
    if (user === undefined) return { command: file, args: [...args] };
    const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
    return { command: "setpriv", args: [...identity, "--pdeathsig=QUIT", file, ...args] };
  }

  async #answers(running: ChildProcess): Promise<boolean> {
    while (running.exitCode === null && running.signalCode === null) {
      const client = new pg.Client(this.url());
      client.on("error", () => {});
      try {
        await client.connect();
        await client.end();
        return true;
      } catch {
        await setTimeout(20);
      }
    }
    return false;
  }
}

/** For root: Debian's `postgres`, else `nobody`. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const { status, stdout } = spawnSync("id", ["-u", name], { encoding: "utf8" });
    const group = spawnSync("id", ["-g", name], { encoding: "utf8" });
    if (status === 0) return { uid: Number(stdout), gid: Number(group.stdout) };
  }
  throw new Error("there is no user that a Postgres server can run as");
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
