import type { StepStatus } from "../core/event.ts";
import type { RunId } from "../core/run.ts";
import type { Statements } from "./database.ts";
import type { StepRecord } from "./run-records.ts";
import { unplanned } from "./step-facts.ts";

interface StepRow {
  step: string;
  position: number;
  status: string;
  attempt: number;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  failure: string | null;
}

/** In the order of the plan, instances of a mapped step behind it. Served by the primary key. */
export async function listSteps(db: Statements, runId: RunId): Promise<StepRecord[]> {
  const rows = await db.all<StepRow>(
    `
    select step, position, status, attempt, started_at_ms, ended_at_ms, failure
    from run_steps
    where run_id = :run_id
    order by position, coalesce(started_event_id, 0), step
    `,
    { run_id: runId },
  );
  return inPlanOrder(rows).map((row) => ({
    step: row.step,
    status: row.status as StepStatus,
    attempt: row.attempt,
    ...(row.started_at_ms === null ? {} : { startedAtMs: row.started_at_ms }),
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
    ...(row.failure === null ? {} : { failure: row.failure }),
  }));
}

/** `load[eu]` has no place in the plan and follows `load`. */
function inPlanOrder(rows: readonly StepRow[]): readonly StepRow[] {
  const places = new Map(rows.map((row) => [row.step, row.position]));
  const placeOf = ({ step, position }: StepRow) =>
    position < unplanned || !step.endsWith("]")
      ? position
      : (places.get(step.slice(0, step.lastIndexOf("["))) ?? position);
  return rows.toSorted((a, b) => placeOf(a) - placeOf(b));
}
