import type { BackfillFilter, BackfillOrder, BackfillStatus } from "./backfill.ts";
import type { CheckSeverity } from "./check.ts";
import type { ComponentStatus } from "./definitions-snapshot.ts";
import type { StepStatus } from "./event.ts";
import type { FreshnessState } from "./freshness.ts";
import type { HealthState } from "./health.ts";
import type { InstigatorStatus } from "./job.ts";
import type { Json, Metadata } from "./metadata.ts";
import type { RunStatus } from "./run.ts";
import type { Place } from "./span.ts";

/**
 * One asset as `dop list assets --json` and `GET /api/v1/assets` show it (DESIGN §7, *Stable shapes*).
 * Keys may be added, none removed.
 */
export interface AssetView {
  readonly key: string;
  readonly deps: readonly string[];
  readonly group: string;
  readonly kinds: readonly string[];
  readonly owners: readonly string[];
  readonly tags: { readonly [key: string]: string };
  readonly description: string | null;
  readonly metadata: { readonly [name: string]: Json };
  /** On one line, or null. */
  readonly automation_condition: string | null;
  readonly freshness_policy: Json;
  readonly partitions: Json;
  readonly materializable: boolean;
  readonly component: { readonly file: string; readonly document: number; readonly type: string } | null;
  readonly code_references: readonly {
    readonly file: string;
    readonly line: number;
    readonly url?: string;
  }[];
  readonly status: ComponentStatus;
  /** null where nothing is remembered of the project yet. */
  readonly staleness: StaleStatus | null;
  /** null where nothing is remembered of the project. */
  readonly health: HealthView | null;
  /** Name of the project that defines it, where several are open together. */
  readonly project?: string;
  /** Of an asset that nobody defines here: the project that does, as far as is known, and its usual folder. */
  readonly absent_project?: { readonly name: string; readonly folder: string | null };
}

interface PlaceView {
  readonly file: string;
  readonly range: { readonly start: Place; readonly end: Place };
}

/** A problem as `dop check --format json` and `GET /api/v1/problems` show it (DESIGN §7). */
export interface ProblemView extends PlaceView {
  readonly code: string;
  /** Name of the project that the file is in, where several are open together. */
  readonly project?: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly hint?: string;
  readonly path?: string;
  readonly related: readonly (PlaceView & { readonly message: string })[];
  readonly fix?: readonly (PlaceView & { readonly text: string })[];
}

/** `dop check --format json`. */
export interface CheckReport {
  readonly schema: "dop.check/1";
  readonly summary: {
    readonly files: number;
    readonly documents: number;
    readonly assets: number;
    readonly errors: number;
    readonly warnings: number;
  };
  readonly problems: readonly ProblemView[];
}

/** One document or module, as `dop list components --json` and `GET /api/v1/components` show it. */
export interface ComponentView {
  readonly name: string;
  /** Where several projects are open together. */
  readonly project?: string;
  readonly file: string;
  readonly document: number;
  readonly line: number;
  readonly type: string;
  readonly enabled: boolean;
  readonly status: ComponentStatus;
  /** What is missing, in words. */
  readonly needs: readonly string[];
  readonly tools: readonly string[];
  readonly variables: readonly string[];
  readonly assets: readonly string[];
  readonly checks: readonly string[];
  readonly problems: readonly ProblemView[];
}

/** A run, as `dop run list --json` and `GET /api/v1/runs` show it. Times are milliseconds since 1970. */
export interface RunView {
  readonly id: string;
  /** Where several projects are open together. */
  readonly project?: string;
  readonly status: RunStatus;
  readonly assets: readonly string[];
  readonly checks: readonly string[] | null;
  readonly partitions: Json;
  readonly job: string | null;
  readonly tags: { readonly [key: string]: string };
  readonly snapshot_id: string;
  readonly commit: string | null;
  readonly created_at_ms: number;
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly failure: string | null;
  readonly failure_reason: string | null;
  readonly priority: number;
  /** Of a run that does another's work again. */
  readonly parent_run_id: string | null;
  readonly root_run_id: string | null;
  readonly epoch: number;
}

