import type { CheckSeverity } from "./check.ts";
import type { ComponentStatus } from "./definitions-snapshot.ts";
import type { StepStatus } from "./event.ts";
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
}

interface PlaceView {
  readonly file: string;
  readonly range: { readonly start: Place; readonly end: Place };
}

/** A problem as `dop check --format json` and `GET /api/v1/problems` show it (DESIGN §7). */
export interface ProblemView extends PlaceView {
  readonly code: string;
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

/** What is remembered of an asset, as `GET /api/v1/asset-states` shows it. */
export interface AssetStateView {
  readonly key: string;
  readonly materialized: AssetMomentView | null;
  readonly observed: AssetMomentView | null;
  readonly failed: AssetMomentView | null;
  readonly checks: readonly CheckStateView[];
}

/** A run with its steps, in the order of the plan. */
export interface RunDetailView {
  readonly run: RunView;
  readonly steps: readonly RunStepView[];
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

/** One asset with all that is remembered of it. */
export interface AssetDetailView {
  readonly asset: AssetView;
  readonly state: AssetStateView;
  /** Keys by what happened to them last; null for an unpartitioned asset. */
  readonly partitions: {
    readonly materialized: readonly string[];
    readonly failed: readonly string[];
    readonly in_progress: readonly string[];
  } | null;
  /** Newest first. */
  readonly history: readonly EventView[];
}
