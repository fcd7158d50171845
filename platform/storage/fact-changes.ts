import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunEvent, RunEventType } from "../core/event.ts";
import type { FreshnessChange } from "../core/freshness.ts";
import type { RunId } from "../core/run.ts";
import type { Statements } from "./database.ts";
import { type EventRow, eventColumns, eventOf, newestCursor } from "./events.ts";
import type { EventCursor } from "./stored-event.ts";

/** That a run brought a partition (`null`: the unpartitioned asset) up to date, or looked at it. */
export interface AssetUpdate {
  readonly type: "materialized" | "observed";
  readonly asset: AssetKey;
  readonly partition: string | null;
  readonly runId: RunId;
  readonly cursor: EventCursor;
}

/** What became known after a place in the log. */
export interface FactChanges {
  /** Where to go on. */
  readonly cursor: EventCursor;
  readonly more: boolean;
  /** Oldest first. */
  readonly updates: readonly AssetUpdate[];
  readonly checks: readonly { readonly check: CheckKey; readonly runId: RunId }[];
  /** Runs that ended. */
  readonly ended: readonly RunId[];
  /** Oldest first. */
  readonly freshness: readonly (FreshnessChange & { readonly cursor: EventCursor; readonly at: number })[];
}

const types = [
  "asset.materialized",
  "asset.observed",
  "check.evaluated",
  "run.succeeded",
  "run.failed",
  "run.canceled",
  "freshness.changed",
] as const satisfies readonly RunEventType[];

/** Served by the primary key of events. */
export async function changesSince(db: Statements, after: EventCursor, limit: number): Promise<FactChanges> {
  const newest = await newestCursor(db);
  const rows =
    newest <= after
      ? []
      : await db.all<EventRow>(
          `
          select ${eventColumns}
          from events
          where id > :after and id <= :newest and type = any(:types)
          order by id
          limit :limit
          `,
          { after, newest, types, limit },
        );
  const more = rows.length === limit;
  const events = rows.map(eventOf);
  return {
    cursor: more ? (rows.at(-1) as EventRow).id : Math.max(after, newest),
    more,
    updates: events.flatMap(({ cursor, event }) => updateOf(event, cursor)),
    checks: events.flatMap(({ event }) =>
      event.type === "check.evaluated" ? [{ check: event.check, runId: event.runId }] : [],
    ),
    ended: events.flatMap(({ event }) => (event.type.startsWith("run.") ? [event.runId] : [])),
    freshness: events.flatMap(({ cursor, event }) => {
      if (event.type !== "freshness.changed") return [];
      const { type: _type, runId: _log, epoch: _epoch, seq: _seq, ...change } = event;
      return [{ cursor, ...change }];
    }),
  };
}

function updateOf(event: RunEvent, cursor: EventCursor): AssetUpdate[] {
  if (event.type !== "asset.materialized" && event.type !== "asset.observed") return [];
  const { asset, partition, runId } = event;
  const type = event.type === "asset.materialized" ? "materialized" : "observed";
  return [{ type, asset, partition, runId, cursor }];
}