/** A file that a step attached. */
export interface AttachmentView {
  /** By which `GET /api/v1/files/{file}` gives it. */
  readonly file: string;
  readonly name: string;
  readonly media_type: string;
  readonly size_bytes: number;
  readonly run_id: string;
  readonly step: string;
  readonly asset: string | null;
  readonly partition: string | null;
  readonly at_ms: number;
}

export const staleStatuses = ["fresh", "stale", "missing"] as const;
export type StaleStatus = (typeof staleStatuses)[number];

/** Why an asset (or a partition) is stale: whose code or data changed, and when. */
export interface StaleCauseView {
  readonly kind: "code" | "data";
  /** Itself, for its own code. */
  readonly asset: string;
  readonly partition: string | null;
  readonly since_ms: number | null;
  /** Assets between that one and this one, nearest last, the ten nearest of more; empty for a direct cause. */
  readonly through: readonly string[];
}

/** Whether an asset is up to date with its code and what it was made from. */
export interface StalenessView {
  readonly status: StaleStatus;
  /** Root causes, at most ten. */
  readonly causes: readonly StaleCauseView[];
  /**
   * Of a partitioned asset: how many partitions, and which as text of a partition set. A set is null where it is empty
   * or scattered over too many ranges to be named.
   */
  readonly partitions: {
    readonly fresh: number;
    readonly stale: number;
    readonly missing: number;
    readonly stale_set: string | null;
    readonly missing_set: string | null;
  } | null;
}

/** One step of a run, as `dop run show --json` and `GET /api/v1/runs/:id` show it. */
export interface RunStepView {
  readonly key: string;
  readonly status: StepStatus;
  readonly attempt: number;
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
  readonly failure: string | null;
  readonly assets: readonly string[];
  readonly checks: readonly string[];
  readonly partitions: readonly string[] | null;
}

/** What happened to an asset last. */
export interface AssetMomentView {
  readonly run_id: string;
  readonly step: string;
  readonly at_ms: number;
  readonly partition: string | null;
  readonly metadata: Metadata;
  readonly data_version: string | null;
}

/** The newest answer to a check. */
export interface CheckStateView {
  readonly check: string;
  readonly name: string;
  readonly blocking: boolean;
  readonly description: string | null;
  readonly latest: {
    readonly run_id: string;
    readonly at_ms: number;
    readonly partition: string | null;
    readonly passed: boolean;
    readonly severity: CheckSeverity;
    readonly description: string | null;
    readonly metadata: Metadata;
  } | null;
}

/** How fresh an asset is. */
export interface FreshnessView {
  readonly state: FreshnessState;
  readonly since_ms: number | null;
  /** By when it is or was to be materialized again. */
  readonly due_ms: number | null;
  readonly materialized_ms: number | null;
}

/** How an asset is. */
export interface HealthView {
  /** As a whole. */
  readonly status: HealthState;
  readonly materialization: HealthState;
  readonly checks: HealthState;
  readonly freshness: HealthState;
  /** What speaks against it, in words. */
  readonly why: readonly string[];
}

/** What is remembered of an asset, as `GET /api/v1/asset-states` shows it. */
export interface AssetStateView {
  readonly key: string;
  readonly materialized: AssetMomentView | null;
  readonly observed: AssetMomentView | null;
  readonly failed: AssetMomentView | null;
  readonly checks: readonly CheckStateView[];
  readonly health: HealthView;
  /** null without a policy. */
  readonly freshness: FreshnessView | null;
  /** null where nothing is remembered of the project. */
  readonly staleness: StalenessView | null;
}

