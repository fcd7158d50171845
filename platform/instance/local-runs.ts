import { randomUUIDv7 } from "node:crypto";
import {
  type ComponentRecord,
  type DefinitionsSnapshot,
  sameComponent,
} from "../core/definitions-snapshot.ts";
import { isTerminal, type RunId, type RunRecord, type RunRequest } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { PlanError } from "../plan/plan-error.ts";
import { planRun } from "../plan/plan-run.ts";
import { stepLogFile } from "../run/step-output.ts";
import type { Storage } from "../storage/storage.ts";
import { withRealFiles } from "./duckdb-files.ts";
import { InstanceError } from "./instance-error.ts";
import { readLogFile } from "./log-file.ts";
import { resolveRequest } from "./resolve-request.ts";
import type { RunExecution } from "./run-execution.ts";
import { eventView, runStepViews, runView } from "./run-view.ts";
import type { Runs } from "./runs.ts";

export interface LocalRunsOptions {
  /** Of the project; absolute. */
  readonly root: string;
  readonly storage: Storage;
  /** The definitions in force; rejects while there are none. */
  snapshot(): Promise<DefinitionsSnapshot>;
  readonly execution: RunExecution;
  /** Told that a run is coming, before it is planned. */
  warm(): void;
  /** Commit of the project's checkout, recorded with each run. */
  commit(): Promise<string | undefined>;
  readonly logFolderOf: (id: RunId) => string;
  now(): Temporal.Instant;
}

/** Runs that this process records, plans and executes. */
export function createLocalRuns(options: LocalRunsOptions): Runs {
  const { storage, execution, logFolderOf, now } = options;
  const known = async (id: string): Promise<RunRecord> => {
    const run = await storage.getRun(id as RunId);
    if (run === undefined) throw new InstanceError("unknown-run", `there is no run \`${id}\``);
    return run;
  };
  return {
    async start(request) {
      options.warm();
      const snapshot = await options.snapshot();
      const moment = now();
      const resolved = resolveRequest(await withFormerAssets(snapshot, storage), request, moment);
      const plan = withRealFiles(planned(snapshot, resolved, moment), options.root);
      const commit = await options.commit();
      const at = moment.epochMilliseconds;
      await storage.putSnapshot(snapshot, at);
      const run = await storage.createRun({
        id: randomUUIDv7() as string as RunId,
        status: "queued",
        request: resolved,
        snapshotId: snapshot.id,
        ...(commit === undefined ? {} : { commit }),
        createdAtMs: at,
        plan,
      });
      execution.enqueue({
        runId: run.id,
        plan,
        documents: documentsOf(snapshot, plan),
        environment: snapshot.environment,
      });
      return runView(run);
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
      await execution.cancel(run.id);
      return runView(await known(id));
    },
    async list({ status, asset, limit = 50, before } = {}) {
      const found = await storage.listRuns({
        limit: Math.min(limit, 501),
        ...(status === undefined ? {} : { status }),
        ...(asset === undefined ? {} : { asset: asset as never }),
        ...(before === undefined ? {} : { before: before as RunId }),
      });
      return found.map(runView);
    },
    async find(id) {
      const run = await storage.getRun(id as RunId);
      if (run === undefined) return undefined;
      const [steps, plan] = await Promise.all([storage.listSteps(run.id), storage.getPlan(run.id)]);
      return { run: runView(run), steps: runStepViews(steps, plan) };
    },
    async events(id, { after, limit = 500, step } = {}) {
      await known(id);
      const page = await storage.listEvents(id as RunId, {
        limit: Math.min(limit, 1000),
        ...(after === undefined ? {} : { after }),
        ...(step === undefined ? {} : { step }),
      });
      return { ...page, events: page.events.map(eventView) };
    },
    async readLog(id, { step, stream, offset = 0 }) {
      const run = await known(id);
      const plan = await storage.getPlan(run.id);
      // Only a step of the plan has a log; what a client writes becomes no part of a path.
      if (plan?.steps.some(({ key }) => key === step) !== true) return undefined;
      return await readLogFile(logFolderOf(run.id), stepLogFile(step, stream), offset);
    },
  };
}

function planned(snapshot: DefinitionsSnapshot, request: RunRequest, now: Temporal.Instant): RunPlan {
  try {
    return planRun(snapshot, request, { now });
  } catch (error) {
    if (error instanceof PlanError) throw new InstanceError("invalid-request", error.message);
    throw error;
  }
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

/** Hashes of the documents that the plan's steps, resources and IO managers come from. */
function documentsOf({ components }: DefinitionsSnapshot, { steps, resources, ioManagers }: RunPlan) {
  const places = [
    ...steps.map(({ component }) => component),
    ...Object.values(resources),
    ...Object.values(ioManagers),
  ];
  const named = new Set(places.map(({ file, document }) => `${file}#${document}`));
  return components
    .filter(({ file, document }) => named.has(`${file}#${document}`))
    .map(({ file, document, hash }) => ({ file, document, hash }));
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
