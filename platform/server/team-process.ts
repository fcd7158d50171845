import { basename } from "node:path";
import { startDaemon } from "../daemon/run-daemon-loop.ts";
import type { DefinitionsChange } from "../instance/definitions-source.ts";
import type { Instance } from "../instance/instance.ts";
import { type OpenInstanceOptions, openInstance, type TeamPart } from "../instance/open-instance.ts";
import { createStdoutLog, type ServerLog } from "../instance/server-log.ts";
import { changeText, summaryText } from "./change-text.ts";
import { createApp } from "./create-app.ts";
import { listen } from "./listen.ts";

interface ProcessOptions extends Pick<OpenInstanceOptions, "root" | "environment"> {
  /** Aborted when it is to end. */
  readonly signal: AbortSignal;
  /** Absent: stdout. */
  readonly log?: ServerLog;
}

export interface ServerOptions extends ProcessOptions {
  readonly host: string;
  readonly port: number;
  /** Asked of every request; any address beyond loopback needs one. */
  readonly token?: string;
  readonly version: string;
}

export interface DaemonOptions extends ProcessOptions {
  /** Of 127.0.0.1, where its health is told; absent: nowhere. */
  readonly healthPort?: number;
}

export interface WorkerOptions extends DaemonOptions {
  /** Runs at once; absent: as many as suit the machine. */
  readonly places?: number;
  /** When it is to end, runs may go on for so long before they are left to other workers. */
  readonly graceMs: number;
}

/** Serves API and page of a project whose runs other processes execute, until the signal aborts. */
export async function runServer(options: ServerOptions): Promise<void> {
  const { host, port, token, version, signal } = options;
  await using opened = await open(options, { role: "api" });
  const { instance, log } = opened;
  const access = token === undefined ? {} : { token };
  const app = createApp(instance, { version, ...access });
  await using server = await listen(app.fetch, {
    port,
    hostname: host,
    authenticated: token !== undefined,
  });
  instance.publishPort(server.port);
  log.info("the API listens", { url: server.url });
  await aborted(signal);
  log.info("stopping");
}

/** Gives runs their turn and sees to losses, retries and what is old, until the signal aborts. */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  await runMember(options, { role: "daemon" });
}

/** Executes runs until the signal aborts, and then those that it has as long as its grace allows. */
export async function runTeamWorker(options: WorkerOptions): Promise<void> {
  const { places, graceMs } = options;
  const part = { role: "worker", handBackAfterMs: graceMs } as const;
  await runMember(options, places === undefined ? part : { ...part, places });
}

async function runMember(options: DaemonOptions, part: Omit<TeamPart, "log">): Promise<void> {
  await using opened = await open(options, part);
  const { instance, log } = opened;
  await using _health =
    options.healthPort === undefined
      ? undefined
      : await listen(() => memberHealth(instance, part.role), { port: options.healthPort });
  await using _loops = part.role === "daemon" ? startDaemon(instance) : undefined;
  log.info("started");
  await aborted(options.signal);
  log.info("stopping");
}

interface Opened extends AsyncDisposable {
  readonly instance: Instance;
  readonly log: ServerLog;
}

async function open(options: ProcessOptions, part: Omit<TeamPart, "log">): Promise<Opened> {
  const { root, environment } = options;
  await using opening = new AsyncDisposableStack();
  const log = options.log ?? opening.use(createStdoutLog({ role: part.role }));
  opening.defer(() => log.info("stopped"));
  const instance = opening.use(
    await openInstance({
      root,
      ...(environment === undefined ? {} : { environment }),
      watch: true,
      part: { ...part, log },
    }),
  );
  opening.defer(instance.definitions.subscribe((change) => tell(change, log)));
  const opened = opening.move();
  return { instance, log, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

function tell(change: DefinitionsChange, log: ServerLog): void {
  if (change.type === "failed") {
    log.error("the definitions could not be loaded", { err: change.failure });
    return;
  }
  const { snapshot } = change.loaded;
  const { before } = change;
  const what = before === undefined ? summaryText(snapshot) : changeText(before, snapshot);
  log.info(`definitions loaded: ${what}`, { snapshot: snapshot.id });
}

const patienceMs = 3000;

/** 200 while definitions are loaded and the records answer. */
async function memberHealth(
  { root, definitions, runs }: Instance,
  role: TeamPart["role"],
): Promise<Response> {
  const snapshot = definitions.current();
  const loaded =
    snapshot !== undefined ? "ready" : definitions.failure() === undefined ? "loading" : "failed";
  const status = (await answers(() => runs.list({ limit: 1 }))) ? loaded : "unreachable";
  const body = {
    status,
    role,
    project: basename(root),
    environment: snapshot?.environment ?? null,
    snapshot_id: snapshot?.id ?? null,
  };
  return Response.json(body, { status: status === "ready" ? 200 : 503 });
}

async function answers(ask: () => Promise<unknown>): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), patienceMs);
  ask().then(
    () => resolve(true),
    () => resolve(false),
  );
  return await promise.finally(() => clearTimeout(timer));
}

async function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
}
