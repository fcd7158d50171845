import type { RunId } from "../core/run.ts";
import type { Statements } from "./database.ts";
import { StorageError } from "./storage-error.ts";

/** What a step, or a run as a whole, wants to hold while it works. */
export interface PoolClaim {
  readonly runId: RunId;
  readonly epoch: number;
  /** Absent: the run itself holds it, to its end. */
  readonly step?: string;
  readonly pools: readonly { readonly pool: string; readonly slots: number; readonly limit: number }[];
}

/** Or the pool that has too little room. */
export type PoolGrant = { readonly granted: true } | { readonly granted: false; readonly pool: string };

export interface PoolLease {
  readonly pool: string;
  readonly runId: RunId;
  readonly epoch: number;
  /** null: the run itself. */
  readonly step: string | null;
  readonly slots: number;
  readonly claimedAtMs: number;
}

/** The step under which the run's own leases are kept; no step key is empty. */
const wholeRun = "";

/**
 * Grants all pools or none. In one transaction: the run's row is held, so that no attempt replaces this one meanwhile,
 * then the pools' rows in the order of their names, so that two claims never wait for each other.
 */
export async function claimPools(db: Statements, claim: PoolClaim): Promise<PoolGrant> {
  await refuseStaleAttempt(db, claim.runId, claim.epoch);
  if (claim.pools.length === 0) return { granted: true };
  const names = claim.pools.map(({ pool }) => pool);
  await db.insertRows(
    { table: "pools", columns: ["pool"] },
    names.toSorted().map((pool) => [pool]),
  );
  const rows = await db.all<{ pool: string; slot_limit: number | null }>(
    "select pool, slot_limit from pools where pool = any(:names) order by pool for update",
    { names },
  );
  const step = claim.step ?? wholeRun;
  const held = await db.all<{ pool: string; slots: number }>(
    `
    select pool, sum(slots) as slots
    from pool_leases
    where pool = any(:names) and not (run_id = :run_id and step = :step)
    group by pool
    `,
    { names, run_id: claim.runId, step },
  );
  const limits = new Map(rows.map((row) => [row.pool, row.slot_limit]));
  const taken = new Map(held.map((row) => [row.pool, row.slots]));
  for (const { pool, slots, limit } of claim.pools) {
    if ((taken.get(pool) ?? 0) + slots > (limits.get(pool) ?? limit)) return { granted: false, pool };
  }
  const { now } = (await db.get<{ now: number }>("select now_ms() as now")) as { now: number };
  await db.insertRows(
    {
      table: "pool_leases",
      columns: ["pool", "run_id", "epoch", "step", "slots", "claimed_at_ms"],
      onConflict: "(pool, run_id, step) do update set epoch = excluded.epoch, slots = excluded.slots",
    },
    claim.pools.map(({ pool, slots }) => [pool, claim.runId, claim.epoch, step, slots, now]),
  );
  return { granted: true };
}

async function refuseStaleAttempt(db: Statements, runId: RunId, epoch: number): Promise<void> {
  const run = await db.get<{ epoch: number; status: string }>(
    "select epoch, status from runs where id = :run_id for share",
    { run_id: runId },
  );
  if (run?.epoch === epoch && ["starting", "started", "canceling"].includes(run.status)) return;
  const now = run === undefined ? "unknown" : `${run.status} in attempt ${run.epoch}`;
  throw new StorageError("stale-attempt", `attempt ${epoch} of run ${runId} gets no pool: the run is ${now}`);
}

/** Whether something was given back. */
export async function releasePools(
  db: Statements,
  runId: RunId,
  { epoch, step }: { readonly epoch: number; readonly step: string | undefined },
): Promise<boolean> {
  const released = await db.run(
    "delete from pool_leases where run_id = :run_id and step = :step and epoch = :epoch",
    { run_id: runId, step: step ?? wholeRun, epoch },
  );
  return released > 0;
}

export async function poolLeases(db: Statements, pool: string | undefined): Promise<PoolLease[]> {
  const rows = await db.all<{
    pool: string;
    run_id: string;
    epoch: number;
    step: string;
    slots: number;
    claimed_at_ms: number;
  }>(
    `
    select pool, run_id, epoch, step, slots, claimed_at_ms
    from pool_leases
    where ${pool === undefined ? "true" : "pool = :pool"}
    order by claimed_at_ms, pool, run_id, step
    `,
    pool === undefined ? {} : { pool },
  );
  return rows.map((row) => ({
    pool: row.pool,
    runId: row.run_id as RunId,
    epoch: row.epoch,
    step: row.step === wholeRun ? null : row.step,
    slots: row.slots,
    claimedAtMs: row.claimed_at_ms,
  }));
}

export async function setPoolLimit(db: Statements, pool: string, limit: number | undefined): Promise<void> {
  await db.run(
    `
    insert into pools (pool, slot_limit) values (:pool, :slot_limit)
    on conflict (pool) do update set slot_limit = excluded.slot_limit
    `,
    { pool, slot_limit: limit ?? null },
  );
}

export async function poolLimits(db: Statements): Promise<ReadonlyMap<string, number>> {
  const rows = await db.all<{ pool: string; slot_limit: number }>(
    "select pool, slot_limit from pools where slot_limit is not null order by pool",
  );
  return new Map(rows.map((row) => [row.pool, row.slot_limit]));
}
