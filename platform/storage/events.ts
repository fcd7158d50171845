import type { AssetKey } from "../core/asset-key.ts";
import type { RunEvent, RunEventType } from "../core/event.ts";
import type { RunId } from "../core/run.ts";
import type { SqlValue, Statements } from "./database.ts";
import type { EventCursor, EventFilter, EventPage, StoredEvent } from "./stored-event.ts";

/** Events that stay when a run's noise is removed: what the history of assets consists of. */
export const factTypes = [
  "asset.materialized",
  "asset.observed",
  "asset.failed",
  "check.evaluated",
] as const satisfies readonly RunEventType[];

/** A row of the log as `eventColumns` selects it. */
export interface EventRow {
  id: number;
  run_id: string;
  epoch: number;
  seq: number;
  at_ms: number;
  type: string;
  body: string;
}

export const eventColumns = "id, run_id, epoch, seq, at_ms, type, body";

/** Oldest first, after the cursor. Served by events_by_run(run_id, id). */
export async function listEvents(db: Statements, runId: RunId, filter: EventFilter): Promise<EventPage> {
  const after = filter.after ?? 0;
  const conditions = ["run_id = :run_id", "id > :after"];
  const parameters: { [name: string]: SqlValue } = { run_id: runId, after, limit: filter.limit + 1 };
  if (filter.types !== undefined) {
    parameters["types"] = filter.types;
    conditions.push("type = any(:types)");
  }
  if (filter.step !== undefined) {
    parameters["step"] = filter.step;
    conditions.push("step = :step");
  }
  const rows = await db.all<EventRow>(
    `
    select ${eventColumns}
    from events
    where ${conditions.join(" and ")}
    order by id
    limit :limit
    `,
    parameters,
  );
  const events = rows.slice(0, filter.limit).map(eventOf);
  return { events, cursor: events.at(-1)?.cursor ?? after, more: rows.length > filter.limit };
}

/** What happened to one asset and its checks, newest first. Served by events_about_asset(asset, id). */
export async function assetHistory(
  db: Statements,
  asset: AssetKey,
  page: { readonly limit: number; readonly before?: EventCursor },
): Promise<StoredEvent[]> {
  const rows = await db.all<EventRow>(
    `
    select ${eventColumns}
    from events
    where asset = :asset and id < :before
      and type in (${factTypes.map((type) => `'${type}'`).join(", ")})
    order by id desc
    limit :limit
    `,
    { asset, before: page.before ?? Number.MAX_SAFE_INTEGER, limit: page.limit },
  );
  return rows.map(eventOf);
}

/** Events of all runs from one cursor to another, both in. */
export async function eventsBetween(
  db: Statements,
  stretch: { readonly first: EventCursor; readonly last: EventCursor; readonly limit?: number },
): Promise<StoredEvent[]> {
  const { first, last, limit = Number.MAX_SAFE_INTEGER } = stretch;
  const rows = await db.all<EventRow>(
    `select ${eventColumns} from events where id between :first and :last order by id limit :limit`,
    { first, last, limit },
  );
  return rows.map(eventOf);
}

/** When events happened, in milliseconds since 1970; those that were purged are absent. */
export async function eventTimes(
  db: Statements,
  cursors: readonly EventCursor[],
): Promise<Map<EventCursor, number>> {
  const rows = await db.all<Pick<EventRow, "id" | "at_ms">>(
    "select id, at_ms from events where id = any(:ids)",
    { ids: [...new Set(cursors)] },
  );
  return new Map(rows.map(({ id, at_ms }) => [id, at_ms]));
}

/** 0 for an empty log. */
export async function newestCursor(db: Statements): Promise<EventCursor> {
  const row = await db.get<{ id: number }>("select coalesce(max(id), 0) as id from events");
  return row?.id ?? 0;
}

export function eventOf(row: EventRow): StoredEvent {
  const event = {
    runId: row.run_id,
    epoch: row.epoch,
    seq: row.seq,
    at: row.at_ms,
    type: row.type,
    ...(JSON.parse(row.body) as object),
  };
  return { cursor: row.id, event: event as RunEvent };
}
