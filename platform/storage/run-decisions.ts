import type { RunEvent, RunEventBody } from "../core/event.ts";
import type { RunId, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { identityOf, insertEvents } from "./append-events.ts";
import { endAttempt, insertAttempt } from "./attempts.ts";
import type { Statements, TransactionTry } from "./database.ts";
import { type EventRow, eventColumns, eventOf } from "./events.ts";
import { firstLine } from "./first-line.ts";
import { replacePlan } from "./insert-run.ts";
import { swapValue } from "./key-values.ts";
import { changeStatus } from "./run-facts.ts";
import type { RunStatusChange, StartAttemptOptions } from "./run-records.ts";
import { getRun } from "./runs.ts";
import { StorageError } from "./storage-error.ts";
import type { StoredEvent } from "./stored-event.ts";

/** Begins an attempt that waits for a worker; what the one before held is ended. */
export async function startAttempt(
  db: Statements,
  id: RunId,
  { at, replaces, turn }: StartAttemptOptions & { readonly at: number },
): Promise<{ epoch: number; stored: StoredEvent }> {
  if (turn !== undefined && !(await swapValue(db, turn.key, { ...turn, uncertain: false })))
    throw new StorageError("stale-attempt", `another process has taken a run from the queue before ${id}`);
  await refuseOtherEpoch(db, id, replaces);
  const row = await db.get<{ epoch: number }>(
    `
    update runs
    set epoch = epoch + 1, status = case when status = 'started' then 'started' else 'starting' end
    where id = :id and status in ('not_started', 'queued', 'starting', 'started')
    returning epoch
    `,
    { id },
  );
  if (row === undefined) throw await refusal(db, id, "begin an attempt");
  await endAttempt(db, id);
  await insertAttempt(db, id);
  const stored = await recordDecision(db, id, { body: { type: "run.starting" }, at, uncertain: false });
  return { epoch: row.epoch, stored };
}

const eventOfStatus: {
  readonly [status in RunStatus]?: Exclude<RunEventBody["type"] & `run.${string}`, "run.failed">;
} = {
  queued: "run.queued",
  starting: "run.starting",
  started: "run.started",
  canceling: "run.canceling",
  success: "run.succeeded",
  canceled: "run.canceled",
};

/** Gives what was recorded; nothing, where a try before, whose answer was lost, had done it. */
export async function setRunStatus(
  db: Statements,
  id: RunId,
  { status, at, error, reason, epoch, uncertain }: RunStatusChange & TransactionTry & { status: RunStatus },
): Promise<StoredEvent | undefined> {
  if (uncertain && (await getRun(db, id))?.status === status) return undefined;
  await refuseOtherEpoch(db, id, epoch);
  const what = error ?? { name: "Error", message: "the run was ended from outside" };
  const why = reason === undefined ? {} : { reason };
  const failure = status === "failure" ? { failure: firstLine(what.message), ...why } : {};
  if (!(await changeStatus(db, id, { status, at, ...failure }))) {
    throw await refusal(db, id, `become ${status}`);
  }
  const type = eventOfStatus[status];
  const body: RunEventBody = type === undefined ? { type: "run.failed", error: what, ...why } : { type };
  return recordDecision(db, id, { body, at, uncertain: false });
}

/** Another plan for a run that waits. */
export async function setPlan(
  db: Statements,
  id: RunId,
  planned: { readonly snapshotId: string; readonly plan: RunPlan },
): Promise<void> {
  if (!(await replacePlan(db, id, planned))) throw await refusal(db, id, "be planned again");
}

/** Events of epoch 0 are the control plane's; their numbers follow from what is there. */
export async function recordDecision(
  db: Statements,
  runId: RunId,
  { body, at, uncertain }: { readonly body: RunEventBody; readonly at: number } & TransactionTry,
): Promise<StoredEvent> {
  const last = await db.get<EventRow>(
    `select ${eventColumns} from events where run_id = :run_id and epoch = 0 order by seq desc limit 1`,
    { run_id: runId },
  );
  const event: RunEvent = { runId, epoch: 0, seq: (last?.seq ?? 0) + 1, at, ...body };
  if (uncertain && last !== undefined) {
    const stored = eventOf(last);
    if (JSON.stringify({ ...stored.event, seq: event.seq }) === JSON.stringify(event)) return stored;
  }
  const cursor = (await insertEvents(db, [event])).get(identityOf(event));
  if (cursor === undefined) throw new Error(`decision ${event.seq} of run ${runId} is there already`);
  return { cursor, event };
}

async function refuseOtherEpoch(db: Statements, id: RunId, wanted: number | undefined): Promise<void> {
  if (wanted === undefined) return;
  const run = await getRun(db, id);
  if (run === undefined || run.epoch === wanted) return;
  throw new StorageError("stale-attempt", `run ${id} is in attempt ${run.epoch} and no longer in ${wanted}`);
}

async function refusal(db: Statements, id: RunId, wanted: string): Promise<StorageError> {
  const run = await getRun(db, id);
  if (run === undefined) return new StorageError("unknown-run", `there is no run ${id}`);
  return new StorageError("refused-transition", `run ${id} is ${run.status} and cannot ${wanted}`);
}
