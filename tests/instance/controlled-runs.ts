import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { DefinitionsSnapshot, SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import { defaultQueueSettings, type QueueSettings } from "../../platform/core/queue.ts";
import type { RunId, RunRecord, RunRequest } from "../../platform/core/run.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import type { ExecuteOptions, RunWorker, StartRun } from "../../platform/host/run-worker.ts";
import type { WorkerEnd } from "../../platform/host/worker-end.ts";
import { createRunControl, type RunControl } from "../../platform/instance/run-control.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";

const component = { file: "defs/shop/component.yaml", document: 1, type: ".shop.ShopComponent" };

/** A shop that makes one asset with one step. */
export function snapshotOf(
  id = "5h0p",
  { step = "orders", pools = [] }: { step?: string; pools?: SnapshotDefinitions["pools"] } = {},
): DefinitionsSnapshot {
  const asset = {
    key: "raw/orders" as AssetKey,
    groupName: "raw",
    owners: [],
    tags: {},
    kinds: [],
    deps: [],
    checks: [],
    materializable: true,
    component,
    step,
  };
  const stepSpec = {
    name: step,
    assets: [asset.key],
    checks: [],
    canSubset: false,
    execution: "materialize" as const,
    resources: [],
    component,
  };
  return {
    schema: "dop.snapshot/1",
    id,
    environment: "local",
    definitions: {
      assets: [asset],
      checks: [],
      steps: [stepSpec],
      jobs: [],
      schedules: [],
      sensors: [],
      resources: [],
      pools,
      ioManagers: [],
      io: "parquet",
    },
    components: [
      {
        ...component,
        name: "shop",
        line: 1,
        enabled: true,
        status: "ready",
        hash: "1",
        needs: [],
        tools: [],
        assets: [asset.key],
        checks: [],
        variables: [],
      },
    ],
    sources: [],
    problems: [],
  } as unknown as DefinitionsSnapshot;
}

/** A worker's part, played by the test. */
export interface Work {
  readonly start: StartRun;
  readonly options: ExecuteOptions;
  /** Sends events as the run's worker would; gives how many were refused. */
  tell(...bodies: RunEventBody[]): Promise<number>;
  end(end: WorkerEnd): void;
  /** Tells that the run succeeded, and ends. */
  succeed(): Promise<void>;
}

export interface Controlled {
  readonly storage: Storage;
  readonly control: RunControl;
  /** In the order in which workers were given runs. */
  readonly works: Work[];
  /** Sets the definitions in force. */
  snapshot: DefinitionsSnapshot;
  /** Whether the workers show that they live. */
  responsive: boolean;
  record(name: string, request?: Partial<RunRequest>, plan?: Partial<RunPlan>): Promise<RunId>;
  /** Resolves when so many runs were given to workers in all. */
  working(count: number): Promise<void>;
  untilStatus(id: RunId, status: RunRecord["status"]): Promise<RunRecord>;
  notes(id: RunId): Promise<string[]>;
}

export interface ControlOptions extends Partial<QueueSettings> {
  readonly role?: "server" | "command";
  /** Records that an earlier owner left. */
  readonly storage?: Storage;
}

/** The control plane of a project, with workers that the test plays. */
export async function controlled({
  role = "server",
  storage: given,
  ...settings
}: ControlOptions = {}): Promise<Controlled> {
  const folder = mkdtempSync(`${tmpdir()}/dop-control-`);
  const storage = given ?? (await openSqliteStorage(":memory:"));
  const log = createServerLog(folder);
  const works: Work[] = [];
  const now = () => Temporal.Now.instant();
  const state = { snapshot: snapshotOf(), responsive: true };
  const worker = (): RunWorker => {
    const killed = Promise.withResolvers<WorkerEnd>();
    return {
      pid: undefined,
      isAlive: () => true,
      isResponsive: () => state.responsive,
      execute(start, options) {
        const { promise, resolve } = Promise.withResolvers<WorkerEnd>();
        let seq = 0;
        const tell = async (...bodies: RunEventBody[]) => {
          const { runId, epoch } = start;
          return await options.onEvents(
            bodies.map((body) => ({ runId, epoch, seq: ++seq, at: Date.now(), ...body })),
          );
        };
        works.push({
          start,
          options,
          tell,
          end: resolve,
          async succeed() {
            await tell({ type: "run.started" }, { type: "run.succeeded" });
            resolve({ complete: true, free: true });
          },
        });
        return Promise.race([promise, killed.promise]);
      },
      async [Symbol.asyncDispose]() {
        killed.resolve(lostEnd("killed"));
      },
    };
  };
  const control = await createRunControl({
    runFolders: [],
    recording: { root: "/shop", storage, commit: async () => undefined, now },
    storage,
    workers: {
      take: worker,
      warm: () => {},
      mayStay: () => false,
      giveBack: () => {},
      async [Symbol.asyncDispose]() {},
    },
    role,
    exclusive: true,
    settings: { ...defaultQueueSettings, maxConcurrentRuns: 10, ...settings },
    attachmentBytes: 1000,
    folders: { data: folder, values: join(folder, "values"), files: folder, logsOf: () => folder },
    recordsFolder: join(folder, "workers"),
    snapshot: async () => state.snapshot,
    log,
    now,
  });
  onTestFinished(async () => {
    const closing = control[Symbol.asyncDispose]();
    for (const { end } of works) end(lostEnd("killed"));
    await closing;
    await storage.close();
    log[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });
  let createdAtMs = 1_700_000_000_000;
  const untilStatus = async (id: RunId, status: RunRecord["status"]) => {
    for (;;) {
      const run = await storage.getRun(id);
      if (run?.status === status) return run;
      await delay(5);
    }
  };
  return {
    storage,
    control,
    works,
    get snapshot() {
      return state.snapshot;
    },
    set snapshot(snapshot) {
      state.snapshot = snapshot;
    },
    get responsive() {
      return state.responsive;
    },
    set responsive(responsive) {
      state.responsive = responsive;
    },
    async record(name, given = {}, plan = {}) {
      const request: RunRequest = { assets: ["raw/orders" as AssetKey], tags: {}, ...given };
      const id = name as RunId;
      await storage.createRun({
        id,
        status: "queued",
        request,
        snapshotId: "5h0p",
        createdAtMs: createdAtMs++,
        plan: { snapshotId: "5h0p", request, steps: [], resources: {}, ioManagers: {}, pools: {}, ...plan },
      });
      control.enqueued(id);
      return id;
    },
    async working(count) {
      while (works.length < count) await delay(5);
    },
    untilStatus,
    async notes(id) {
      const { events } = await storage.listEvents(id, { limit: 100, types: ["log"] });
      return events.map(({ event }) => (event.type === "log" ? event.message : ""));
    },
  };
}

/** An end without the run's end. */
export function lostEnd(
  loss: Extract<WorkerEnd, { complete: false }>["loss"],
  message = "the worker is gone",
): WorkerEnd {
  return { complete: false, loss, error: { name: "RunWorkerError", message } };
}
