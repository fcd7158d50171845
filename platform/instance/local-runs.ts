import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import {
  type ComponentRecord,
  type DefinitionsSnapshot,
  sameComponent,
} from "../core/definitions-snapshot.ts";
import type { QueueSettings } from "../core/queue.ts";
import { isTerminal, type RunId, type RunRecord } from "../core/run.ts";
import { artifactPath } from "../run/local-artifacts.ts";
import { stepLogFile } from "../run/step-output.ts";
import type { Storage } from "../storage/storage.ts";
import { InstanceError } from "./instance-error.ts";
import { readLogFile } from "./log-file.ts";
import { type RunRecording, recordRun } from "./record-run.ts";
import { readForRequest, resolveRequest } from "./resolve-request.ts";
import { runAgain } from "./run-again.ts";
import type { RunControl } from "./run-control.ts";
import { readRunDetail } from "./run-detail.ts";
import { eventView, runView } from "./run-view.ts";
import type { Attachment, Runs } from "./runs.ts";
import type { StalenessSource } from "./staleness-source.ts";

export interface LocalRunsOptions {
  readonly recording: RunRecording;
  readonly storage: Storage;
  readonly queue: Pick<QueueSettings, "retryPolicy">;
  /** Asked by requests for what is stale. */
  readonly staleness: StalenessSource;
  /** The definitions in force; rejects while there are none. */
  snapshot(): Promise<DefinitionsSnapshot>;
  readonly control: Pick<RunControl, "enqueued" | "cancel">;
  /** Told that a run is coming, before it is planned. */
  warm(): void;
  readonly logFolderOf: (id: RunId) => string;
  /** Where files that steps attach are kept. */
  readonly filesFolder: string;
  now(): Temporal.Instant;
}

/** Runs that this process records, plans and executes. */
export function createLocalRuns(options: LocalRunsOptions): Runs {
  const { recording, storage, staleness, control, logFolderOf, now } = options;
  const known = async (id: string): Promise<RunRecord> => {
    const run = await storage.getRun(id as RunId);
    if (run === undefined) throw new InstanceError("unknown-run", `there is no run \`${id}\``);
    return run;
  };
  const recorded = (run: RunRecord) => {
    control.enqueued(run.id);
    return runView(run);
  };
  return {
    async start(request) {
      options.warm();
      const snapshot = await options.snapshot();
      const withFormer = await withFormerAssets(snapshot, storage);
      const settled = await readForRequest(snapshot, request, { storage, staleness, now: now() });
      const resolved = resolveRequest(withFormer, request, settled);
      return recorded(await recordRun(recording, { snapshot, request: resolved }));
    },
    async retry(id, retry) {
      options.warm();
      const run = await known(id);
      if (!isTerminal(run.status)) {
        throw new InstanceError(
          "refused-transition",
          `the run \`${id}\` goes on still`,
          "wait for its end, or cancel it",
        );
      }
      return recorded(await runAgain(recording, { snapshot: await options.snapshot(), run, retry }));
    },
    async wait(id, { onEvents, signal } = {}) {
      let after = 0;
      for (;;) {
        const changed = nextChange(storage, id as RunId, signal);
        const run = await known(id);
        if (onEvents !== undefined) after = await handOn(storage, { id: id as RunId, after, onEvents });
        if (isTerminal(run.status)) {
          changed.stop();
          return runView(run);
        }
        await changed.promise;
        signal?.throwIfAborted();
      }
    },
    async cancel(id) {
      const run = await known(id);
      if (isTerminal(run.status))
        throw new InstanceError("refused-transition", `the run \`${id}\` has ended already`);
      await control.cancel(run.id);
      return runView(await known(id));
    },
    async list({ status, tags, asset, limit = 50, before, beforeMs } = {}) {
      const found = await storage.listRuns({
        limit: Math.min(limit, 501),
        ...(status === undefined ? {} : { status }),
        ...(tags === undefined ? {} : { tags }),
        ...(asset === undefined ? {} : { asset: asset as never }),
        ...(before === undefined ? {} : { before: before as RunId }),
        ...(beforeMs === undefined ? {} : { beforeMs }),
      });
      return found.map(runView);
    },
    find: (id) => readRunDetail(storage, id, options.queue),
    async events(id, { after, limit = 500, step } = {}) {
      await known(id);
      const page = await storage.listEvents(id as RunId, {
        limit: Math.min(limit, 1000),
        ...(after === undefined ? {} : { after }),
        ...(step === undefined ? {} : { step }),
      });
      return { ...page, events: page.events.map(eventView) };
    },
    readAttachment: (file) => attachment(options, file),
    async readLog(id, { step, stream, offset = 0 }) {
      const run = await known(id);
      // Only a step of the run has a log; what a client writes becomes no part of a path.
      const steps = await storage.listSteps(run.id);
      if (!steps.some((known) => known.step === step)) return undefined;
      return await readLogFile(logFolderOf(run.id), stepLogFile(step, stream), offset);
    },
  };
}

/** A file that a step attached, as long as it is kept. */
async function attachment(
  { storage, filesFolder }: Pick<LocalRunsOptions, "storage" | "filesFolder">,
  file: string,
): Promise<Attachment | undefined> {
  const path = artifactPath(filesFolder, file);
  const record = path === undefined ? undefined : await storage.findAttachment(file);
  if (path === undefined || record === undefined) return undefined;
  const isThere = await stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isThere) return undefined;
  const { name, mediaType, sizeBytes } = record;
  return {
    name,
    mediaType,
    sizeBytes,
    open: () => Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>,
  };
}

/**
 * The snapshot in which a quarantined component lists the assets that it had when something last ran, so that a
 * request for one of them meets the component's problem.
 */
async function withFormerAssets(
  snapshot: DefinitionsSnapshot,
  storage: Storage,
): Promise<DefinitionsSnapshot> {
  const isEmpty = ({ status, assets }: ComponentRecord) => status === "quarantined" && assets.length === 0;
  if (!snapshot.components.some(isEmpty)) return snapshot;
  const [last] = await storage.listRuns({ limit: 1 });
  const former = last === undefined ? undefined : await storage.getSnapshot(last.snapshotId);
  if (former === undefined) return snapshot;
  const components = snapshot.components.map((component) => {
    const known = isEmpty(component)
      ? former.components.find((one) => sameComponent(one, component))
      : undefined;
    return known === undefined ? component : { ...component, assets: known.assets };
  });
  return { ...snapshot, components };
}

async function handOn(
  storage: Storage,
  {
    id,
    after,
    onEvents,
  }: { id: RunId; after: number; onEvents: (page: Awaited<ReturnType<Runs["events"]>>) => void },
): Promise<number> {
  let cursor = after;
  for (let more = true; more; ) {
    const page = await storage.listEvents(id, { after: cursor, limit: 500 });
    if (page.events.length > 0) onEvents({ ...page, events: page.events.map(eventView) });
    ({ cursor, more } = page);
  }
  return cursor;
}

/** Resolves at the next commit that touches the run, or when `signal` aborts. Listens from the call on. */
function nextChange(storage: Storage, id: RunId, signal: AbortSignal | undefined) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const unsubscribe = storage.subscribe(({ runs, events }) => {
    if (runs.includes(id) || events.some(({ event }) => event.runId === id)) stop();
  });
  const stop = () => {
    unsubscribe();
    signal?.removeEventListener("abort", stop);
    resolve();
  };
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  return { promise, stop };
}
