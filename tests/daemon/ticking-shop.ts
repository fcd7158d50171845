import { onTestFinished } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { eager } from "../../platform/core/condition-builders.ts";
import type {
  Asset,
  DefinitionsSnapshot,
  SnapshotDefinitions,
} from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import { createDaemon } from "../../platform/daemon/daemon.ts";
import type { ToldTick } from "../../platform/daemon/tick-round.ts";
import { type AutomationDesk, createAutomationDesk } from "../../platform/instance/automation-desk.ts";
import type { CodeEvaluation } from "../../platform/instance/code-evaluation.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";

const component = { file: "defs/shop/component.yaml", document: 1, type: ".shop.ShopComponent" };

type Written = Partial<Omit<Asset, "key">> & { readonly eager?: true };

/** A shop whose assets each have a step of their own. */
export function shopOf(
  assets: { readonly [key: string]: Written },
  more: Partial<SnapshotDefinitions> = {},
): DefinitionsSnapshot {
  const settled = Object.entries(assets).map(([key, { eager: isEager, ...asset }]) => ({
    key: key as AssetKey,
    groupName: "default",
    owners: [],
    tags: {},
    kinds: [],
    deps: [],
    checks: [],
    materializable: true,
    component,
    step: key,
    ...(isEager === true ? { automationCondition: eager() } : {}),
    ...asset,
  }));
  return {
    schema: "dop.snapshot/1",
    id: `shop of ${Object.keys(assets).join()}`,
    environment: "local",
    components: [],
    sources: [],
    problems: [],
    definitions: {
      assets: settled,
      checks: [],
      steps: settled.map(({ key }) => ({
        name: key,
        assets: [key],
        checks: [],
        canSubset: false,
        execution: "materialize" as const,
        resources: [],
        component,
      })),
      jobs: [],
      schedules: [],
      sensors: [],
      resources: [],
      pools: [],
      ioManagers: [],
      io: "parquet",
      ...more,
    },
  };
}

export interface TickingShop {
  readonly desk: AutomationDesk;
  readonly storage: Storage;
  readonly told: ToldTick[];
  readonly errors: unknown[];
  readonly cancelled: RunId[];
  snapshot: DefinitionsSnapshot;
  /** Moves the clock, such as `PT1S`, and does a round; the assets of each run that came of it. */
  after(duration: string): Promise<(readonly string[])[]>;
  /** The moment of the next round, as the daemon told it last. */
  next(): number | undefined;
  /** A new daemon over the same records, as after a restart. */
  restart(): void;
  /** A run of these assets as somebody asks for it, brought to its end. */
  run(
    assets: readonly string[],
    how?: {
      readonly fails?: true;
      readonly partition?: string;
      readonly tags?: { readonly [key: string]: string };
    },
  ): Promise<RunId>;
  /** Ends all runs that wait, well. */
  settle(): Promise<void>;
  now(): Temporal.Instant;
}

export const start = Temporal.Instant.from("2026-03-01T00:00:00Z");

/** A daemon over records in memory, with a clock that moves when it is told to; runs are played, not executed. */
export async function tickingShop(
  snapshot: DefinitionsSnapshot,
  {
    root = "/projects/shop",
    given,
    code,
  }: { readonly root?: string; readonly given?: Storage; readonly code?: CodeEvaluation } = {},
): Promise<TickingShop> {
  const storage = given ?? (await openSqliteStorage(":memory:"));
  if (given === undefined) onTestFinished(() => storage.close());
  let clock = start;
  const now = () => clock;
  const told: ToldTick[] = [];
  const errors: unknown[] = [];
  const cancelled: RunId[] = [];
  const recording = { root, storage, commit: async () => undefined, now };
  const shop = { snapshot };
  const desk = createAutomationDesk({
    recording,
    storage,
    definitions: { current: () => shop.snapshot, subscribe: () => () => {} },
    control: { enqueued: () => {}, cancel: async (id) => void cancelled.push(id) },
    warm: () => {},
    ...(code === undefined ? {} : { code }),
  });
  const open = () =>
    createDaemon({
      desk,
      now,
      onTick: (tick) => void told.push(tick),
      onError: (error) => void errors.push(error),
    });
  let daemon = open();
  let next: number | undefined;
  const play = async (id: RunId, fails: boolean): Promise<void> => {
    const plan = await storage.getPlan(id);
    const epoch = await storage.startAttempt(id, now().epochMilliseconds);
    const bodies: RunEventBody[] = [{ type: "run.started" }];
    for (const { key: step, assets, partitions = [null] } of plan?.steps ?? []) {
      bodies.push({ type: "step.started", step, attempt: 1 } as RunEventBody);
      if (fails) continue;
      for (const asset of assets)
        for (const partition of partitions)
          bodies.push({ type: "asset.materialized", step, asset, partition, metadata: {} });
    }
    bodies.push(
      (fails
        ? { type: "run.failed", error: { name: "Error", message: "no" } }
        : { type: "run.succeeded" }) as RunEventBody,
    );
    await storage.appendEvents(
      bodies.map((body, index) => ({
        runId: id,
        epoch,
        seq: index + 1,
        at: now().epochMilliseconds,
        ...body,
      })),
    );
  };
  return Object.assign(shop, {
    storage,
    desk,
    told,
    errors,
    cancelled,
    now,
    next: () => next,
    restart() {
      daemon = open();
    },
    async after(duration: string) {
      clock = clock.add(duration);
      const before = told.length;
      next = await daemon.round();
      if (errors.length > 0) throw errors[0];
      return told.slice(before).flatMap(({ runs }) => runs.map(({ assets }) => assets));
    },
    async run(
      assets: readonly string[],
      {
        fails,
        partition,
        tags = {},
      }: { fails?: true; partition?: string; tags?: { readonly [key: string]: string } } = {},
    ) {
      const { runs } = await desk.prepare(shop.snapshot, [
        {
          assets: assets as AssetKey[],
          tags,
          ...(partition === undefined ? {} : { partitions: { kind: "keys" as const, keys: [partition] } }),
        },
      ]);
      const [run] = runs;
      if (run === undefined) throw new Error("the run cannot be planned");
      await storage.createRun(run);
      await play(run.id, fails === true);
      return run.id;
    },
    async settle() {
      for (const { id } of await storage.listRuns({ limit: 100, status: ["queued"] })) await play(id, false);
    },
  });
}
