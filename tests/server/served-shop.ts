import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Hono } from "hono";
import { onTestFinished } from "vitest";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type {
  ComponentId,
  ComponentRecord,
  DefinitionsSnapshot,
} from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import { defaultQueueSettings } from "../../platform/core/queue.ts";
import type { RunId } from "../../platform/core/run.ts";
import type { RunView } from "../../platform/core/views.ts";
import { createAutomationDesk } from "../../platform/instance/automation-desk.ts";
import { createCatalog } from "../../platform/instance/catalog.ts";
import type { DefinitionsChange } from "../../platform/instance/definitions-source.ts";
import type { Instance } from "../../platform/instance/instance.ts";
import { createLocalRecords } from "../../platform/instance/local-records.ts";
import { createLocalRuns } from "../../platform/instance/local-runs.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import { createStalenessSource } from "../../platform/instance/staleness-source.ts";
import { createWebhooks } from "../../platform/instance/webhooks.ts";
import { createApp } from "../../platform/server/create-app.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";

const shop: ComponentId = { file: "defs/shop/component.yaml", document: 1, type: ".shop.ShopComponent" };
const orders = "raw/orders" as AssetKey;
const visits = "mart/visits" as AssetKey;
const someOrders = "raw/orders:some_orders" as CheckKey;

const record: ComponentRecord = {
  ...shop,
  name: "shop",
  line: 1,
  enabled: true,
  status: "ready",
  needs: [],
  tools: [],
  assets: [orders, visits],
  checks: [someOrders],
  variables: [],
  hash: "1",
};

const noLists = {
  owners: [],
  tags: {},
  kinds: [],
  deps: [],
  checks: [],
  groupName: "raw",
  materializable: true,
} as const;

/** A shop with an asset and its check, a partitioned asset, an external one, and documents that cannot be used. */
export const shopSnapshot: DefinitionsSnapshot = {
  schema: "dop.snapshot/1",
  id: "5h0p",
  environment: "local",
  definitions: {
    assets: [
      { ...noLists, key: "crm/customers" as AssetKey, materializable: false },
      {
        ...noLists,
        key: visits,
        step: "visits",
        component: shop,
        partitions: { type: "static", keys: ["eu", "us"] },
      },
      {
        ...noLists,
        key: orders,
        step: "orders",
        checks: [someOrders],
        component: shop,
        description: "What was sold",
      },
      {
        ...noLists,
        key: "raw/payments" as AssetKey,
        step: "payments",
        component: { ...shop, document: 3, type: "lib.Pay" },
      },
    ],
    checks: [
      {
        key: someOrders,
        name: "some_orders",
        asset: orders,
        additionalDeps: [],
        blocking: true,
        step: "orders",
        component: shop,
      },
    ],
    steps: [
      {
        name: "orders",
        assets: [orders],
        checks: [someOrders],
        canSubset: false,
        execution: "materialize",
        resources: [],
        component: shop,
      },
      {
        name: "visits",
        assets: [visits],
        checks: [],
        canSubset: false,
        execution: "materialize",
        resources: [],
        component: shop,
      },
      {
        name: "payments",
        assets: ["raw/payments" as AssetKey],
        checks: [],
        canSubset: false,
        execution: "materialize",
        resources: [],
        component: { ...shop, document: 3, type: "lib.Pay" },
      },
    ],
    jobs: [{ name: "nightly", selection: "key:raw/orders", tags: { team: "sales" }, component: shop }],
    schedules: [
      {
        name: "every_night",
        cron: "0 3 * * *",
        timeZone: "UTC",
        target: { job: "nightly" },
        defaultStatus: "running",
        component: shop,
      },
    ],
    sensors: [],
    resources: [],
    pools: [],
    ioManagers: [],
    io: "parquet",
  },
  components: [
    record,
    { ...record, name: "shop#2", document: 2, line: 10, status: "quarantined", assets: [], checks: [] },
    {
      ...record,
      name: "shop#3",
      document: 3,
      line: 20,
      type: "lib.Pay",
      status: "needs_credentials",
      needs: ["PAY_TOKEN"],
      assets: ["raw/payments" as AssetKey],
      checks: [],
    },
  ],
  sources: [],
  problems: [
    {
      code: "unknown-attribute",
      severity: "error",
      message: "ShopComponent has no attribute `order`",
      span: { file: shop.file, start: { line: 12, column: 3 }, end: { line: 12, column: 8 } },
      path: "attributes.order",
      related: [],
    },
  ],
};

