import type { RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { DuckDbSettings } from "../io/duck-db.ts";
import type { KnownState } from "./known-state.ts";
import type { Artifacts } from "./local-artifacts.ts";
import type { PoolGate } from "./pool-gate.ts";
import type { RunCode } from "./run-code.ts";
import type { StepIsolation } from "./step-isolation.ts";

export interface ExecuteOptions {
  readonly runId: RunId;
  readonly code: RunCode;
  /** Takes each event as it happens, in order; what it gives is waited for before much more is sent. */
  emit(body: RunEventBody): void | Promise<void>;
  /** Cancels the run. */
  readonly signal: AbortSignal;
  /** Absolute, like the other folders; those are made. */
  readonly projectRoot: string;
  readonly dataFolder: string;
  /** The run's own; holds what its steps write, under `stepLogFile`. */
  readonly logFolder: string;
  /** Steps at once; twice the processors unless given, because most steps wait for something. */
  readonly maxParallel?: number;
  /** Metadata of the newest materialization before this run of each asset that its steps may ask about. */
  readonly latestMetadata?: { readonly [asset: string]: Metadata };
  /** What earlier attempts at the run have done, and which values earlier runs of its line have kept. */
  readonly known?: KnownState;
  /** Holds the values that steps hand on, under the run's id; without it they are in this process's memory alone. */
  readonly valuesFolder?: string;
  /** Keeps the files that steps attach; without it they cannot. */
  readonly attachments?: Artifacts;
  /** Pools that are shared with other runs; without it their limits hold within the run. */
  readonly pools?: PoolGate;
  /** For steps that want a process of their own; without it they run in this one. */
  readonly isolate?: StepIsolation;
  /** For `{"env": NAME}` in configs; those of this process unless given. */
  readonly variables?: { readonly [name: string]: string | undefined };
  /** Told of each process group that a step starts, and of its end, so that somebody else can end it as well. */
  onProcessGroup?(id: number, state: "started" | "ended"): void;
  /** Texts that must not leave the worker. */
  readonly secrets?: readonly string[];
  /** Limits of the DuckDB in which tables are stored and queried. */
  readonly duckdb?: Pick<DuckDbSettings, "memory" | "threads">;
  /** Most bytes kept of each stream of a step; 20 MB unless given. */
  readonly logCapBytes?: number;
  /** How long a step may take to end after it was cancelled or its time was up. */
  readonly abortGraceMs?: number;
  /** How long a subprocess may take to end after SIGINT. */
  readonly subprocessGraceMs?: number;
  /** Milliseconds since 1970. */
  now?(): number;
  /** From 0 up to but not including 1. */
  random?(): number;
}
