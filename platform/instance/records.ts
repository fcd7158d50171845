import type { Explanation } from "../core/explanation.ts";
import type { PoolView, PurgeView, StaleStatus, StorageView } from "../core/views.ts";
import type { ExplainQuestion } from "./explainer.ts";
import type { InstigatorRecords } from "./instigator-records.ts";

/** What is remembered besides runs, and its upkeep: in the project's own storage, or through the API of its owner. */
export interface Records {
  /** By key of the asset; those that are not defined are absent. */
  staleness(): Promise<ReadonlyMap<string, StaleStatus>>;
  /** Those that the project defines, that people limit or that are held now, by name. */
  pools(): Promise<PoolView[]>;
  /** null goes back to what the project says. */
  setPoolLimit(name: string, limit: number | null): Promise<PoolView>;
  /** Removes what nobody needs of runs that ended before (milliseconds since 1970); facts stay. */
  purge(options: { readonly beforeMs: number; readonly dryRun: boolean }): Promise<PurgeView>;
  /** Why an asset or a check is requested, or not. Throws InstanceError `unknown-asset`. */
  explain(key: string, question: ExplainQuestion): Promise<Explanation>;
  describe(): Promise<StorageView>;
  readonly instigators: InstigatorRecords;
}