/** A run with its steps, in the order of the plan. */
export interface RunDetailView {
  readonly run: RunView;
  readonly steps: readonly RunStepView[];
  /** Newest first. */
  readonly attachments: readonly AttachmentView[];
  /** Words of the control plane, such as what the run waits for; oldest first. */
  readonly notes: readonly { readonly at_ms: number; readonly message: string }[];
  /** Runs that do its work again, directly; oldest first. */
  readonly retries: readonly string[];
  /** When its retry policy starts it again by itself; null where it does not, or has. */
  readonly retry_at_ms: number | null;
}

/** A pool, as `dop pool list --json` and `GET /api/v1/pools` show it. */
export interface PoolView {
  readonly name: string;
  /** Slots, in force; null where nothing limits it. */
  readonly limit: number | null;
  /** What the project says. */
  readonly defined_limit: number | null;
  /** What people set; it goes before. */
  readonly set_limit: number | null;
  readonly granularity: "step" | "run";
  /** Slots that are taken now. */
  readonly used: number;
  /** Oldest first. */
  readonly leases: readonly {
    readonly run_id: string;
    /** null: the run as a whole. */
    readonly step: string | null;
    readonly slots: number;
    readonly claimed_at_ms: number;
  }[];
}

/** How many partitions, over all assets, by what became of them. */
export interface BackfillCountsView {
  readonly total: number;
  readonly done: number;
  readonly running: number;
  readonly waiting: number;
  readonly failed: number;
  /** Not tried, because what they need failed. */
  readonly blocked: number;
}

/** A backfill, as `dop backfill list --json` and `GET /api/v1/backfills` show it. */
export interface BackfillView {
  readonly id: string;
  readonly status: BackfillStatus;
  readonly selection: string;
  /** As it was asked for. */
  readonly partition: string;
  readonly only: BackfillFilter | null;
  readonly order: BackfillOrder;
  readonly policy: BackfillPolicyView | null;
  readonly max_runs: number;
  readonly priority: number;
  readonly tags: { readonly [key: string]: string };
  readonly partitions: BackfillCountsView;
  /** `planned` if nothing fails. */
  readonly runs: { readonly planned: number; readonly launched: number; readonly running: number };
  readonly created_at_ms: number;
  readonly updated_at_ms: number;
  readonly ended_at_ms: number | null;
}

export type BackfillPolicyView =
  | { readonly type: "single_run" }
  | { readonly type: "multi_run"; readonly max_partitions_per_run: number };

/** A backfill with its assets, as `dop backfill show --json` and `GET /api/v1/backfills/{id}` show it. */
export interface BackfillDetailView extends BackfillView {
  readonly assets: readonly (BackfillCountsView & {
    readonly key: string;
    /** Texts of partition sets; null for none, and for an asset that is not partitioned. */
    readonly targets: string | null;
    readonly failed_partitions: string | null;
    readonly blocked_partitions: string | null;
  })[];
  readonly run_ids: readonly string[];
  /** What went wrong, the newest last; of many only the newest. */
  readonly reasons: readonly string[];
}

/** What a backfill comes to before anything starts, as `dop backfill create --dry-run` shows it. */
export interface BackfillPlanView {
  readonly selection: string;
  readonly partition: string;
  readonly runs: number;
  readonly max_runs: number;
  /** Together, by the median of earlier runs; null where there were none of some group. */
  readonly estimate_ms: number | null;
  /** Assets whose partitions share runs, each group after those that it waits for. */
  readonly groups: readonly {
    readonly assets: readonly string[];
    readonly partitions: number;
    readonly runs: number;
    /** Whether each run waits for the one before. */
    readonly in_order: boolean;
    /** Median of earlier runs of the same assets. */
    readonly run_ms: number | null;
  }[];
  readonly assets: readonly {
    readonly key: string;
    /** Text of a partition set; null for an asset that is not partitioned. */
    readonly targets: string | null;
    readonly count: number;
  }[];
  /** What was named and is not brought up to date, with the reason. */
  readonly left_out: readonly {
    readonly asset: string;
    /** null: all of it. */
    readonly partitions: string | null;
    readonly count: number | null;
    readonly reason: string;
  }[];
}

