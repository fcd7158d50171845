import type { RunEvent } from "../core/event.ts";
import { applyAssetFacts } from "./asset-facts.ts";
import { insertAttachments } from "./attachments.ts";
import type { SqlRow, Statements } from "./database.ts";
import type { AppendOutcome } from "./event-batches.ts";
import { applyRunFacts } from "./run-facts.ts";
import { applyStepFacts } from "./step-facts.ts";
import type { StoredEvent } from "./stored-event.ts";

/** Adds events to the log and to the facts; gives an outcome per event, and what is new with its cursor. */
export async function appendEvents(
  db: Statements,
  events: readonly RunEvent[],
): Promise<{ outcomes: AppendOutcome[]; stored: StoredEvent[] }> {
  const epochs = await currentEpochs(db, events);
  // Epoch 0 is written by the control plane alone, which numbers its events itself.
  const standing = events.filter((event) => event.epoch !== 0 && event.epoch === epochs.get(event.runId));
  const cursors = await insertEvents(db, standing);
  const outcomes: AppendOutcome[] = [];
  const stored: StoredEvent[] = [];
  for (const event of events) {
    if (event.epoch === 0 || event.epoch !== epochs.get(event.runId)) {
      outcomes.push("refused");
      continue;
    }
    const identity = identityOf(event);
    const cursor = cursors.get(identity);
    // The same event a second time in one batch is a repetition as well.
    cursors.delete(identity);
    outcomes.push(cursor === undefined ? "repeated" : "appended");
    if (cursor !== undefined) stored.push({ cursor, event });
  }
  await applyFacts(db, stored);
  return { outcomes, stored };
}

async function applyFacts(db: Statements, stored: readonly StoredEvent[]): Promise<void> {
  const starts = await applyStepFacts(db, stored);
  await applyAssetFacts(db, stored, starts);
  await insertAttachments(
    db,
    stored.flatMap(({ cursor, event }) => (event.type === "file.attached" ? [{ cursor, event }] : [])),
  );
  // The end of a run ends its steps, so it comes after what is known of them.
  await applyRunFacts(db, stored);
}

const columns = ["run_id", "epoch", "seq", "at_ms", "type", "step", "asset", "body"];

/** Cursors of those that were not there yet, by identity; they rise in the order of the events. */
export async function insertEvents(
  db: Statements,
  events: readonly RunEvent[],
): Promise<Map<string, number>> {
  const rows = await db.insertRows<{ id: number; run_id: string; epoch: number; seq: number }>(
    { table: "events", columns, returning: "id, run_id, epoch, seq" },
    events.map(rowOf),
  );
  return new Map(rows.map((row) => [`${row.epoch} ${row.seq} ${row.run_id}`, row.id]));
}

export function identityOf({ epoch, seq, runId }: RunEvent): string {
  return `${epoch} ${seq} ${runId}`;
}

function rowOf(event: RunEvent): SqlRow {
  const { runId, epoch, seq, at, type, ...body } = event;
  return [
    runId,
    epoch,
    seq,
    at,
    type,
    "step" in body ? (body.step ?? null) : null,
    "asset" in body ? (body.asset ?? null) : "check" in body ? assetOfCheck(body.check) : null,
    JSON.stringify(body),
  ];
}

/** `raw/orders:not_empty` is about `raw/orders`; the name of a check holds no colon. */
function assetOfCheck(check: string): string {
  return check.slice(0, check.lastIndexOf(":"));
}

async function currentEpochs(db: Statements, events: readonly RunEvent[]): Promise<Map<string, number>> {
  const rows = await db.all<{ id: string; epoch: number }>(
    "select id, epoch from runs where id = any(:ids)",
    {
      ids: [...new Set(events.map(({ runId }) => runId))],
    },
  );
  return new Map(rows.map((row) => [row.id, row.epoch]));
}
