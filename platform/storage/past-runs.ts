import type { RunEventBody } from "../core/event.ts";
import { appendEvents } from "./append-events.ts";
import type { Statements } from "./database.ts";
import { insertRunOnce } from "./insert-run.ts";
import type { NewRun } from "./run-records.ts";
import type { StoredEvent } from "./stored-event.ts";

/** A run that succeeded elsewhere, with its events; none where one of its run key is there already. */
export async function recordPastRun(
  db: Statements,
  run: NewRun,
  bodies: readonly RunEventBody[],
): Promise<readonly StoredEvent[]> {
  const { id, inserted } = await insertRunOnce(db, run);
  if (!inserted) return [];
  // Written in the transaction that makes it, so that no worker ever sees it wait.
  await db.run("update runs set epoch = 1, status = 'starting' where id = :id", { id });
  const all: readonly RunEventBody[] = [{ type: "run.started" }, ...bodies, { type: "run.succeeded" }];
  const { stored } = await appendEvents(
    db,
    all.map((body, index) => ({ runId: id, epoch: 1, seq: index + 1, at: run.createdAtMs, ...body })),
  );
  return stored;
}
