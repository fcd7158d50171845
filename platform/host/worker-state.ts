import { readdirSync } from "node:fs";

/** What a run may leave behind in its process. */
export interface WorkerState {
  /** Kinds of what keeps a process from ending, such as timers and sockets, with how many there are. */
  readonly resources: ReadonlyMap<string, number>;
  readonly openFiles: number;
  readonly variables: string;
  readonly folder: string;
  readonly globals: number;
  readonly listeners: number;
  readonly memoryBytes: number;
}

/** More memory in use is not carried into another run, in bytes. */
const mostMemory = 400_000_000;

/** Listeners at the process's end are left out: they do nothing until then. */
const watchedEvents = [
  "uncaughtException",
  "unhandledRejection",
  "warning",
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "message",
  "disconnect",
];

/** To be taken before a run and after it, when everything of ours is closed. */
export function workerState(): WorkerState {
  const resources = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) resources.set(kind, (resources.get(kind) ?? 0) + 1);
  return {
    resources,
    openFiles: openFiles(),
    variables: JSON.stringify(process.env),
    folder: process.cwd(),
    // Symbols are left out: packages keep what all copies of them share under some.
    globals: Object.getOwnPropertyNames(globalThis).length,
    listeners: watchedEvents.reduce((count, event) => count + process.listenerCount(event), 0),
    memoryBytes: process.memoryUsage.rss(),
  };
}

/**
 * What of a run is still there after it, in words; `undefined` where its process is as good as before. What cannot be
 * seen from outside is the state of imported modules, which the next run shares.
 */
export function leftBehind(before: WorkerState, after: WorkerState): string | undefined {
  for (const [kind, count] of after.resources) {
    if (count > (before.resources.get(kind) ?? 0)) return `an open ${kind}`;
  }
  if (after.openFiles > before.openFiles) return "an open file";
  if (after.variables !== before.variables) return "changed environment variables";
  if (after.folder !== before.folder) return "another working folder";
  if (after.globals !== before.globals) return "changed globals";
  if (after.listeners !== before.listeners) return "listeners of the process";
  if (process.exitCode !== undefined) return "an exit code";
  if (after.memoryBytes > mostMemory) return "much memory in use";
  return undefined;
}

/** Descriptors of this process; 0 where the system does not tell. */
function openFiles(): number {
  try {
    return readdirSync("/proc/self/fd").length;
  } catch {
    return 0;
  }
}
