import type { RunEvent } from "../core/event.ts";
import type { RunStatus } from "../core/run.ts";
import type { Statements } from "./database.ts";

/**
 * From which statuses each one can be reached; an ended run never changes (spec/execution.md §1.1).
 *
 * Beyond the reference a run can also be cancelled while it starts or before it is queued, and one whose last step
 * ended well before the cancellation reached it has succeeded.
 */
export const reachableFrom: { readonly [status in RunStatus]: readonly RunStatus[] } = {
  not_started: [],
  queued: ["not_started", "starting"],
  starting: ["not_started", "queued"],
  started: ["starting", "started"],
  canceling: ["starting", "started"],
  success: ["started", "canceling"],
  failure: ["starting", "started", "canceling"],
  canceled: ["not_started", "queued", "starting", "started", "canceling"],
};

const statusOfEvent: { readonly [type: string]: RunStatus } = {
  "run.started": "started",
  "run.canceling": "canceling",
  "run.succeeded": "success",
  "run.failed": "failure",
  "run.canceled": "canceled",
};

/** Keeps the run and its steps; a change that the run's life does not allow is recorded only as an event. */
export async function applyRunFacts(db: Statements, event: RunEvent): Promise<void> {
  const status = statusOfEvent[event.type];
  if (status !== undefined) {
    const failure = event.type === "run.failed" ? firstLine(event.error.message) : undefined;
    await changeStatus(db, event.runId, {
      status,
      at: event.at,
      ...(failure === undefined ? {} : { failure }),
    });
  } else {
    await applyStepFacts(db, event);
  }
}

/** Whether the run's life allowed it. Steps that an ended run left behind end with it. */
export async function changeStatus(
  db: Statements,
  runId: string,
  change: { readonly status: RunStatus; readonly at: number; readonly failure?: string },
): Promise<boolean> {
  const { status, at, failure } = change;
  const ended = status === "success" || status === "failure" || status === "canceled";
  const changed = await db.run(
    `
    update runs
    set status = :status,
      started_at_ms = coalesce(started_at_ms, :started_at_ms),
      ended_at_ms = :ended_at_ms,
      failure = :failure
    where id = :run_id and status in (${reachableFrom[status].map((from) => `'${from}'`).join(", ")})
    `,
    {
      run_id: runId,
      status,
      started_at_ms: status === "started" ? at : null,
      ended_at_ms: ended ? at : null,
      failure: failure ?? null,
    },
  );
  if (changed === 1 && ended) await endSteps(db, runId, { canceled: status === "canceled", at });
  return changed === 1;
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

async function applyStepFacts(db: Statements, event: RunEvent): Promise<void> {
  switch (event.type) {
    case "step.started":
      await db.run(
        `
        insert into run_steps (run_id, step, position, status, attempt, started_at_ms)
        values (
          :run_id, :step, (select count(*) from run_steps where run_id = :run_id), 'running', :attempt, :at
        )
        on conflict (run_id, step) do update
        set status = 'running',
          attempt = excluded.attempt,
          started_at_ms = coalesce(run_steps.started_at_ms, excluded.started_at_ms),
          ended_at_ms = null,
          failure = null
        `,
        { run_id: event.runId, step: event.step, attempt: event.attempt, at: event.at },
      );
      return;
    case "step.retrying":
      return changeStep(db, event, {
        status: "pending",
        failure: firstLine(event.error.message),
        ended: false,
      });
    case "step.succeeded":
      return changeStep(db, event, { status: "success", ended: true });
    case "step.failed":
      return changeStep(db, event, {
        status: "failure",
        failure: firstLine(event.error.message),
        ended: true,
      });
    case "step.skipped":
      return changeStep(db, event, { status: "skipped", failure: firstLine(event.reason), ended: true });
    case "step.canceled":
      return changeStep(db, event, { status: "canceled", ended: true });
  }
}

async function changeStep(
  db: Statements,
  event: RunEvent & { readonly step: string },
  change: { readonly status: string; readonly failure?: string; readonly ended: boolean },
): Promise<void> {
  await db.run(
    `
    update run_steps
    set status = :status, failure = :failure, ended_at_ms = :ended_at_ms
    where run_id = :run_id and step = :step
    `,
    {
      run_id: event.runId,
      step: event.step,
      status: change.status,
      failure: change.failure ?? null,
      ended_at_ms: change.ended ? event.at : null,
    },
  );
}

/** The first line, cut to what a list can show. */
export function firstLine(text: string): string {
  const line = text.split("\n", 1)[0] as string;
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}
