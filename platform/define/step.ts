import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { CheckSeverity } from "../core/check.ts";
import type { Metadata, RawMetadata } from "../core/metadata.ts";
import type { PartitionKey } from "../core/partitions.ts";
import type { RunId } from "../core/run.ts";
import type { HookSpec, StepSpec } from "../core/step.ts";

/** A step with the code that runs it. */
export interface StepDefinition extends StepSpec {
  /** Resolves when the work is done; rejects when it failed. What was reported before stays reported. */
  run(context: StepContext): Promise<void>;
}

/** What a hook may use. */
export interface HookContext {
  readonly runId: RunId;
  /** Key of the step in its run. */
  readonly step: string;
  readonly status: "success" | "failure";
  /** What was thrown, for a failure. */
  readonly error: unknown;
  readonly assets: readonly AssetKey[];
  readonly job: string | undefined;
  readonly tags: { readonly [key: string]: string };
  readonly log: StepLog;
  readonly resources: { readonly [key: string]: unknown };
}

/** Called in the step's process after it has ended for good; what it throws is told and changes nothing. */
export interface HookDefinition {
  readonly spec: HookSpec;
  run(context: HookContext): void | Promise<void>;
  readonly [hookMark]: true;
}

export const hookMark: unique symbol = Symbol.for("dop.hook");

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
  /** What the step's log keeps of a line of standard output; nothing for `undefined`. The line itself unless given. */
  stdoutText?(line: string): string | undefined;
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
  /** The step's own, settled and valid. */
  readonly config: { readonly [key: string]: unknown };
  /** Of a step that runs once for each value of a dynamic output. */
  readonly mappingKey: string | undefined;
  /** The key of the job whose run it is. */
  readonly job: string | undefined;
  readonly projectRoot: string;
  /** A folder of the project's state for what steps keep, such as a DuckDB file. Absolute; exists. */
  readonly dataFolder: string;
  readonly log: StepLog;
  /** Aborted when the run is cancelled or the step's time is up. */
  readonly signal: AbortSignal;
  /** Instances of the resources that the step lists, by key; reading another one throws. */
  readonly resources: { readonly [key: string]: unknown };
  /** The stored value of an upstream asset, from its IO manager; the slice that the step's partition maps to. */
  load(asset: AssetKey, options?: LoadOptions): Promise<unknown>;
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
  /** A value that another step of the graph handed on; `undefined` where an optional one did not come. */
  value(input: string): Promise<unknown>;
  /** Hands on a value; each output once, a dynamic one once for each mapping key. */
  output(name: string, value: unknown, options?: OutputOptions): Promise<void>;
  /** Keeps a file with the run (a copy, at most the size that the project allows); gives the id to download it by. */
  attach(path: string, options?: AttachOptions): Promise<string>;
  /** Runs a command without a shell, its output captured line by line; cancelled with the run. */
  subprocess(
    command: string,
    args: readonly string[],
    options?: SubprocessOptions,
  ): Promise<SubprocessResult>;
  /**
   * Runs a command that speaks Dagster Pipes: it gets the step's assets, slice and extras, and what it reports is
   * reported by the step as it comes. Otherwise like `subprocess`, and it also fails for a report that cannot be taken.
   */
  pipes(command: string, args: readonly string[], options?: PipesOptions): Promise<PipesResult>;
}

export interface PipesOptions extends Pick<SubprocessOptions, "cwd" | "env"> {
  /** What the process reads as its extras; all of it must be JSON. */
  readonly extras?: { readonly [name: string]: unknown };
  /** `inline`: the context is told by the parameters themselves, for commands that share no files; else in a file. */
  readonly context?: "file" | "inline";
  /** How its messages come: in a file unless given, or as lines of its standard output or error. */
  readonly messages?: "file" | "stdout" | "stderr";
  /** `arguments`: parameters stand behind `args` and not in variables. */
  readonly parameters?: "variables" | "arguments";
  /**
   * Whether the process also sends what it writes as messages, for commands that do not pass its output on. Only with
   * messages in a file; where output is passed on it is captured twice.
   */
  readonly includeStdio?: boolean;
}

export interface PipesResult {
  /** What the process reported by custom messages, in order. */
  readonly customMessages: readonly unknown[];
}

export interface LoadOptions {
  /**
   * How many slices at once come: as one table whose rows say their partition in the column `partition` (or what the
   * upstream asset's metadata `partition_column` names), or one after the other as `{ partition, value }`, so that no
   * two are in memory. `batches` is an async iterable of arrays of rows, for tables larger than memory; it can be
   * looped over once. Without it as the IO manager joins them.
   */
  readonly as?: "table" | "iterable" | "batches";
}

export interface MaterializeOptions {
  readonly metadata?: RawMetadata;
  readonly dataVersion?: string;
  /** One slice when the step runs for several. */
  readonly partition?: PartitionKey;
}

export interface OutputOptions {
  readonly metadata?: RawMetadata;
  /** Letters, digits and `_`; required for a dynamic output, refused for others. */
  readonly mappingKey?: string;
}

export interface AttachOptions {
  /** The file's own unless given. */
  readonly name?: string;
  /** By the name's ending unless given. */
  readonly mediaType?: string;
  /** Also listed with this one of the step's assets. */
  readonly asset?: AssetKey;
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

/** Fails a step for good, whatever its retry policy says, with metadata for whoever reads why. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly metadata: RawMetadata;
  /** Whether the step's retry policy still holds. */
  readonly allowRetries: boolean;

  constructor(
    message: string,
    options: { metadata?: RawMetadata; allowRetries?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.metadata = options.metadata ?? {};
    this.allowRetries = options.allowRetries ?? false;
  }
}

/** Asks that the step be tried again, also where it has no retry policy. */
export class RetryRequested extends Error {
  override readonly name = "RetryRequested";
  readonly maxRetries: number;
  readonly delaySeconds: number | undefined;

  constructor(
    message: string,
    options: { maxRetries?: number; delaySeconds?: number; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.maxRetries = options.maxRetries ?? 1;
    this.delaySeconds = options.delaySeconds;
  }
}
