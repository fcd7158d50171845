// `instance` puts one project together; only here implementations are chosen.

import { join } from "node:path";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunId } from "../core/run.ts";
import { createRunWorkers } from "../host/run-workers.ts";
import type { Storage } from "../storage/storage.ts";
import { createCatalog } from "./catalog.ts";
import { withToolStatus } from "./component-view.ts";
import { createDefinitionsSource } from "./definitions-source.ts";
import { findTool } from "./find-tool.ts";
import { readGitCheckout } from "./git-checkout.ts";
import type { Instance } from "./instance.ts";
import { createLocalRuns } from "./local-runs.ts";
import { openStorage } from "./open-storage.ts";
import { acquireOwnerLock } from "./owner-lock.ts";
import { createRunExecution, endAbandonedRuns } from "./run-execution.ts";
import { createServerLog } from "./server-log.ts";
import { prepareStateFolder } from "./state-folder.ts";

export interface OpenInstanceOptions {
  /** Absolute; `findProjectRoot` finds it. */
  readonly root: string;
  /** Absent: the project's rules choose. */
  readonly environment?: string;
  /** Whether files are watched and runs are to be many: a server; otherwise one command. */
  readonly watch: boolean;
  /** What user code writes while it is loaded. */
  onOutput?(stream: "stdout" | "stderr", line: string): void;
  now?(): Temporal.Instant;
}

/**
 * Opens a project as its owner. Throws OwnedElsewhereError while another process is.
 *
 * When it watches, loading starts at once and is not waited for; else when definitions are first needed.
 */
export async function openInstance(options: OpenInstanceOptions): Promise<Instance> {
  const { root, environment, watch, onOutput = () => {}, now = () => Temporal.Now.instant() } = options;
  await using opening = new AsyncDisposableStack();
  const folders = prepareStateFolder(root);
  const lock = opening.use(await acquireOwnerLock(root, folders.state));
  const log = opening.use(createServerLog(folders.logs));
  const output = (stream: "stdout" | "stderr", line: string) => {
    log.info(line, { stream });
    onOutput(stream, line);
  };
  const environmentOption = environment === undefined ? {} : { environment };
  const definitions = opening.use(
    createDefinitionsSource({
      root,
      watch,
      ...environmentOption,
      settle: (snapshot) => settled(root, snapshot),
      onOutput: output,
    }),
  );
  const workers = opening.use(createRunWorkers({ root, restock: watch, onOutput: output }));
  if (watch) workers.warm();
  const storage = await openStorage(root, process.env);
  opening.defer(() => storage.close());
  const abandoned = await endAbandonedRuns(storage, now());
  if (abandoned > 0) log.warning("runs of an owner that is gone were ended", { runs: abandoned });
  const logFolderOf = (id: RunId) => join(folders.logs, "runs", id);
  const execution = opening.use(
    createRunExecution({ storage, workers, dataFolder: folders.data, logFolderOf, log, now }),
  );
  const checkout = () => readGitCheckout(root);
  const snapshot = () => definitions.ready();
  const runs = createLocalRuns({
    root,
    storage,
    snapshot,
    execution,
    warm: () => workers.warm(),
    commit: async () => (await checkout())?.commit,
    logFolderOf,
    now,
  });
  const closing = opening.move();
  return {
    root,
    definitions,
    runs,
    catalog: createCatalog({
      snapshot,
      storage,
      links: async () => ({ checkout: await checkout(), folder: root }),
    }),
    log,
    token: lock.owner.token,
    publishPort: (port) => lock.publishPort(port),
    onRunChange: (listener) => onRunChange(storage, listener),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/** The snapshot with what this machine lacks. */
export function settled(root: string, snapshot: DefinitionsSnapshot): DefinitionsSnapshot {
  const lookFor = (name: string) => findTool(name, { root, path: process.env["PATH"] });
  return { ...snapshot, components: withToolStatus(snapshot.components, lookFor) };
}

function onRunChange(storage: Storage, listener: Parameters<Instance["onRunChange"]>[0]): () => void {
  return storage.subscribe(({ runs, events }) => {
    listener({ runs: [...new Set([...runs, ...events.map(({ event }) => event.runId)])] });
  });
}
