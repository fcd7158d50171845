import type { RunEvent } from "../core/event.ts";
import { applyAssetFacts } from "./asset-facts.ts";
import type { Statements } from "./database.ts";
import type { AppendOutcome } from "./event-batches.ts";
import { applyRunFacts } from "./run-facts.ts";
import type { StoredEvent } from "./storage.ts";

/** Adds events to the log and to the facts; gives an outcome per event, and what is new with its cursor. */
export async function appendEvents(
  db: Statements,
  events: readonly RunEvent[],
): Promise<{ outcomes: AppendOutcome[]; stored: StoredEvent[] }> {
  const epochs = new Map<string, number | undefined>();
  const outcomes: AppendOutcome[] = [];
  const stored: StoredEvent[] = [];
  for (const event of events) {
    if (!epochs.has(event.runId)) epochs.set(event.runId, await currentEpoch(db, event.runId));
    // Epoch 0 is written by `setRunStatus` alone, which counts its events itself.
    if (event.epoch === 0 || event.epoch !== epochs.get(event.runId)) {
      outcomes.push("refused");
      continue;
    }
    const cursor = await insertEvent(db, event);
    outcomes.push(cursor === undefined ? "repeated" : "appended");
    if (cursor === undefined) continue;
    await applyRunFacts(db, event);
    await applyAssetFacts(db, { cursor, event });
    stored.push({ cursor, event });
  }
  return { outcomes, stored };
}

/** Gives the event's cursor, or nothing when it is there already. */
export async function insertEvent(db: Statements, event: RunEvent): Promise<number | undefined> {
  const { runId, epoch, seq, at, type, ...body } = event;
  const row = await db.get<{ id: number }>(
    `
    insert into events (run_id, epoch, seq, at_ms, type, step, asset, body)
    values (:run_id, :epoch, :seq, :at_ms, :type, :step, :asset, :body)
    on conflict (run_id, epoch, seq) do nothing
    returning id
    `,
    {
      run_id: runId,
      epoch,
      seq,
      at_ms: at,
      type,
      step: "step" in body ? (body.step ?? null) : null,
      asset: "asset" in body ? body.asset : "check" in body ? assetOfCheck(body.check) : null,
      body: JSON.stringify(body),
    },
  );
  return row?.id;
}

/** `raw/orders:not_empty` is about `raw/orders`; the name of a check holds no colon. */
function assetOfCheck(check: string): string {
  return check.slice(0, check.lastIndexOf(":"));
}

async function currentEpoch(db: Statements, runId: string): Promise<number | undefined> {
  const row = await db.get<{ epoch: number }>("select epoch from runs where id = :run_id", { run_id: runId });
  return row?.epoch;
}
