// `run` turns a plan into events: it sets up resources, runs steps, and tells what happens as it happens.

import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { DuckDbSettings } from "../io/duck-db.ts";
import { type KnownState, nothingKnown } from "./known-state.ts";
import type { Artifacts } from "./local-artifacts.ts";
import { captureOutput } from "./output-capture.ts";
import type { PoolGate } from "./pool-gate.ts";
import type { RunCode } from "./run-code.ts";
import { createEngine, createRunScope } from "./run-scope.ts";
import { runSteps, type StepsResult } from "./run-steps.ts";
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

export type RunOutcome = "success" | "failure" | "canceled";

/**
 * Runs the steps of a plan and gives how the run ended, which is also its last event. What user code does wrong
 * becomes an event; it rejects only for a defect of ours or when `emit` throws.
 */
export async function executeRun(plan: RunPlan, options: ExecuteOptions): Promise<RunOutcome> {
  await mkdir(options.dataFolder, { recursive: true });
  await mkdir(options.logFolder, { recursive: true });
  await using engine = createEngine(options);
  using _capture = captureOutput();
  const scope = createRunScope(plan, options, engine);
  scope.emit({ type: "run.started" });
  let result: StepsResult;
  try {
    result = await runSteps(scope, {
      known: options.known ?? nothingKnown,
      maxParallel: options.maxParallel ?? 2 * availableParallelism(),
      pools: options.pools,
      isolation: options.isolate,
    });
  } finally {
    await scope.resources.close();
  }
  const last = lastEvent(result, scope.signal);
  if (last.type === "run.canceled") scope.emit({ type: "run.canceling" });
  scope.emit(last);
  await scope.ready();
  return last.type === "run.succeeded" ? "success" : last.type === "run.canceled" ? "canceled" : "failure";
}

function lastEvent({ failed, blocked, unfinished }: StepsResult, signal: AbortSignal): RunEventBody {
  if (signal.aborted && unfinished > 0) return { type: "run.canceled" };
  if (failed.length === 0 && blocked.length === 0) return { type: "run.succeeded" };
  const parts = [
    ...(failed.length === 0 ? [] : [`${counted(failed, "step")} failed`]),
    ...(blocked.length === 0 ? [] : [`${counted(blocked, "blocking check")} did not pass`]),
  ];
  const error = { name: "RunError", message: parts.join("; ") };
  return { type: "run.failed", error, reason: "step_failure" };
}

/** `2 steps (\`a\`, \`b\`)`; at most five names. */
function counted(names: readonly string[], noun: string): string {
  const shown = names
    .slice(0, 5)
    .map((name) => `\`${name}\``)
    .join(", ");
  return `${names.length} ${noun}${names.length === 1 ? "" : "s"} (${shown}${names.length > 5 ? ", …" : ""})`;
}