export interface ServedShop {
  readonly app: Hono;
  readonly storage: Storage;
  /** Runs that were started and wait to be executed. */
  readonly queue: RunId[];
  readonly cancelled: RunId[];
  readonly logFolder: string;
  /** Tells of a load. */
  tell(change: DefinitionsChange): void;
  request(path: string, options?: RequestInit): Promise<Response>;
  // biome-ignore lint/suspicious/noExplicitAny: answers are matched by tests, and described by the API's schemas
  json(path: string): Promise<any>;
  /** A run of what is asked for, recorded and waiting. */
  start(body: object): Promise<RunView>;
  post(path: string, body: unknown, headers?: { readonly [name: string]: string }): Promise<Response>;
  /** Adds events to a run as its worker would. */
  happen(id: string, bodies: readonly RunEventBody[]): Promise<void>;
}

export const token = "shop-token";

/** The API over records in memory; runs are started and never executed. */
export async function servedShop({
  loaded = true,
  failure = undefined as string | undefined,
  required = undefined as string | undefined,
  sensors = [] as DefinitionsSnapshot["definitions"]["sensors"],
} = {}): Promise<ServedShop> {
  const definitionsOfShop = { ...shopSnapshot.definitions, sensors };
  const snapshot = loaded ? { ...shopSnapshot, definitions: definitionsOfShop } : undefined;
  const folder = mkdtempSync(join(tmpdir(), "dop-served-"));
  const storage = await openSqliteStorage(":memory:");
  const log = createServerLog(folder);
  onTestFinished(async () => {
    await storage.close();
    log[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });
  const queue: RunId[] = [];
  const cancelled: RunId[] = [];
  const listeners = new Set<(change: DefinitionsChange) => void>();
  const ready = async () => snapshot as DefinitionsSnapshot;
  let at = 1_800_000_000_000;
  const now = () => Temporal.Instant.fromEpochMilliseconds(at++);
  const staleness = createStalenessSource(storage, () => Temporal.Now.instant());
  const recording = { root: "/projects/shop", storage, commit: async () => "c0ffee", now };
  const control = {
    enqueued: (id: RunId) => void queue.push(id),
    cancel: async (id: RunId) => void cancelled.push(id),
  };
  const definitions: Instance["definitions"] = {
    current: () => snapshot,
    ready,
    failure: () => (failure === undefined ? undefined : { name: "Error", message: failure }),
    reload: async () => {},
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {},
  };
  const instance: Instance = {
    root: "/projects/shop",
    log,
    token,
    publishPort: () => {},
    definitions,
    catalog: createCatalog({ snapshot: ready, storage, staleness, links: async () => ({}) }),
    automation: createAutomationDesk({ recording, storage, definitions, control, warm: () => {} }),
    webhooks: createWebhooks({
      storage,
      snapshot: ready,
      variables: () => ({ HOOK_SECRET: "it's a secret" }),
      now,
      onDelivery: () => {},
    }),
    runs: createLocalRuns({
      queue: defaultQueueSettings,
      recording,
      storage,
      staleness,
      snapshot: ready,
      control,
      warm: () => {},
      logFolderOf: () => folder,
      filesFolder: folder,
      now,
    }),
    records: createLocalRecords({ storage, snapshot: ready, staleness, runFolders: [folder] }),
    onRunChange: (listener) => storage.subscribe(({ runs }) => listener({ runs })),
    async [Symbol.asyncDispose]() {},
  };
  const app = createApp(instance, { version: "0", ...(required === undefined ? {} : { token: required }) });
  const request = async (path: string, options: RequestInit = {}) =>
    await app.request(`http://127.0.0.1:3939${path}`, options);
  const seqs = new Map<string, number>();
  return {
    app,
    storage,
    queue,
    cancelled,
    logFolder: folder,
    tell: (change) => {
      for (const listener of listeners) listener(change);
    },
    request,
    json: async (path) => await (await request(path)).json(),
    post: async (path, body, headers = {}) =>
      await request(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "content-type": "application/json", ...headers },
      }),
    async start(body) {
      const headers = { "content-type": "application/json" };
      const response = await request("/api/v1/runs", { method: "POST", body: JSON.stringify(body), headers });
      return ((await response.json()) as { run: RunView }).run;
    },
    async happen(id, bodies) {
      const epoch =
        (await storage.getRun(id as RunId))?.epoch || (await storage.startAttempt(id as RunId, at++));
      const events = bodies.map((body) => {
        const seq = (seqs.get(id) ?? 0) + 1;
        seqs.set(id, seq);
        return { runId: id as RunId, epoch, seq, at: at++, ...body };
      });
      await storage.appendEvents(events);
    },
  };
}
