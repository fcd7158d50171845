import type { RunEvent } from "../core/event.ts";
import type { Json } from "../core/metadata.ts";
import type { RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { EventView, RunStepView, RunView } from "../core/views.ts";
import type { StepRecord } from "../storage/run-records.ts";
import type { StoredEvent } from "../storage/stored-event.ts";

export function runView(run: RunRecord): RunView {
  const { assets, checks, partitions, job, tags, priority, reexecution } = run.request;
  return {
    id: run.id,
    status: run.status,
    assets,
    checks: checks ?? null,
    partitions: (partitions ?? null) as Json,
    job: job ?? null,
    tags,
    snapshot_id: run.snapshotId,
    commit: run.commit ?? null,
    created_at_ms: run.createdAtMs,
    started_at_ms: run.startedAtMs ?? null,
    ended_at_ms: run.endedAtMs ?? null,
    failure: run.failure ?? null,
    failure_reason: run.failureReason ?? null,
    priority: priority ?? 0,
    parent_run_id: reexecution?.parent ?? null,
    root_run_id: reexecution?.root ?? null,
    epoch: run.epoch,
  };
}

/** Steps in the order of the plan, with what each brings up to date. */
export function runStepViews(steps: readonly StepRecord[], plan: RunPlan | undefined): RunStepView[] {
  const planned = new Map(plan?.steps.map((step) => [step.key, step]));
  return steps.map((step) => ({
    key: step.step,
    status: step.status,
    attempt: step.attempt,
    started_at_ms: step.startedAtMs ?? null,
    ended_at_ms: step.endedAtMs ?? null,
    failure: step.failure ?? null,
    assets: planned.get(step.step)?.assets ?? [],
    checks: planned.get(step.step)?.checks ?? [],
    partitions: planned.get(step.step)?.partitions ?? null,
  }));
}

/** An event with its place in the log; field names as everywhere in the API. */
export function eventView({ cursor, event }: StoredEvent): EventView {
  return { cursor, ...snakeCased(event) } as EventView;
}

function snakeCased({ at, ...event }: RunEvent): { [field: string]: unknown } {
  const fields = Object.entries(event).map(([name, value]) => [
    name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return { ...Object.fromEntries(fields), at_ms: at };
}
