import { errorInfo, type RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { executeRun } from "../run/execute-run.ts";
import { type KnownState, nothingKnown } from "../run/known-state.ts";
import { LocalArtifacts } from "../run/local-artifacts.ts";
import { captureOutput } from "../run/output-capture.ts";
import type { PoolGate } from "../run/pool-gate.ts";
import { createRedactor } from "../run/redact.ts";
import type { RunCode } from "../run/run-code.ts";
import type { MessageBody } from "./message.ts";
import { RunOutput } from "./run-output.ts";
import { createStepProcesses } from "./step-processes.ts";
import type { WorkerCode } from "./worker-code.ts";
import { settingsOf, type WorkerSettings } from "./worker-settings.ts";
import { type WorkerState, workerState } from "./worker-state.ts";

export interface RunSetting {
  readonly code: WorkerCode;
  /** Cancels the run. */
  readonly signal: AbortSignal;
  readonly pools: PoolGate;
  emit(body: RunEventBody): Promise<void>;
  /** Sends at once what still waits. */
  flush(): void;
  onProcessGroup(id: number, state: "started" | "ended"): void;
}

export interface RunDone {
  /** Whether the run succeeded and everything that it opened was closed. */
  readonly endedWell: boolean;
  /** Of the process, when user code had not run yet. */
  readonly before: WorkerState;
}

/** Executes one run in this process, from building its documents to its last event. */
export async function workOn(start: MessageBody<"startRun">, setting: RunSetting): Promise<RunDone> {
  const { variables, secrets, duckdb } = settingsOf(start.root);
  let wentWrong = false;
  const emit = (body: RunEventBody) => {
    wentWrong ||= body.type === "resource.failed";
    return setting.emit(body);
  };
  const output = new RunOutput({ emit: (body) => void emit(body), redactor: createRedactor(secrets) });
  using _capture = captureOutput(output);
  // Code that ends the process has told something before, which says why.
  const lastWords = () => {
    output.finish();
    setting.flush();
  };
  process.once("exit", lastWords);
  let before: WorkerState | undefined;
  let outcome: "success" | "failure" | "canceled" = "failure";
  try {
    const { root, environment, documents } = start;
    // What code does while it is built lasts as long as the code, so it is no trace of this run.
    const code = await setting.code.codeFor({ root, environment, documents, variables });
    // Steps and what they call see the project's variables as the loading did.
    Object.assign(process.env, variables);
    before = workerState();
    outcome = await execute(start, { ...setting, emit, code, variables, secrets, duckdb });
  } catch (error) {
    await emit({
      type: "run.failed",
      error: errorInfo(error),
      reason: before === undefined ? "job_initialization" : "run_exception",
    });
  }
  output.finish();
  process.off("exit", lastWords);
  return { endedWell: outcome === "success" && !wentWrong, before: before ?? workerState() };
}

interface ExecuteSetting extends WorkerSettings {
  readonly code: RunCode;
}

async function execute(
  start: MessageBody<"startRun">,
  {
    emit,
    code,
    signal,
    variables,
    secrets,
    duckdb,
    pools,
    onProcessGroup,
  }: Omit<RunSetting, "code"> & ExecuteSetting,
): Promise<"success" | "failure" | "canceled"> {
  const { root, environment, documents, dataFolder, logFolder } = start;
  const { valuesFolder, filesFolder, attachmentBytes, known } = start;
  await using isolate = createStepProcesses({
    root,
    ...(environment === undefined ? {} : { environment }),
    documents,
    valuesFolder,
    filesFolder,
    attachmentBytes,
    known: known ?? nothingKnown,
  });
  return await executeRun(start.plan as unknown as RunPlan, {
    runId: start.runId as RunId,
    code,
    emit,
    signal,
    ...(duckdb === undefined ? {} : { duckdb }),
    projectRoot: root,
    dataFolder,
    logFolder,
    valuesFolder,
    attachments: new LocalArtifacts({ folder: filesFolder, capBytes: attachmentBytes }),
    secrets,
    pools,
    isolate,
    variables,
    latestMetadata: start.latestMetadata as { readonly [asset: string]: Metadata },
    onProcessGroup,
    ...(known === undefined ? {} : { known: known as unknown as KnownState }),
  });
}
