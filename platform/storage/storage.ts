// `storage` remembers: events are appended, and the facts that questions are answered from are kept with them.

import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { CheckSeverity } from "../core/check.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { ErrorInfo, RunEvent, RunEventType, StepStatus } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId, RunRecord, RunRequest, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";

/** A run to be remembered, with what it is planned to do. Times are milliseconds since 1970. */
export interface NewRun {
  readonly id: RunId;
  /** `not_started` unless said otherwise. */
  readonly status?: "not_started" | "queued";
  readonly request: RunRequest;
  readonly snapshotId: string;
  readonly commit?: string;
  readonly createdAtMs: number;
  /** Absent where it is planned only when its turn comes. */
  readonly plan?: RunPlan;
}

export interface RunFilter {
  /** Absent: all. */
  readonly status?: readonly RunStatus[];
  /** Runs that carry each of these tags. */
  readonly tags?: { readonly [key: string]: string };
  /** Runs that were planned to bring this asset up to date. */
  readonly asset?: AssetKey;
  readonly limit: number;
  /** Only runs older than this one. */
  readonly before?: RunId;
}

/** What storage remembers of one step of a run. */
export interface StepRecord {
  readonly step: string;
  readonly status: StepStatus;
  /** Of the last start; 0 before the first. */
  readonly attempt: number;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  /** First line of what went wrong, or why it was skipped. */
  readonly failure?: string;
}

/** Place in the log; readers go on after it. */
export type EventCursor = number;

export interface StoredEvent {
  readonly cursor: EventCursor;
  readonly event: RunEvent;
}

export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Where to go on; the given one when there was nothing new. */
  readonly cursor: EventCursor;
  readonly more: boolean;
}

export interface EventFilter {
  readonly after?: EventCursor;
  readonly limit: number;
  readonly types?: readonly RunEventType[];
  readonly step?: string;
}

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

export interface AppendResult {
  readonly appended: number;
  /** Events that were there already. */
  readonly repeated: number;
  /** Events of an attempt that has been replaced, or of a run that nobody knows; they change nothing. */
  readonly refused: number;
}

/** What has just been committed. */
export interface StorageChange {
  readonly events: readonly StoredEvent[];
  /** Runs whose record changed, also without an event. */
  readonly runs: readonly RunId[];
}

export interface Storage extends AsyncDisposable {
  /** Remembers a run and all its planned outputs at once; throws StorageError `run-exists`. */
  createRun(run: NewRun): Promise<RunRecord>;
  /**
   * Begins an attempt: the run is `starting` (or stays `started` when it is resumed), and what an earlier attempt
   * still sends is refused from now on. Throws StorageError `unknown-run`, or `refused-transition` for an ended run.
   */
  startAttempt(id: RunId, at: number): Promise<number>;
  /**
   * A change decided outside the run's worker; recorded as an event of epoch 0.
   *
   * Throws StorageError `refused-transition` where the run's life does not allow it (spec/execution.md §1.1).
   */
  setRunStatus(
    id: RunId,
    status: RunStatus,
    change: { readonly at: number; readonly error?: ErrorInfo },
  ): Promise<RunRecord>;
  /** Records a word of the control plane about a run, such as why it waits, as a `log` event of epoch 0. */
  noteRun(id: RunId, note: { readonly at: number; readonly message: string }): Promise<void>;
  /** Adds events and keeps the facts, in one transaction; resolves when they are committed. */
  appendEvents(events: readonly RunEvent[]): Promise<AppendResult>;

  getRun(id: RunId): Promise<RunRecord | undefined>;
  getPlan(id: RunId): Promise<RunPlan | undefined>;
  /** Newest first. */
  listRuns(filter: RunFilter): Promise<RunRecord[]>;
  /** In the order of the plan. */
  listSteps(id: RunId): Promise<StepRecord[]>;
  /** Oldest first. */
  listEvents(id: RunId, filter: EventFilter): Promise<EventPage>;

  /** By key; assets without any event are absent. All known ones when no keys are given. */
  latestAssets(keys?: readonly AssetKey[]): Promise<Map<AssetKey, AssetRecord>>;
  /** By key, one per partition, newest first. All known ones when no keys are given. */
  latestChecks(keys?: readonly CheckKey[]): Promise<Map<CheckKey, CheckRecord[]>>;
  /** Events about one asset, newest first. */
  assetHistory(
    key: AssetKey,
    page: { readonly limit: number; readonly before?: EventCursor },
  ): Promise<StoredEvent[]>;
  partitionStates(key: AssetKey): Promise<PartitionStates>;

  /** Keeps a snapshot; the same id again changes nothing. */
  putSnapshot(snapshot: DefinitionsSnapshot, at: number): Promise<void>;
  getSnapshot(id: string): Promise<DefinitionsSnapshot | undefined>;

  getValue(key: string): Promise<string | undefined>;
  /** `undefined` forgets the key. */
  setValue(key: string, value: string | undefined): Promise<void>;

  /** Calls `listener` after each commit that changed something; the answer ends it. */
  subscribe(listener: (change: StorageChange) => void): () => void;
  /** Waits for what is being written; so does the end of `await using`. */
  close(): Promise<void>;
}
