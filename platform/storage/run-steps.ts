import type { StepStatus } from "../core/event.ts";
import type { RunId } from "../core/run.ts";
import type { Statements } from "./database.ts";
import type { StepRecord } from "./storage.ts";

interface StepRow {
  step: string;
  status: string;
  attempt: number;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  failure: string | null;
}

/** In the order of the plan. Served by the primary key. */
export async function listSteps(db: Statements, runId: RunId): Promise<StepRecord[]> {
  const rows = await db.all<StepRow>(
    `
    select step, status, attempt, started_at_ms, ended_at_ms, failure
    from run_steps
    where run_id = :run_id
    order by position, step
    `,
    { run_id: runId },
  );
  return rows.map((row) => ({
    step: row.step,
    status: row.status as StepStatus,
    attempt: row.attempt,
    ...(row.started_at_ms === null ? {} : { startedAtMs: row.started_at_ms }),
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
    ...(row.failure === null ? {} : { failure: row.failure }),
  }));
}
