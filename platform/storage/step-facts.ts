import type { RunEvent } from "../core/event.ts";
import type { SqlRow, Statements } from "./database.ts";
import { firstLine } from "./first-line.ts";
import type { EventCursor, StoredEvent } from "./stored-event.ts";

/** Cursor of the start of the attempt that a step's event belongs to. */
export interface StepStarts {
  of(stored: StoredEvent & { readonly event: { readonly step: string } }): EventCursor;
}

interface StepChange {
  readonly runId: string;
  readonly step: string;
  readonly status: string;
  /** 0: as it was. */
  readonly attempt: number;
  /** Of the first start here; null: as it was. */
  readonly startedAt: number | null;
  readonly startedCursor: number | null;
  readonly endedAt: number | null;
  readonly failure: string | null;
}

/** Steps that are not in the plan, such as instances of a mapped one, come after those that are. */
export const unplanned = 1_000_000_000;

/** Keeps the steps of runs; what of one step stands in one batch becomes one change. */
export async function applyStepFacts(db: Statements, stored: readonly StoredEvent[]): Promise<StepStarts> {
  const changes = new Map<string, StepChange>();
  const begun = new Map<number, EventCursor>();
  for (const { cursor, event } of stored) {
    if (!("step" in event) || event.step === undefined) continue;
    const key = stepKeyOf(event.runId, event.step);
    const change = changeOf(event, { cursor, before: changes.get(key) });
    if (change !== undefined) changes.set(key, change);
    const start = changes.get(key)?.startedCursor;
    if (start !== undefined && start !== null) begun.set(cursor, start);
  }
  const earlier = await earlierStarts(db, stored, begun);
  await db.insertRows(
    {
      table: "run_steps",
      columns: [
        "run_id",
        "step",
        "position",
        "status",
        "attempt",
        "started_at_ms",
        "ended_at_ms",
        "failure",
        "started_event_id",
      ],
      onConflict: `(run_id, step) do update
        set status = excluded.status,
          attempt = case when excluded.attempt = 0 then run_steps.attempt else excluded.attempt end,
          started_at_ms = coalesce(run_steps.started_at_ms, excluded.started_at_ms),
          ended_at_ms = excluded.ended_at_ms,
          failure = excluded.failure,
          started_event_id = coalesce(excluded.started_event_id, run_steps.started_event_id)`,
    },
    [...changes.values()].map(rowOf),
  );
  return {
    of: ({ cursor, event }) => begun.get(cursor) ?? earlier.get(stepKeyOf(event.runId, event.step)) ?? cursor,
  };
}

function rowOf(change: StepChange): SqlRow {
  return [
    change.runId,
    change.step,
    unplanned,
    change.status,
    change.attempt,
    change.startedAt,
    change.endedAt,
    change.failure,
    change.startedCursor,
  ];
}

function changeOf(
  event: RunEvent & { readonly step?: string },
  { cursor, before }: { cursor: EventCursor; before: StepChange | undefined },
): StepChange | undefined {
  const base = {
    runId: event.runId,
    step: event.step as string,
    attempt: before?.attempt ?? 0,
    startedAt: before?.startedAt ?? null,
    startedCursor: before?.startedCursor ?? null,
    endedAt: event.at,
    failure: null,
  };
  switch (event.type) {
    case "step.started":
      return {
        ...base,
        status: "running",
        attempt: event.attempt,
        startedAt: base.startedAt ?? event.at,
        startedCursor: cursor,
        endedAt: null,
      };
    case "step.retrying":
      return { ...base, status: "pending", endedAt: null, failure: firstLine(event.error.message) };
    case "step.succeeded":
      return { ...base, status: "success" };
    case "step.failed":
      return { ...base, status: "failure", failure: firstLine(event.error.message) };
    case "step.skipped":
      return { ...base, status: "skipped", failure: firstLine(event.reason) };
    case "step.canceled":
      return { ...base, status: "canceled" };
    default:
      return undefined;
  }
}

/** Starts that stand in earlier batches, of the steps that tell of assets here. */
async function earlierStarts(
  db: Statements,
  stored: readonly StoredEvent[],
  begun: ReadonlyMap<number, EventCursor>,
): Promise<Map<string, EventCursor>> {
  const wanted = new Map<string, Set<string>>();
  for (const { cursor, event } of stored) {
    if (event.type !== "asset.materialized" && event.type !== "asset.observed") continue;
    if (begun.has(cursor)) continue;
    const steps = wanted.get(event.runId) ?? new Set();
    wanted.set(event.runId, steps.add(event.step));
  }
  const starts = new Map<string, EventCursor>();
  for (const [runId, steps] of wanted) {
    const rows = await db.all<{ step: string; started_event_id: number }>(
      `
      select step, started_event_id
      from run_steps
      where run_id = :run_id and step = any(:steps) and started_event_id is not null
      `,
      { run_id: runId, steps: [...steps] },
    );
    for (const row of rows) starts.set(stepKeyOf(runId, row.step), row.started_event_id);
  }
  return starts;
}

function stepKeyOf(runId: string, step: string): string {
  return `${runId}\0${step}`;
}
