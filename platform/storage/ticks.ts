import { randomUUID } from "node:crypto";
import type { FreshnessChange } from "../core/freshness.ts";
import type { Json } from "../core/metadata.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import { setCursors, swapCursor } from "./cursors.ts";
import type { Statements } from "./database.ts";
import { insertFreshnessChanges } from "./freshness-changes.ts";
import { insertRunOnce } from "./insert-run.ts";
import type { NewRun } from "./run-records.ts";
import { findRuns } from "./runs.ts";
import type { StoredEvent } from "./stored-event.ts";

export const tickStatuses = ["started", "success", "skipped", "failure"] as const;
export type TickStatus = (typeof tickStatuses)[number];

/** One evaluation of a schedule, a sensor or an automation group. */
export interface TickRecord {
  readonly id: number;
  readonly instigator: string;
  readonly scheduledAtMs: number;
  readonly status: TickStatus;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  /** Why it asked for nothing, or what went wrong. */
  readonly reason?: string;
  readonly runIds: readonly RunId[];
  /** What the evaluator wants to be remembered, such as proofs. */
  readonly body?: Json;
}

/** A tick and everything it decided. */
export interface TickCommit {
  readonly instigator: string;
  /** Unique with the instigator. */
  readonly scheduledAtMs: number;
  readonly status: TickStatus;
  readonly reason?: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly body?: Json;
  /** Each is made once per instigator and `request.runKey`; one whose key was used makes no run. */
  readonly runs: readonly NewRun[];
  readonly cursors: readonly { readonly name: string; readonly value: string | null }[];
  /** Told in the log, at `endedAtMs`. */
  readonly freshness?: readonly FreshnessChange[];
  /** Given by those who take turns: nothing is recorded where the cursor is another one than was read before. */
  readonly turn?: {
    readonly name: string;
    readonly expected: string | null;
    readonly value: string;
  };
}

interface TickRow {
  id: number;
  instigator: string;
  scheduled_at_ms: number;
  status: string;
  started_at_ms: number;
  ended_at_ms: number | null;
  reason: string | null;
  run_ids: string;
  body: string | null;
}

export interface CommittedTick {
  readonly recorded: boolean;
  /** Those that the tick made. */
  readonly runs: readonly RunRecord[];
  /** What the tick told in the log. */
  readonly events?: readonly StoredEvent[];
}

/** A commit that can be asked for again with the same outcome, when its first answer was lost. */
export function createTickCommit(tick: TickCommit): (db: Statements) => Promise<CommittedTick> {
  const commit = randomUUID();
  return async (db) => {
    if (tick.turn !== undefined && !(await swapCursor(db, tick.turn))) return earlierTick(db, tick, commit);
    const inserted = await insertTick(db, tick, commit);
    if (inserted === undefined) return earlierTick(db, tick, commit);
    const made: RunId[] = [];
    for (const run of tick.runs) {
      const { id, inserted: isNew } = await insertRunOnce(db, { ...run, source: tick.instigator });
      if (isNew) made.push(id);
    }
    if (made.length > 0) {
      await db.run("update ticks set run_ids = :run_ids where id = :id", {
        run_ids: JSON.stringify(made),
        id: inserted,
      });
    }
    await setCursors(db, tick.cursors);
    const events = await insertFreshnessChanges(db, tick.freshness ?? [], tick.endedAtMs);
    return { recorded: true, runs: await findRuns(db, made), events };
  };
}

async function insertTick(db: Statements, tick: TickCommit, commit: string): Promise<number | undefined> {
  const row = await db.get<{ id: number }>(
    `
    insert into ticks
      (instigator, scheduled_at_ms, status, started_at_ms, ended_at_ms, reason, run_ids, body, commit_key)
    values
      (:instigator, :scheduled_at_ms, :status, :started_at_ms, :ended_at_ms, :reason, '[]', :body, :commit_key)
    on conflict (instigator, scheduled_at_ms) do nothing
    returning id
    `,
    {
      instigator: tick.instigator,
      scheduled_at_ms: tick.scheduledAtMs,
      status: tick.status,
      started_at_ms: tick.startedAtMs,
      ended_at_ms: tick.endedAtMs,
      reason: tick.reason ?? null,
      body: tick.body === undefined ? null : JSON.stringify(tick.body),
      commit_key: commit,
    },
  );
  return row?.id;
}

/** It is recorded after all where the earlier one is this commit itself, whose answer was lost. */
async function earlierTick(db: Statements, tick: TickCommit, commit: string): Promise<CommittedTick> {
  const row = await db.get<{ run_ids: string; commit_key: string }>(
    "select run_ids, commit_key from ticks where instigator = :instigator and scheduled_at_ms = :scheduled_at_ms",
    { instigator: tick.instigator, scheduled_at_ms: tick.scheduledAtMs },
  );
  return {
    recorded: row?.commit_key === commit,
    runs: await findRuns(db, JSON.parse(row?.run_ids ?? "[]") as RunId[]),
  };
}

/** Newest first. Served by ticks_by_instigator(instigator, id). */
export async function listTicks(
  db: Statements,
  instigator: string,
  page: { readonly limit: number; readonly before?: number },
): Promise<TickRecord[]> {
  const rows = await db.all<TickRow>(
    `
    select id, instigator, scheduled_at_ms, status, started_at_ms, ended_at_ms, reason, run_ids, body
    from ticks
    where instigator = :instigator and id < :before
    order by id desc
    limit :limit
    `,
    { instigator, before: page.before ?? Number.MAX_SAFE_INTEGER, limit: page.limit },
  );
  return rows.map((row) => ({
    id: row.id,
    instigator: row.instigator,
    scheduledAtMs: row.scheduled_at_ms,
    status: row.status as TickStatus,
    startedAtMs: row.started_at_ms,
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    runIds: JSON.parse(row.run_ids) as RunId[],
    ...(row.body === null ? {} : { body: JSON.parse(row.body) as Json }),
  }));
}
