import type { AssetKey } from "../core/asset-key.ts";
import type { RunEvent } from "../core/event.ts";
import type { RunId } from "../core/run.ts";
import type { Statements } from "./database.ts";
import type { EventCursor, EventFilter, EventPage, StoredEvent } from "./storage.ts";

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
  const parameters: { [name: string]: string | number } = { run_id: runId, after, limit: filter.limit + 1 };
  if (filter.types !== undefined) {
    const names = filter.types.map((type, index) => {
      parameters[`type${index}`] = type;
      return `:type${index}`;
    });
    conditions.push(`type in (${names.join(", ")})`);
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

/** What happened to one asset and its checks, newest first. Served by events_by_asset(asset, id). */
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
      and type in ('asset.materialized', 'asset.observed', 'asset.failed', 'check.evaluated')
    order by id desc
    limit :limit
    `,
    { asset, before: page.before ?? Number.MAX_SAFE_INTEGER, limit: page.limit },
  );
  return rows.map(eventOf);
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
