import type { AssetKey } from "../core/asset-key.ts";
import { freshnessLog, type RunEvent } from "../core/event.ts";
import type { FreshnessChange } from "../core/freshness.ts";
import { identityOf, insertEvents } from "./append-events.ts";
import type { Statements } from "./database.ts";
import { type EventRow, eventColumns, eventOf } from "./events.ts";
import type { EventCursor, StoredEvent } from "./stored-event.ts";

/** Tells the log of changes, one for an asset at most; their numbers follow from what is there. */
export async function insertFreshnessChanges(
  db: Statements,
  changes: readonly FreshnessChange[],
  at: number,
): Promise<StoredEvent[]> {
  if (changes.length === 0) return [];
  const logs = changes.map(({ asset }) => freshnessLog(asset));
  const rows = await db.all<{ run_id: string; seq: number }>(
    "select run_id, max(seq) as seq from events where run_id = any(:logs) and epoch = 0 group by run_id",
    { logs },
  );
  const last = new Map(rows.map(({ run_id, seq }) => [run_id, seq]));
  const events = changes.map((change): RunEvent => {
    const runId = freshnessLog(change.asset);
    return { runId, epoch: 0, seq: (last.get(runId) ?? 0) + 1, at, type: "freshness.changed", ...change };
  });
  const cursors = await insertEvents(db, events);
  return events.map((event) => ({ cursor: cursors.get(identityOf(event)) as EventCursor, event }));
}

/** Changes of one asset's freshness, newest first. Served by events_by_run(run_id, id). */
export async function freshnessHistory(
  db: Statements,
  asset: AssetKey,
  page: { readonly limit: number; readonly before?: EventCursor },
): Promise<StoredEvent[]> {
  const rows = await db.all<EventRow>(
    `
    select ${eventColumns}
    from events
    where run_id = :log and id < :before
    order by id desc
    limit :limit
    `,
    { log: freshnessLog(asset), before: page.before ?? Number.MAX_SAFE_INTEGER, limit: page.limit },
  );
  return rows.map(eventOf);
}
