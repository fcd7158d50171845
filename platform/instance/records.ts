import type { Explanation } from "../core/explanation.ts";
import type { HealthView, PoolView, PurgeView, StaleStatus, StorageView } from "../core/views.ts";
import type { SimulationHistory } from "../simulate/simulation-history.ts";
import type { BackfillRecords } from "./backfill-records.ts";
import type { ExplainQuestion } from "./explainer.ts";
import type { InstigatorRecords } from "./instigator-records.ts";
import type { PartitionRecords } from "./partition-records.ts";

/** What is remembered besides runs, and its upkeep: in the project's own storage, or through the API of its owner. */
export interface Records {
  /** By key of the asset; those that are not defined are absent. */
  staleness(): Promise<ReadonlyMap<string, StaleStatus>>;
  /** How each asset is, by its key. */
  health(): Promise<ReadonlyMap<string, HealthView>>;
  /** Those that the project defines, that people limit or that are held now, by name. */
  pools(): Promise<PoolView[]>;
  /** null goes back to what the project says. */
  setPoolLimit(name: string, limit: number | null): Promise<PoolView>;
  /** Removes what nobody needs of runs that ended before (milliseconds since 1970); facts stay. */
  purge(options: { readonly beforeMs: number; readonly dryRun: boolean }): Promise<PurgeView>;
  /** Why an asset or a check is requested, or not. Throws InstanceError `unknown-asset`. */
  explain(key: string, question: ExplainQuestion): Promise<Explanation>;
  /** What a simulation goes on from. */
  simulationHistory(): Promise<SimulationHistory>;
  describe(): Promise<StorageView>;
  readonly partitions: PartitionRecords;
  readonly instigators: InstigatorRecords;
  readonly backfills: BackfillRecords;
}
