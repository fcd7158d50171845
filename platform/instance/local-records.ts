import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { PoolSpec } from "../core/job.ts";
import { defaultQueueSettings, type QueueSettings } from "../core/queue.ts";
import type { PoolView } from "../core/views.ts";
import type { PoolLease } from "../storage/pool-leases.ts";
import type { Storage } from "../storage/storage.ts";
import { assetStates } from "./asset-states.ts";
import { createBackfillRecords } from "./backfill-records.ts";
import { createExplainer } from "./explainer.ts";
import { createInstigatorRecords } from "./instigator-records.ts";
import { createPartitionRecords } from "./partition-records.ts";
import { purgeDeliveries } from "./purge-deliveries.ts";
import { purgeRunFiles } from "./purge-files.ts";
import type { Records } from "./records.ts";
import { runsAtOnce } from "./run-limits.ts";
import { readSimulationHistory } from "./simulation-history.ts";
import type { StalenessSource } from "./staleness-source.ts";

export interface LocalRecordsOptions {
  readonly storage: Storage;
  /** The definitions in force; asked for by what needs them. */
  snapshot(): Promise<DefinitionsSnapshot>;
  readonly staleness: StalenessSource;
  /** Folders that hold a folder for each run, which a purge empties. Absolute. */
  readonly runFolders: readonly string[];
  /** How runs wait; as in a project that says nothing unless given. */
  readonly queue?: QueueSettings;
  now?(): Temporal.Instant;
  /** Told when a schedule or sensor is switched, or a backfill is asked for or changed. */
  onSwitch?(): void;
}

export function createLocalRecords(options: LocalRecordsOptions): Records {
  const { storage, snapshot, staleness, runFolders, queue = defaultQueueSettings } = options;
  const now = options.now ?? (() => Temporal.Now.instant());
  const explainer = createExplainer({ storage, snapshot, settings: queue, now });
  const pools = async (): Promise<PoolView[]> => {
    const [{ definitions }, limits, leases] = await Promise.all([
      snapshot(),
      storage.poolLimits(),
      storage.poolLeases(),
    ]);
    const defined = new Map(definitions.pools.map((pool) => [pool.name, pool]));
    const held = Map.groupBy(leases, ({ pool }) => pool);
    const names = new Set([...defined.keys(), ...limits.keys(), ...held.keys()]);
    return Array.from(names, (name) =>
      poolView(name, { spec: defined.get(name), set: limits.get(name), leases: held.get(name) ?? [] }),
    ).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  };
  return {
    pools,
    partitions: createPartitionRecords({
      storage,
      snapshot,
      now,
      ...(options.onSwitch === undefined ? {} : { onChange: options.onSwitch }),
    }),
    instigators: createInstigatorRecords({
      storage,
      snapshot,
      now,
      ...(options.onSwitch === undefined ? {} : { onSwitch: options.onSwitch }),
    }),
    backfills: createBackfillRecords({
      storage,
      snapshot,
      now,
      runsAtOnce: runsAtOnce(queue),
      ...(options.onSwitch === undefined ? {} : { onChange: options.onSwitch }),
    }),
    async staleness() {
      const current = await snapshot();
      const known = await staleness.read(current);
      return new Map(current.definitions.assets.map(({ key }) => [key, known.of(key)?.status ?? "fresh"]));
    },
    async health() {
      const states = await assetStates(await snapshot(), storage, {
        keys: undefined,
        ranges: 0,
        staleness: undefined,
        now: now(),
      });
      return new Map(states.map(({ key, health }) => [key, health]));
    },
    async setPoolLimit(name, limit) {
      await storage.setPoolLimit(name, limit ?? undefined);
      const found = (await pools()).find((pool) => pool.name === name);
      return found ?? poolView(name, { spec: undefined, set: undefined, leases: [] });
    },
    async purge({ beforeMs, dryRun }) {
      const counts = await storage.purge({ beforeMs, dryRun });
      const deliveries = await purgeDeliveries(storage, { beforeMs, dryRun });
      const folders = await purgeRunFiles(storage, { folders: runFolders, beforeMs, dryRun });
      return { before_ms: beforeMs, dry_run: dryRun, ...counts, deliveries, folders };
    },
    explain: (key, question) => explainer.explain(key, question),
    simulationHistory: async () => await readSimulationHistory(storage, await snapshot(), now()),
    async describe() {
      const { dialect, schema, sizeBytes, runs, events } = await storage.describe();
      return { dialect, schema_version: schema, size_bytes: sizeBytes, runs, events };
    },
  };
}

function poolView(
  name: string,
  known: {
    readonly spec: PoolSpec | undefined;
    readonly set: number | undefined;
    readonly leases: readonly PoolLease[];
  },
): PoolView {
  const { spec, set, leases } = known;
  return {
    name,
    limit: set ?? spec?.limit ?? null,
    defined_limit: spec?.limit ?? null,
    set_limit: set ?? null,
    granularity: spec?.granularity ?? "step",
    used: leases.reduce((sum, { slots }) => sum + slots, 0),
    leases: leases.map(({ runId, step, slots, claimedAtMs }) => ({
      run_id: runId,
      step,
      slots,
      claimed_at_ms: claimedAtMs,
    })),
  };
}
