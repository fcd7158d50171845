import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { CheckSeverity } from "../core/check.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";

/** The newest materialization, observation or failure of an asset, whichever partition it was of. */
export interface AssetRecord {
  readonly asset: AssetKey;
  readonly materialized?: AssetMoment;
  readonly observed?: AssetMoment;
  readonly failed?: AssetMoment;
}

export interface AssetMoment {
  readonly runId: RunId;
  readonly step: string;
  readonly at: number;
  readonly partition: string | null;
  readonly metadata: Metadata;
  readonly dataVersion?: string;
  readonly codeVersion?: string;
}

/** The newest answer to a check, for one partition or (`null`) the unpartitioned asset. */
export interface CheckRecord {
  readonly check: CheckKey;
  readonly partition: string | null;
  readonly runId: RunId;
  readonly at: number;
  readonly passed: boolean;
  readonly severity: CheckSeverity;
  readonly description?: string;
  readonly metadata: Metadata;
}

/** Keys of an asset's partitions by what happened to them last; in the order of their text. */
export interface PartitionStates {
  readonly materialized: readonly string[];
  /** Those whose last attempt failed; they may hold older data. */
  readonly failed: readonly string[];
  /** Those that a run in progress is planned to bring up to date and has not yet. */
  readonly inProgress: readonly string[];
}
