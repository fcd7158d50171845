// `run` turns a plan into events: it sets up resources, runs steps, and tells what happens as it happens.

import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { AssetKey } from "../core/asset-key.ts";
import type { RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import { DuckDb } from "../io/duck-db.ts";
import { captureOutput } from "./output-capture.ts";
import { createRedactor, type Redactor } from "./redact.ts";
import type { RunCode } from "./run-code.ts";
import { RunIo } from "./run-io.ts";
import { RunResources } from "./run-resources.ts";
import { runStep } from "./run-step.ts";
import { stepLog } from "./step-context.ts";
import { StepSchedule } from "./step-schedule.ts";

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
  /** Told of each process group that a step starts, and of its end, so that somebody else can end it as well. */
  onProcessGroup?(id: number, state: "started" | "ended"): void;
  /** Texts that must not leave the worker. */
  readonly secrets?: readonly string[];
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

/** What the steps of one run share. */
export interface RunScope {
  readonly runId: RunId;
  readonly plan: RunPlan;
  readonly code: RunCode;
  readonly resources: RunResources;
  readonly io: RunIo;
  readonly engine: DuckDb;
  readonly signal: AbortSignal;
  readonly projectRoot: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly capBytes: number;
  readonly abortGraceMs: number;
  readonly subprocessGraceMs: number;
  readonly redactor: Redactor;
  /** Metadata of the newest materialization of each asset, by this run or an earlier one. */
  readonly latestMetadata: ReadonlyMap<AssetKey, Metadata>;
  onProcessGroup(id: number, state: "started" | "ended"): void;
  emit(body: RunEventBody): void;
  ready(): Promise<void>;
  now(): number;
  random(): number;
}

/**
 * Runs the steps of a plan and gives how the run ended, which is also its last event. What user code does wrong
 * becomes an event; it rejects only for a defect of ours or when `emit` throws.
 */
export async function executeRun(plan: RunPlan, options: ExecuteOptions): Promise<RunOutcome> {
  await mkdir(options.dataFolder, { recursive: true });
  await mkdir(options.logFolder, { recursive: true });
  await using engine = new DuckDb();
  using _capture = captureOutput();
  const scope = scopeOf(plan, options, engine);
  scope.emit({ type: "run.started" });
  let result: StepsResult;
  try {
    result = await runSteps(plan, scope, options.maxParallel ?? 2 * availableParallelism());
  } finally {
    await scope.resources.close();
  }
  const last = lastEvent(result, scope.signal);
  if (last.type === "run.canceled") scope.emit({ type: "run.canceling" });
  scope.emit(last);
  await scope.ready();
  return last.type === "run.succeeded" ? "success" : last.type === "run.canceled" ? "canceled" : "failure";
}

function scopeOf(plan: RunPlan, options: ExecuteOptions, engine: DuckDb): RunScope {
  const { runId, code, signal, projectRoot, dataFolder, logFolder } = options;
  const redactor = createRedactor(options.secrets ?? []);
  const latestMetadata = new Map(Object.entries(options.latestMetadata ?? {}) as [AssetKey, Metadata][]);
  let sent: void | Promise<void>;
  const emit = (told: RunEventBody) => {
    const body = redactor.data(told);
    if (body.type === "asset.materialized") latestMetadata.set(body.asset, body.metadata);
    sent = options.emit(body);
    // Whoever waits sees the rejection; until then it must not count as unhandled.
    sent?.catch(() => {});
  };
  const now = options.now ?? Date.now;
  const shared = { plan, code, projectRoot, dataFolder };
  return {
    ...shared,
    runId,
    engine,
    signal,
    logFolder,
    redactor,
    latestMetadata,
    onProcessGroup: (id, state) => options.onProcessGroup?.(id, state),
    emit,
    now,
    ready: async () => sent,
    random: options.random ?? Math.random,
    capBytes: options.logCapBytes ?? 20_000_000,
    abortGraceMs: options.abortGraceMs ?? 8000,
    subprocessGraceMs: options.subprocessGraceMs ?? 5000,
    resources: new RunResources({ ...shared, emit, now, log: stepLog(undefined, emit) }),
    io: new RunIo({ ...shared, engine }),
  };
}

interface StepsResult {
  readonly failed: readonly string[];
  /** Blocking checks that did not pass. */
  readonly blocked: readonly string[];
  readonly unfinished: number;
}

/** Starts what may start, up to so many at once, until nothing is left or the run is cancelled. */
async function runSteps(plan: RunPlan, run: RunScope, maxParallel: number): Promise<StepsResult> {
  const schedule = new StepSchedule(plan);
  const failed: string[] = [];
  const blocked: string[] = [];
  let canceled = 0;
  const running = new Set<Promise<void>>();
  const start = async (step: PlannedStep) => {
    const outcome = await runStep(step, run);
    if (outcome.status === "failure") failed.push(step.key);
    if (outcome.status === "canceled") canceled++;
    blocked.push(...outcome.failedBlocking);
    for (const { step: skipped, reason } of schedule.end(step, outcome)) {
      run.emit({ type: "step.skipped", step: skipped.key, reason });
    }
  };
  for (;;) {
    while (running.size < maxParallel && !run.signal.aborted) {
      const step = schedule.take();
      if (step === undefined) break;
      const work: Promise<void> = start(step).finally(() => running.delete(work));
      running.add(work);
    }
    if (running.size === 0) break;
    await Promise.race(running);
  }
  return { failed, blocked, unfinished: schedule.left + canceled };
}

function lastEvent({ failed, blocked, unfinished }: StepsResult, signal: AbortSignal): RunEventBody {
  if (signal.aborted && unfinished > 0) return { type: "run.canceled" };
  if (failed.length === 0 && blocked.length === 0) return { type: "run.succeeded" };
  const parts = [
    ...(failed.length === 0 ? [] : [`${counted(failed, "step")} failed`]),
    ...(blocked.length === 0 ? [] : [`${counted(blocked, "blocking check")} did not pass`]),
  ];
  return { type: "run.failed", error: { name: "RunError", message: parts.join("; ") } };
}

/** `2 steps (\`a\`, \`b\`)`; at most five names. */
function counted(names: readonly string[], noun: string): string {
  const shown = names
    .slice(0, 5)
    .map((name) => `\`${name}\``)
    .join(", ");
  return `${names.length} ${noun}${names.length === 1 ? "" : "s"} (${shown}${names.length > 5 ? ", …" : ""})`;
}
