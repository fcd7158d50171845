import type { AssetKey } from "../core/asset-key.ts";
import type { RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { StepDefinition } from "../define/step.ts";
import type { DuckDb } from "../io/duck-db.ts";
import type { Artifacts } from "./local-artifacts.ts";
import type { RunIo } from "./run-io.ts";
import type { StepOutput } from "./step-output.ts";
import type { StepReports } from "./step-reports.ts";
import type { StepValues } from "./step-values.ts";

export interface StepSetting {
  readonly runId: RunId;
  readonly plan: RunPlan;
  readonly step: PlannedStep;
  readonly definition: StepDefinition;
  readonly mappingKey: string | undefined;
  readonly attempt: number;
  /** With its variables read. */
  readonly config: { readonly [name: string]: unknown };
  readonly resources: { readonly [key: string]: unknown };
  readonly reports: StepReports;
  readonly values: StepValues;
  readonly artifacts: Artifacts | undefined;
  readonly output: StepOutput;
  readonly io: RunIo;
  readonly engine: DuckDb;
  readonly signal: AbortSignal;
  readonly projectRoot: string;
  readonly dataFolder: string;
  readonly subprocessGraceMs: number;
  readonly latestMetadata: ReadonlyMap<AssetKey, Metadata>;
  onProcessGroup(id: number, state: "started" | "ended"): void;
  emit(body: RunEventBody): void;
  /** Resolves when there is room for further events. */
  ready(): Promise<void>;
}