/** Partitions that are added while running, as `dop partition list --json` and `GET /api/v1/partitions` show them. */
export interface DynamicPartitionsView {
  readonly name: string;
  /** Assets and jobs that have them. */
  readonly used_by: readonly string[];
  readonly count: number;
  /** In the order in which they were added. */
  readonly keys: readonly string[];
}

/** A schedule, a sensor or an automation group. */
export interface InstigatorView {
  readonly name: string;
  readonly kind: "schedule" | "sensor";
  /** Of a sensor: what it looks at; `automation` for an automation group. */
  readonly type: string | null;
  readonly description: string | null;
  /** In force. */
  readonly status: InstigatorStatus;
  /** What the project says. */
  readonly default_status: InstigatorStatus;
  /** null where nobody has switched it. */
  readonly switched_at_ms: number | null;
  /** Text of a selection, or `job` and a name. */
  readonly target: string | null;
  readonly cron: readonly string[] | null;
  readonly time_zone: string | null;
  readonly minimum_interval_seconds: number | null;
  /** What a schedule asks for next, while it is on. `partitions` is null for an unpartitioned target. */
  readonly next: { readonly at_ms: number; readonly partitions: readonly string[] | null } | null;
  readonly last_tick: TickView | null;
}

/** One evaluation of a schedule, a sensor or an automation group. */
export interface TickView {
  readonly id: number;
  readonly scheduled_at_ms: number;
  readonly started_at_ms: number;
  readonly ended_at_ms: number | null;
  readonly status: "started" | "success" | "skipped" | "failure";
  /** Why it asked for nothing, or what went wrong. */
  readonly reason: string | null;
  readonly run_ids: readonly string[];
  readonly body?: Json;
}

/** The project's storage, as `dop doctor` and `GET /api/v1/storage` show it. */
export interface StorageView {
  readonly dialect: "sqlite" | "postgres";
  /** Number of the newest migration. */
  readonly schema_version: number;
  readonly size_bytes: number;
  readonly runs: number;
  readonly events: number;
}

/** What `dop purge` and `POST /api/v1/purge` removed, or would remove. */
export interface PurgeView {
  readonly before_ms: number;
  readonly dry_run: boolean;
  readonly events: number;
  readonly plans: number;
  readonly snapshots: number;
  readonly ticks: number;
  /** Deliveries of webhooks that were handed to their sensor; sent again, one of them counts as new. */
  readonly deliveries: number;
  /** Folders with logs and handed-on values of a run. */
  readonly folders: number;
}

/** An event with its place in the log; the other fields are those of its type, in snake_case. */
export interface EventView {
  readonly cursor: number;
  readonly type: string;
  readonly run_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly at_ms: number;
  readonly [field: string]: unknown;
}

export interface EventPageView {
  readonly events: readonly EventView[];
  /** Where to go on. */
  readonly cursor: number;
  readonly more: boolean;
}

/** A stretch of what a step wrote. */
export interface LogSlice {
  readonly text: string;
  /** Byte to go on at. */
  readonly nextOffset: number;
  /** Whether nothing follows now; more may come while the step runs. */
  readonly end: boolean;
}

/** Partitions by what happened to them last; those in progress count among the others too. */
export interface PartitionStateView {
  readonly materialized: CountedPartitions;
  readonly failed: CountedPartitions;
  readonly in_progress: CountedPartitions;
  readonly missing: CountedPartitions;
}

/** `set` is text of a partition set, or null where it is empty or scattered over too many ranges to be named. */
interface CountedPartitions {
  readonly count: number;
  readonly set: string | null;
}

/** One asset with all that is remembered of it. */
export interface AssetDetailView {
  readonly asset: AssetView;
  readonly state: AssetStateView;
  /** null for an unpartitioned asset. */
  readonly partitions: PartitionStateView | null;
  /** Newest first. */
  readonly history: readonly EventView[];
  /** Newest first. */
  readonly attachments: readonly AttachmentView[];
}
