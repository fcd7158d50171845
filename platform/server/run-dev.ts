import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { renderProblem } from "../core/render-problem.ts";
import { startDaemon } from "../daemon/run-daemon-loop.ts";
import type { DefinitionsChange } from "../instance/definitions-source.ts";
import type { Instance } from "../instance/instance.ts";
import { type OpenInstanceOptions, openInstance } from "../instance/open-instance.ts";
import { OwnedElsewhereError } from "../instance/owner-lock.ts";
import { tellOfAbsentProjects } from "./absent-projects-text.ts";
import { changeText, summaryText } from "./change-text.ts";
import { createApp } from "./create-app.ts";
import { type Listening, listen } from "./listen.ts";
import { tickText } from "./tick-text.ts";

export interface DevOptions extends Pick<OpenInstanceOptions, "root" | "environment"> {
  /** Exactly this one; without it 3939 or the next free one. */
  readonly port?: number;
  readonly version: string;
  /** Data: the address. */
  print(text: string): void;
  /** Talk: what is loaded, and problems. */
  say(text: string): void;
  readonly color?: boolean;
}

/** A project that is being worked on: loaded, watched and served. Disposing stops its processes. */
export interface Dev extends AsyncDisposable {
  readonly url: string;
}

/** Starts everything; resolves when the API listens, which is before the definitions are loaded. */
export async function startDev({
  root,
  environment,
  port,
  version,
  print,
  say,
  color = false,
}: DevOptions): Promise<Dev> {
  await using starting = new AsyncDisposableStack();
  const instance = starting.use(
    await openWhenFree({
      root,
      watch: true,
      ...(environment === undefined ? {} : { environment }),
      onOutput: (_stream, line) => say(line),
    }),
  );
  starting.defer(tellOfLoads(instance, { say, color }));
  starting.defer(tellOfAbsentProjects(instance, say));
  const app = createApp(instance, { version });
  const server: Listening = starting.use(await listen(app.fetch, port === undefined ? {} : { port }));
  instance.publishPort(server.port);
  print(`dop dev: ${server.url}`);
  // What was loaded before anybody listened.
  const snapshot = instance.definitions.current();
  if (snapshot !== undefined) say(`loaded: ${summaryText(snapshot)}`);
  starting.use(startDaemon(instance, { onTick: (tick) => say(tickText(tick)) }));
  const running = starting.move();
  return { url: server.url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** A command that only asks has the project for moments; for so long its end is waited for. */
const patienceMs = 3000;

/** Opens a project that a command may have for moments still. */
export async function openWhenFree(options: OpenInstanceOptions): Promise<Instance> {
  for (const deadline = performance.now() + patienceMs; ; await delay(50)) {
    try {
      return await openInstance(options);
    } catch (error) {
      const isShort = error instanceof OwnedElsewhereError && error.owner.port === null;
      if (!isShort || performance.now() > deadline) throw error;
    }
  }
}

/** Runs until `signal` aborts, then stops everything. */
export async function runDev(options: DevOptions & { readonly signal: AbortSignal }): Promise<void> {
  await runUntil(options.signal, () => startDev(options));
}

/** Keeps what `start` gives until `signal` aborts. */
export async function runUntil(signal: AbortSignal, start: () => Promise<AsyncDisposable>): Promise<void> {
  await using _started = await start();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  if (signal.aborted) resolve();
  await promise;
}

/** Says what is loaded, and problems as they come; the answer ends it. */
export function tellOfLoads(
  { root, definitions }: Pick<Instance, "root" | "definitions">,
  { say, color }: { say(text: string): void; readonly color: boolean },
): () => void {
  let lastFailure: string | undefined;
  return definitions.subscribe((change) => {
    const failure = change.type === "failed" ? change.failure.message : undefined;
    // A host that crashes while it loads is started again and again; once is enough to say so.
    if (failure === undefined || failure !== lastFailure) tell(change, { root, say, color });
    lastFailure = failure;
  });
}

function tell(
  change: DefinitionsChange,
  { root, say, color }: { root: string; say(text: string): void; color: boolean },
): void {
  if (change.type === "failed") {
    say(`the definitions could not be loaded: ${change.failure.message}`);
    return;
  }
  const { loaded, before } = change;
  const { snapshot, durationMs } = loaded;
  const took = `${Math.round(durationMs)} ms`;
  if (before === undefined) say(`loaded in ${took}: ${summaryText(snapshot)}`);
  else if (isNews(before, snapshot)) say(`reloaded in ${took}: ${changeText(before, snapshot)}`);
  const linesOf = (file: string) => readLines(join(root, file));
  for (const problem of newProblems(before, snapshot)) say(`\n${renderProblem(problem, { linesOf, color })}`);
}

function isNews(before: DefinitionsSnapshot, after: DefinitionsSnapshot): boolean {
  return before.id !== after.id || problemTexts(before).join() !== problemTexts(after).join();
}

/** Those that were not told before; a problem that only moved is told again, because its place is new. */
function newProblems(before: DefinitionsSnapshot | undefined, after: DefinitionsSnapshot) {
  const told = new Set(before === undefined ? [] : problemTexts(before));
  return after.problems.filter((problem) => !told.has(JSON.stringify(problem)));
}

function problemTexts({ problems }: DefinitionsSnapshot): string[] {
  return problems.map((problem) => JSON.stringify(problem));
}

function readLines(path: string): readonly string[] | undefined {
  try {
    return readFileSync(path, "utf8").split("\n");
  } catch {
    return undefined;
  }
}
