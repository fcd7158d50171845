import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type { RunEvent, RunEventBody } from "../../platform/core/event.ts";
import type { RunId, RunRequest } from "../../platform/core/run.ts";
import type { PlannedStep, RunPlan } from "../../platform/core/run-plan.ts";
import type { NewRun } from "../../platform/storage/run-records.ts";
import type { Storage } from "../../platform/storage/storage.ts";

export const asset = (text: string) => text as AssetKey;
export const checkOf = (text: string) => text as CheckKey;
export const runId = (text: string) => text as RunId;

export const request: RunRequest = { assets: [asset("raw/orders")], tags: { team: "a" } };

export function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return { id: runId(id), request, snapshotId: "s1", createdAtMs: 1000, ...more };
}

export function planOf(steps: readonly Partial<PlannedStep>[]): RunPlan {
  return {
    snapshotId: "s1",
    request,
    pools: {},
    resources: {},
    ioManagers: {},
    steps: steps.map(
      (step) => ({ execution: "materialize", assets: [], checks: [], ...step }) as PlannedStep,
    ),
  };
}

/** A run that has begun, and what writes its events. */
export async function begun(storage: Storage, id = "r1", more: Partial<NewRun> = {}) {
  await storage.createRun(newRun(id, more));
  const epoch = await storage.startAttempt(runId(id), 1001);
  let seq = 0;
  const event = (body: RunEventBody): RunEvent => ({
    runId: runId(id),
    epoch,
    seq: ++seq,
    at: 2000 + seq,
    ...body,
  });
  const append = (...bodies: readonly RunEventBody[]) => storage.appendEvents(bodies.map(event));
  await append({ type: "run.started" });
  return { epoch, event, append };
}

export const materialized = (text: string, partition: string | null = null): RunEventBody => ({
  type: "asset.materialized",
  step: text,
  asset: asset(text),
  partition,
  metadata: { row_count: { type: "int", value: 1 } },
});

export const failed = (text: string, partition: string | null = null): RunEventBody => ({
  type: "asset.failed",
  step: text,
  asset: asset(text),
  partition,
  error: { name: "Error", message: "no" },
});

export const evaluated = (text: string, passed: boolean, partition: string | null = null): RunEventBody => ({
  type: "check.evaluated",
  step: text,
  check: checkOf(text),
  partition,
  passed,
  severity: "warn",
  blocking: false,
  metadata: {},
});
