import { join } from "node:path";
import type { AssetKey } from "../core/asset-key.ts";
import type { RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import { DuckDb } from "../io/duck-db.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import type { Artifacts } from "./local-artifacts.ts";
import { createRedactor, type Redactor } from "./redact.ts";
import type { RunCode } from "./run-code.ts";
import { RunIo } from "./run-io.ts";
import { RunResources } from "./run-resources.ts";
import { RunValues } from "./run-values.ts";
import { stepLog } from "./step-context.ts";

/** What the steps of one run share. */
export interface RunScope {
  readonly runId: RunId;
  readonly plan: RunPlan;
  readonly code: RunCode;
  readonly resources: RunResources;
  readonly io: RunIo;
  readonly engine: DuckDb;
  readonly values: RunValues;
  readonly artifacts: Artifacts | undefined;
  readonly signal: AbortSignal;
  readonly projectRoot: string;
  readonly dataFolder: string;
  readonly logFolder: string;
  readonly capBytes: number;
  readonly abortGraceMs: number;
  readonly subprocessGraceMs: number;
  readonly redactor: Redactor;
  readonly variables: { readonly [name: string]: string | undefined };
  /** Metadata of the newest materialization of each asset, by this run or an earlier one. */
  readonly latestMetadata: ReadonlyMap<AssetKey, Metadata>;
  planned(key: string): PlannedStep | undefined;
  onProcessGroup(id: number, state: "started" | "ended"): void;
  emit(body: RunEventBody): void;
  ready(): Promise<void>;
  now(): number;
  random(): number;
}

/** The DuckDB of a run's tables and queries. */
export function createEngine({ dataFolder, duckdb }: Pick<ExecuteOptions, "dataFolder" | "duckdb">): DuckDb {
  return new DuckDb({ spillFolder: join(dataFolder, ".spill"), ...duckdb });
}

export function createRunScope(plan: RunPlan, options: ExecuteOptions, engine: DuckDb): RunScope {
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
  const variables = options.variables ?? process.env;
  const shared = { plan, code, projectRoot, dataFolder };
  const planned = new Map(plan.steps.map((step) => [step.key, step]));
  return {
    ...shared,
    runId,
    engine,
    signal,
    logFolder,
    redactor,
    variables,
    latestMetadata,
    artifacts: options.attachments,
    planned: (key) => planned.get(key),
    onProcessGroup: (id, state) => options.onProcessGroup?.(id, state),
    emit,
    now,
    ready: async () => sent,
    random: options.random ?? Math.random,
    capBytes: options.logCapBytes ?? 20_000_000,
    abortGraceMs: options.abortGraceMs ?? 8000,
    subprocessGraceMs: options.subprocessGraceMs ?? 5000,
    resources: new RunResources({ ...shared, variables, emit, now, log: stepLog(undefined, emit) }),
    io: new RunIo({ ...shared, engine }),
    values: new RunValues(options.valuesFolder, runId, options.known?.values),
  };
}
