import { isTerminal, type RunFailureReason, type RunStatus } from "../core/run.ts";
import { endAttempt } from "./attempts.ts";
import type { Statements } from "./database.ts";
import { firstLine } from "./first-line.ts";
import type { StoredEvent } from "./stored-event.ts";

/**
 * From which statuses each one can be reached; an ended run never changes (spec/execution.md §1.1).
 *
 * Beyond the reference a run can also be cancelled while it starts or before it is queued, and one whose last step
 * ended well before the cancellation reached it has succeeded. One that cannot be planned any more fails in the queue.
 */
export const reachableFrom: { readonly [status in RunStatus]: readonly RunStatus[] } = {
  not_started: [],
  queued: ["not_started", "starting"],
  starting: ["not_started", "queued"],
  started: ["starting", "started"],
  canceling: ["starting", "started"],
  success: ["started", "canceling"],
  failure: ["queued", "starting", "started", "canceling"],
  canceled: ["not_started", "queued", "starting", "started", "canceling"],
};

const statusOfEvent: { readonly [type: string]: RunStatus } = {
  "run.started": "started",
  "run.canceling": "canceling",
  "run.succeeded": "success",
  "run.failed": "failure",
  "run.canceled": "canceled",
};

/** Keeps the runs; a change that the run's life does not allow is recorded only as an event. */
export async function applyRunFacts(db: Statements, stored: readonly StoredEvent[]): Promise<void> {
  for (const { event } of stored) {
    const status = statusOfEvent[event.type];
    if (status === undefined) continue;
    await changeStatus(db, event.runId, {
      status,
      at: event.at,
      ...(event.type === "run.failed"
        ? {
            failure: firstLine(event.error.message),
            ...(event.reason === undefined ? {} : { reason: event.reason }),
          }
        : {}),
    });
  }
}

export interface StatusChange {
  readonly status: RunStatus;
  readonly at: number;
  readonly failure?: string;
  readonly reason?: RunFailureReason;
}

/** Whether the run's life allowed it. With a run end its steps, its attempt and its hold on pools. */
export async function changeStatus(db: Statements, runId: string, change: StatusChange): Promise<boolean> {
  const { status, at, failure, reason } = change;
  const ended = isTerminal(status);
  const changed = await db.run(
    `
    update runs
    set status = :status,
      started_at_ms = coalesce(started_at_ms, :started_at_ms),
      ended_at_ms = :ended_at_ms,
      failure = :failure,
      failure_reason = :failure_reason
    where id = :run_id and status in (${reachableFrom[status].map((from) => `'${from}'`).join(", ")})
    `,
    {
      run_id: runId,
      status,
      started_at_ms: status === "started" ? at : null,
      ended_at_ms: ended ? at : null,
      failure: failure ?? null,
      failure_reason: reason ?? null,
    },
  );
  if (changed !== 1) return false;
  if (ended) await endSteps(db, runId, { canceled: status === "canceled", at });
  if (ended || status === "queued") await endAttempt(db, runId);
  return true;
}

async function endSteps(
  db: Statements,
  runId: string,
  end: { canceled: boolean; at: number },
): Promise<void> {
  await db.run(
    `
    update run_steps
    set ended_at_ms = :at,
      status = case when :canceled = 1 then 'canceled' when status = 'running' then 'failure' else 'skipped' end
    where run_id = :run_id and status in ('pending', 'running')
    `,
    { run_id: runId, at: end.at, canceled: end.canceled ? 1 : 0 },
  );
}
