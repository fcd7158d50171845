import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { CheckSeverity } from "../core/check.ts";
import type { Metadata, RawMetadata } from "../core/metadata.ts";
import type { PartitionKey } from "../core/partitions.ts";
import type { RunId } from "../core/run.ts";
import type { StepSpec } from "../core/step.ts";

/** A step with the code that runs it. */
export interface StepDefinition extends StepSpec {
  /** Resolves when the work is done; rejects when it failed. What was reported before stays reported. */
  run(context: StepContext): Promise<void>;
}

/** The slice that a step works on. */
export interface StepPartition {
  /** The one key; throws RangeError when the step runs for several. */
  readonly key: PartitionKey;
  /** All keys of the step, in the order of their definition. */
  readonly keys: readonly PartitionKey[];
  /** From the first window's start to the last window's end; `undefined` without a time dimension. */
  readonly window:
    | { readonly start: Temporal.ZonedDateTime; readonly end: Temporal.ZonedDateTime }
    | undefined;
  /** Of a multi partition, the key of each dimension. */
  readonly dimensions: { readonly [name: string]: string };
}

export interface StepLog {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}

export interface SubprocessOptions {
  /** Absolute; the project's root unless given. */
  readonly cwd?: string;
  /** Added to the worker's variables and to DOP_PROJECT_ROOT, DOP_DATA_FOLDER and DOP_RUN_ID. */
  readonly env?: { readonly [name: string]: string };
  /** Called for each line of standard output, besides its capture in the step's log. */
  onStdoutLine?(line: string): void;
  onStderrLine?(line: string): void;
  /** Whether another exit code than 0 is the caller's affair. */
  readonly allowFailure?: boolean;
}

export interface SubprocessResult {
  readonly exitCode: number;
}

/** What the code of a step may use. Every report becomes an event at once. */
export interface StepContext {
  readonly runId: RunId;
  readonly step: StepSpec;
  /** Counted from 1. */
  readonly attempt: number;
  readonly selectedAssets: readonly AssetKey[];
  readonly selectedChecks: readonly CheckKey[];
  /** `undefined` for unpartitioned assets. */
  readonly partition: StepPartition | undefined;
  readonly tags: { readonly [key: string]: string };
  readonly config: { readonly [key: string]: unknown };
  readonly projectRoot: string;
  /** A folder of the project's state for what steps keep, such as a DuckDB file. Absolute; exists. */
  readonly dataFolder: string;
  readonly log: StepLog;
  /** Aborted when the run is cancelled or the step's time is up. */
  readonly signal: AbortSignal;
  /** Instances of the resources that the step lists, by key; reading another one throws. */
  readonly resources: { readonly [key: string]: unknown };
  /** The stored value of an upstream asset, from its IO manager; the slice that the step's partition maps to. */
  load(asset: AssetKey): Promise<unknown>;
  /** A table expression of DuckDB over the stored value of an asset, such as `read_parquet(['…'])`. */
  relation(asset: AssetKey): Promise<string>;
  /**
   * Metadata of the newest materialization of an asset that the step makes, checks or reads, by this run or an earlier
   * one and of whichever partition; `undefined` when there is none.
   */
  latestMetadata(asset: AssetKey): Promise<Metadata | undefined>;
  /** Runs SQL in an in-memory DuckDB and gives its rows; values are bound by name, as `$name`. */
  query(sql: string, values?: { readonly [name: string]: unknown }): Promise<Row[]>;
  /** Stores `value` through the asset's IO manager and reports the materialization with its metadata. */
  store(asset: AssetKey, value: unknown, options?: MaterializeOptions): Promise<void>;
  /** Reports that the step itself has stored the asset. */
  materialized(asset: AssetKey, options?: MaterializeOptions): void;
  observed(asset: AssetKey, options?: MaterializeOptions): void;
  /** Added to the asset's materialization when it is reported. */
  addMetadata(asset: AssetKey, metadata: RawMetadata): void;
  checked(check: CheckKey, result: CheckOutcome): void;
  /** Runs a command without a shell, its output captured line by line; cancelled with the run. */
  subprocess(
    command: string,
    args: readonly string[],
    options?: SubprocessOptions,
  ): Promise<SubprocessResult>;
}

export interface MaterializeOptions {
  readonly metadata?: RawMetadata;
  readonly dataVersion?: string;
  /** One slice when the step runs for several. */
  readonly partition?: PartitionKey;
}

/** What a check function gives; `severity` is `error` unless said otherwise. */
export interface CheckOutcome {
  readonly passed: boolean;
  readonly severity?: CheckSeverity;
  readonly description?: string;
  readonly metadata?: RawMetadata;
}

/** One row of a table. */
export type Row = { readonly [column: string]: unknown };

/** Fails a step with a message for the user and whether trying again may help. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly retry: "never" | "later";

  constructor(message: string, options: { retry: "never" | "later"; cause?: unknown }) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.retry = options.retry;
  }
}
