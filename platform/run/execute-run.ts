// `run` turns a plan into events: it sets up resources, runs steps, and tells what happens as it happens.

import { mkdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { RunEventBody } from "../core/event.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { ExecuteOptions } from "./execute-options.ts";
import { nothingKnown } from "./known-state.ts";
import { captureOutput } from "./output-capture.ts";
import { createEngine, createRunScope } from "./run-scope.ts";
import { runSteps, type StepsResult } from "./run-steps.ts";

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
