import type { AssetKey } from "../core/asset-key.ts";
import type { RawMetadata } from "../core/metadata.ts";
import type { PartitionKey } from "../core/partitions.ts";
import type { SqlEngine } from "./sql-engine.ts";
import type { StepLog } from "./step.ts";

export interface IoContext {
  readonly asset: AssetKey;
  /** Slices to store or load; absent for the unpartitioned asset. */
  readonly partitions?: readonly PartitionKey[];
  /** Load all slices that are stored, whichever they are. */
  readonly everyPartition?: true;
  /** Load tables with a further column of this name that holds the partition of each row. */
  readonly partitionColumn?: string;
  /** Absolute; exists. */
  readonly dataFolder: string;
  readonly log: StepLog;
  /** Aborted when the step has to end. */
  readonly signal: AbortSignal;
  /** A table expression over another asset's stored value; for values that are queries over upstream assets. */
  relation(asset: AssetKey): Promise<string>;
}

/** Stores outputs and loads inputs of steps. */
export interface IoManager {
  /** Stores `value` as the asset's (or the slices') content; gives metadata such as rows, columns and path. */
  handleOutput(context: IoContext, value: unknown): Promise<RawMetadata>;
  /** The stored content; throws StepError when nothing is stored. */
  loadInput(context: IoContext): Promise<unknown>;
  /** A DuckDB table expression over the stored content; without it only `loadInput` works. */
  relation?(context: IoContext): Promise<string>;
  /** Keys of the slices that are stored, in their order as texts; without it they cannot be loaded one by one. */
  partitions?(context: IoContext): Promise<readonly PartitionKey[]>;
  /** Lets go of files and connections that it holds; called whenever no step of the run uses it any more. */
  release?(): Promise<void>;
}

/** What the code that makes an IO manager may use. */
export interface IoManagerSetting {
  readonly projectRoot: string;
  /** Absolute; exists. */
  readonly dataFolder: string;
  /** The run's own: relations are expressions in it. */
  readonly engine: SqlEngine;
}

/** An IO manager under a name that assets and folders may choose. */
export interface IoManagerDefinition {
  readonly name: string;
  /** Pools that steps take which store or load with it, such as that of a DuckDB file. */
  readonly pools?: readonly string[];
  create(setting: IoManagerSetting): IoManager | Promise<IoManager>;
  readonly [ioManagerMark]: true;
}

export const ioManagerMark: unique symbol = Symbol.for("dop.io-manager");

export function ioManager(
  name: string,
  create: IoManagerDefinition["create"],
  options: Pick<IoManagerDefinition, "pools"> = {},
): IoManagerDefinition {
  return { name, create, ...options, [ioManagerMark]: true };
}

export function isIoManagerDefinition(value: unknown): value is IoManagerDefinition {
  return typeof value === "object" && value !== null && ioManagerMark in value;
}

/**
 * A value that is a query: the IO manager that stores it runs it where the inputs are, so no row passes through
 * JavaScript.
 */
export interface SqlRelation {
  readonly sql: string;
  readonly inputs: { readonly [name: string]: AssetKey };
  readonly [relationMark]: true;
}

export const relationMark: unique symbol = Symbol.for("dop.sql-relation");

/** Each key of `inputs` becomes a view that `sql` may name. */
export function sqlRelation(sql: string, inputs: { readonly [name: string]: AssetKey } = {}): SqlRelation {
  return { sql, inputs, [relationMark]: true };
}

export function isSqlRelation(value: unknown): value is SqlRelation {
  return typeof value === "object" && value !== null && relationMark in value;
}

/** A value that lies in a file already; the IO manager copies or registers it. */
export interface StoredFile {
  readonly path: string;
  readonly [storedFileMark]: true;
}

export const storedFileMark: unique symbol = Symbol.for("dop.stored-file");

export function storedFile(path: string): StoredFile {
  return { path, [storedFileMark]: true };
}

export function isStoredFile(value: unknown): value is StoredFile {
  return typeof value === "object" && value !== null && storedFileMark in value;
}
