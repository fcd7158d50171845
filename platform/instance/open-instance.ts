// `instance` puts one project together; only here implementations are chosen.

import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { findTool } from "../component/find-tool.ts";
import { readVariables } from "../component/variables.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunId } from "../core/run.ts";
import { createRunWorkers } from "../host/run-workers.ts";
import type { Storage } from "../storage/storage.ts";
import { type AbsentProjects, createAbsentProjects } from "./absent-projects.ts";
import { createAutomationDesk } from "./automation-desk.ts";
import { createCatalog } from "./catalog.ts";
import { createCheckoutReader } from "./checkout-reader.ts";
import { createCodeEvaluation } from "./code-evaluation.ts";
import { withToolStatus } from "./component-view.ts";
import { createDefinitionsSource } from "./definitions-source.ts";
import type { Instance } from "./instance.ts";
import { InstanceError } from "./instance-error.ts";
import { createLocalRecords } from "./local-records.ts";
import { createLocalRuns } from "./local-runs.ts";
import { isSharedStorage, openStorage, readInstanceConfiguration, storageUrlOf } from "./open-storage.ts";
import { acquireOwnerLock, OwnedElsewhereError, type OwnerLock } from "./owner-lock.ts";
import { createProcessFolder } from "./process-folder.ts";
import { createRunControl } from "./run-control.ts";
import type { OwnerRole } from "./run-reconciler.ts";
import { executesRuns, type RunRole } from "./run-role.ts";
import { createServerLog, type ServerLog } from "./server-log.ts";
import { createStalenessSource, type StalenessSource } from "./staleness-source.ts";
import { prepareStateFolder, runFoldersOf, runLogsFolder } from "./state-folder.ts";
import { createWebhooks } from "./webhooks.ts";

export interface OpenInstanceOptions {
  /** Absolute; `findProjectRoot` finds it. */
  readonly root: string;
  /** Absent: the project's rules choose. */
  readonly environment?: string;
  /** Whether files are watched and runs are to be many: a server; otherwise one command. */
  readonly watch: boolean;
  /** Its part among several processes; `api`, `daemon` and `worker` need a storage that these can share. */
  readonly part?: TeamPart;
  /** Of a project that is open together with others. */
  readonly neighbours?: ProjectNeighbours;
  /** What user code writes while it is loaded. */
  onOutput?(stream: "stdout" | "stderr", line: string): void;
  now?(): Temporal.Instant;
}

/** What binds a project to others in the same process. */
export interface ProjectNeighbours {
  /** Called once, with what the project remembers; gives staleness that looks beyond the project. */
  connect(own: { readonly storage: Storage; readonly absent: AbsentProjects }): StalenessSource;
}

/** What one of several processes over the same records does. */
export interface TeamPart {
  readonly role: Exclude<RunRole, OwnerRole>;
  readonly log: ServerLog;
  /** Of a worker. */
  readonly places?: number;
  /** Of a worker. */
  readonly handBackAfterMs?: number;
}

/**
 * Opens a project: as its owner, where only one process may write its records; throws OwnedElsewhereError while another
 * one is. Records on Postgres have no owner, and whoever asks is one of many.
 *
 * When it watches, loading starts at once and is not waited for; else when definitions are first needed.
 */
