import { randomUUID } from "node:crypto";
import type { RunId, RunStatus } from "../core/run.ts";
import type { Statements, TransactionTry } from "./database.ts";

/** One try at a run: claimed by a worker process for as long as it renews its lease, by the database's clock. */
export interface RunAttempt {
  readonly runId: RunId;
  readonly epoch: number;
  readonly worker: string;
}

/** An attempt that nobody works at any more; `worker` is empty where nobody ever did. */
export interface LostAttempt extends RunAttempt {
  readonly status: RunStatus;
}

interface AttemptRow {
  run_id: string;
  epoch: number;
  worker: string | null;
}

/** The run waits for a worker; it must have no attempt. */
export async function insertAttempt(db: Statements, runId: RunId): Promise<void> {
  await db.run(
    `
    insert into attempts (run_id, epoch, worker, claim, lease_until_ms, waiting_since_ms, priority, created_at_ms)
    select id, epoch, null, null, null, now_ms(), priority, created_at_ms from runs where id = :run_id
    `,
    { run_id: runId },
  );
}

/** The run's attempt is over: so are its lease and its hold on pools. */
export async function endAttempt(db: Statements, runId: string): Promise<void> {
  await db.run("delete from attempts where run_id = :run_id", { run_id: runId });
  await db.run("delete from pool_leases where run_id = :run_id", { run_id: runId });
}

export interface ClaimOptions {
  readonly leaseMs: number;
  readonly runId?: RunId;
}

/** A claim that can be asked for again with the same outcome, when its first answer was lost. */
export function createClaim(
  worker: string,
  { leaseMs, runId }: ClaimOptions,
): (db: Statements, attempt: TransactionTry) => Promise<RunAttempt | undefined> {
  const claim = randomUUID();
  return async (db, { uncertain }) => {
    const mine = uncertain
      ? await db.get<AttemptRow>("select run_id, epoch, worker from attempts where claim = :claim", { claim })
      : undefined;
    const row = mine ?? (await claimNext(db, { worker, claim, leaseMs, runId }));
    return row === undefined ? undefined : { runId: row.run_id as RunId, epoch: row.epoch, worker };
  };
}

/** Served by attempts_waiting(priority desc, created_at_ms, run_id). */
async function claimNext(
  db: Statements,
  {
    worker,
    claim,
    leaseMs,
    runId,
  }: { worker: string; claim: string; leaseMs: number; runId: RunId | undefined },
): Promise<AttemptRow | undefined> {
  return db.get<AttemptRow>(
    `
    update attempts
    set worker = :worker, claim = :claim, lease_until_ms = now_ms() + :lease_ms
    where run_id = (
      select attempts.run_id
      from attempts
      join runs on runs.id = attempts.run_id
      where attempts.worker is null and runs.status in ('starting', 'started')
        ${runId === undefined ? "" : "and attempts.run_id = :run_id"}
      order by attempts.priority desc, attempts.created_at_ms, attempts.run_id
      limit 1
      for update of attempts skip locked
    )
    returning run_id, epoch, worker
    `,
    { worker, claim, lease_ms: leaseMs, ...(runId === undefined ? {} : { run_id: runId }) },
  );
}

/** Whether the attempt is the run's still. */
export async function renewLease(
  db: Statements,
  runId: RunId,
  { epoch, leaseMs }: { readonly epoch: number; readonly leaseMs: number },
): Promise<boolean> {
  const renewed = await db.run(
    `
    update attempts
    set lease_until_ms = now_ms() + :lease_ms
    where run_id = :run_id and epoch = :epoch and worker is not null
    `,
    { run_id: runId, epoch, lease_ms: leaseMs },
  );
  return renewed === 1;
}

/** Longest lost first; those that are being claimed or renewed at this moment are left out. */
export async function lostAttempts(
  db: Statements,
  { unclaimedMs }: { readonly unclaimedMs: number },
): Promise<LostAttempt[]> {
  const rows = await db.all<AttemptRow & { status: string }>(
    `
    select attempts.run_id as run_id, attempts.epoch as epoch, attempts.worker as worker, runs.status as status
    from attempts
    join runs on runs.id = attempts.run_id
    where coalesce(attempts.lease_until_ms, attempts.waiting_since_ms + :unclaimed_ms) <= now_ms()
    order by coalesce(attempts.lease_until_ms, attempts.waiting_since_ms), attempts.run_id
    for update of attempts skip locked
    `,
    { unclaimed_ms: unclaimedMs },
  );
  return rows.map((row) => ({
    runId: row.run_id as RunId,
    epoch: row.epoch,
    worker: row.worker ?? "",
    status: row.status as RunStatus,
  }));
}
