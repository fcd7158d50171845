import type { CheckKey } from "../core/asset-key.ts";
import { chooseByKey } from "./choose-by-key.ts";
import type { Statements } from "./database.ts";
import { type EventRow, eventColumns, eventOf } from "./events.ts";
import { decodePartition } from "./partition-key.ts";
import type { CheckRecord } from "./storage.ts";

interface LatestRow extends EventRow {
  check_key: string;
  partition: string;
}

/** Newest first per check. Served by the primary keys of check_latest and events. */
export async function latestChecks(
  db: Statements,
  keys: readonly CheckKey[] | undefined,
): Promise<Map<CheckKey, CheckRecord[]>> {
  const { condition, parameters } = chooseByKey("check_latest.check_key", keys);
  const rows = await db.all<LatestRow>(
    `
    select check_latest.check_key as check_key, check_latest.partition as partition, ${eventColumns
      .split(", ")
      .map((column) => `events.${column} as ${column}`)
      .join(", ")}
    from check_latest join events on events.id = check_latest.event_id
    where ${condition}
    order by check_latest.check_key, events.id desc
    `,
    parameters,
  );
  const records = new Map<CheckKey, CheckRecord[]>();
  for (const row of rows) {
    const check = row.check_key as CheckKey;
    const { event } = eventOf(row);
    if (event.type !== "check.evaluated") throw new Error(`a ${event.type} answers no check`);
    const record: CheckRecord = {
      check,
      partition: decodePartition(row.partition),
      runId: event.runId,
      at: event.at,
      passed: event.passed,
      severity: event.severity,
      ...(event.description === undefined ? {} : { description: event.description }),
      metadata: event.metadata,
    };
    const others = records.get(check);
    if (others === undefined) records.set(check, [record]);
    else others.push(record);
  }
  return records;
}