export async function openInstance(options: OpenInstanceOptions): Promise<Instance> {
  const { root, environment, watch, part, onOutput = () => {}, now = () => Temporal.Now.instant() } = options;
  const role: RunRole = part?.role ?? (watch ? "server" : "command");
  await using opening = new AsyncDisposableStack();
  const environmentOption = environment === undefined ? {} : { environment };
  const read = readInstanceConfiguration({ root, env: process.env, ...environmentOption });
  const { queue, retention, projects } = read.configuration;
  const storageUrl = storageUrlOf(read);
  const shared = isSharedStorage(storageUrl);
  if (part !== undefined && !shared) throw needsSharedStorage();
  const folders = prepareStateFolder(root);
  const lock = await ownership({ root, state: folders.state, shared, role });
  if (lock !== undefined) opening.use(lock);
  const log = part?.log ?? opening.use(createServerLog(folders.logs));
  const output = (stream: "stdout" | "stderr", line: string) => {
    log.info(line, { stream });
    onOutput(stream, line);
  };
  const definitions = opening.use(
    createDefinitionsSource({
      root,
      watch,
      ...environmentOption,
      settle: (snapshot) => settled(root, snapshot),
      onOutput: output,
    }),
  );
  const workers = opening.use(
    createRunWorkers({
      root,
      restock: watch,
      runsPerWorker: queue.runsPerWorker,
      silenceMs: queue.workerSilenceSeconds * 1000,
      onOutput: output,
    }),
  );
  if (watch && executesRuns(role)) workers.warm();
  const storage = await openStorage(root, storageUrl);
  opening.defer(() => storage.close());
  const logFolderOf = (id: RunId) => join(runLogsFolder(folders), id);
  const checkout = createCheckoutReader(root);
  const snapshot = () => definitions.ready();
  const recording = { root, storage, commit: async () => (await checkout())?.commit, now };
  const control = opening.use(
    await createRunControl({
      recording,
      storage,
      workers,
      role,
      exclusive: !shared,
      settings: queue,
      ...(part?.places === undefined ? {} : { places: part.places }),
      ...(part?.handBackAfterMs === undefined ? {} : { handBackAfterMs: part.handBackAfterMs }),
      attachmentBytes: retention.attachmentBytes,
      ...(retention.runsSeconds === undefined ? {} : { keepRunsSeconds: retention.runsSeconds }),
      runFolders: runFoldersOf(folders),
      folders: { data: folders.data, values: folders.values, files: folders.artifacts, logsOf: logFolderOf },
      recordsFolder: shared ? opening.use(createProcessFolder(folders.workers)).folder : folders.workers,
      snapshot,
      log,
      now,
    }),
  );
  const warm = () => {
    if (executesRuns(role)) workers.warm();
  };
  const absent = createAbsentProjects(storage, projects);
  const staleness = options.neighbours?.connect({ storage, absent }) ?? createStalenessSource(storage, now);
  const runs = createLocalRuns({
    queue,
    recording,
    storage,
    staleness,
    snapshot,
    control,
    warm,
    logFolderOf,
    filesFolder: folders.artifacts,
    now,
  });
  const code = opening.use(
    createCodeEvaluation({ root, ...environmentOption, dataFolder: folders.data, onOutput: output }),
  );
  const automation = createAutomationDesk({
    ...{ recording, storage, definitions, control, warm, code },
    settings: queue,
  });
  const closing = opening.move();
  return {
    root,
    definitions,
    runs,
    catalog: createCatalog({
      snapshot,
      storage,
      staleness,
      absentProjects: absent,
      links: async () => ({ checkout: await checkout(), folder: root }),
      now,
    }),
    automation,
    webhooks: createWebhooks({
      storage,
      snapshot,
      variables: () => readVariables(root, process.env).variables,
      now,
      onDelivery: () => automation.wake(),
    }),
    records: createLocalRecords({
      ...{ storage, snapshot, staleness, queue, now },
      runFolders: runFoldersOf(folders),
      onSwitch: () => automation.wake(),
    }),
    log,
    token: lock?.owner.token ?? randomBytes(24).toString("base64url"),
    publishPort: (port) => lock?.publishPort(port),
    onRunChange: (listener) => onRunChange(storage, listener),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

/**
 * The right to write, where there is only one; and where there are many, the place in which the first server of this
 * folder tells commands where it listens.
 */
async function ownership({
  root,
  state,
  shared,
  role,
}: {
  readonly root: string;
  readonly state: string;
  readonly shared: boolean;
  readonly role: RunRole;
}): Promise<OwnerLock | undefined> {
  if (!shared) return await acquireOwnerLock(root, state);
  if (role !== "server" && role !== "api") return undefined;
  try {
    return await acquireOwnerLock(root, state);
  } catch (error) {
    if (error instanceof OwnedElsewhereError) return undefined;
    throw error;
  }
}

function needsSharedStorage(): InstanceError {
  return new InstanceError(
    "not-supported",
    "the project keeps its records in SQLite, which one process has for itself",
    "`dop dev` does everything in one; for several processes set `dop.storage.url` to `postgres://…`",
  );
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
