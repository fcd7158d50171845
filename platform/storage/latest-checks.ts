import type { CheckKey } from "../core/asset-key.ts";
import type { CheckRecord } from "./asset-records.ts";
import { chooseByKey } from "./choose-by-key.ts";
import type { Statements } from "./database.ts";
import { type EventRow, eventColumns, eventOf } from "./events.ts";

interface LatestRow extends EventRow {
  check_key: string;
}

/**
 * The newest answer to each check, whichever partition it was of: so of many partitions only one event is read. Served
 * by the primary keys of check_latest and events.
 */
export async function latestChecks(
  db: Statements,
  keys: readonly CheckKey[] | undefined,
): Promise<Map<CheckKey, CheckRecord>> {
  const { condition, parameters } = chooseByKey("check_key", keys);
  const rows = await db.all<LatestRow>(
    `
    select newest.check_key as check_key, ${eventColumns
      .split(", ")
      .map((column) => `events.${column} as ${column}`)
      .join(", ")}
    from (select check_key, max(event_id) as event_id from check_latest where ${condition} group by check_key) as newest
    join events on events.id = newest.event_id
    order by newest.check_key
    `,
    parameters,
  );
  return new Map(rows.map((row) => [row.check_key as CheckKey, recordOf(row)]));
}

function recordOf(row: LatestRow): CheckRecord {
  const { event } = eventOf(row);
  if (event.type !== "check.evaluated") throw new Error(`a ${event.type} answers no check`);
  return {
    check: event.check,
    partition: event.partition,
    runId: event.runId,
    at: event.at,
    passed: event.passed,
    severity: event.severity,
    ...(event.description === undefined ? {} : { description: event.description }),
    metadata: event.metadata,
  };
}
