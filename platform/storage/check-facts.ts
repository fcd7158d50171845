import type { SqlRow, Statements } from "./database.ts";
import { encodePartition } from "./partition-key.ts";
import type { StoredEvent } from "./stored-event.ts";

const columns = ["check_key", "partition", "event_id", "run_id", "at_ms", "passed", "severity"];

/** Keeps the newest answer to each check, by partition. */
export async function applyCheckFacts(db: Statements, stored: readonly StoredEvent[]): Promise<void> {
  const latest = new Map<string, SqlRow>();
  for (const { cursor, event } of stored) {
    if (event.type !== "check.evaluated") continue;
    const partition = encodePartition(event.partition);
    latest.set(`${event.check}\0${partition}`, [
      event.check,
      partition,
      cursor,
      event.runId,
      event.at,
      event.passed ? 1 : 0,
      event.severity,
    ]);
  }
  await db.insertRows(
    {
      table: "check_latest",
      columns,
      onConflict: `(check_key, partition) do update set ${columns
        .slice(2)
        .map((column) => `${column} = excluded.${column}`)
        .join(", ")}`,
    },
    [...latest.values()],
  );
}
