import { setImmediate } from "node:timers/promises";
import type { Database, Statements } from "./database.ts";
import { factTypes } from "./events.ts";

/** What a purge removed, or would remove. */
export interface PurgeCounts {
  readonly events: number;
  readonly plans: number;
  readonly snapshots: number;
  readonly ticks: number;
}

export interface PurgeOptions {
  readonly beforeMs: number;
  readonly dryRun?: boolean;
}

/** So many rows go in one transaction that others do not wait long. */
const batchSize = 2000;
const runsAtOnce = 100;

/** Events that are no facts, plans, snapshots and ticks: each kind in small transactions, so it may be interrupted. */
export async function purge(db: Database, { beforeMs, dryRun = false }: PurgeOptions): Promise<PurgeCounts> {
  let events = 0;
  let plans = 0;
  for await (const runs of endedRuns(db, beforeMs)) {
    const ids = runs.map(({ id }) => id);
    events += dryRun ? await countNoise(db, ids) : await removeNoise(db, ids);
    if (!dryRun) await markPurged(db, ids);
    plans += runs.filter((run) => run.planned === 1).length;
  }
  const snapshots = dryRun
    ? await count(db, `from snapshots where ${uselessSnapshot}`, beforeMs)
    : await removeInBatches(db, (batch) =>
        batch.run(
          `delete from snapshots where id in (select id from snapshots where ${uselessSnapshot} limit 20)`,
          { before_ms: beforeMs },
        ),
      );
  const ticks = dryRun
    ? await count(db, `from ticks where ${oldTick}`, beforeMs)
    : await removeInBatches(db, (batch) =>
        batch.run(
          `delete from ticks where id in (select id from ticks where ${oldTick} limit ${batchSize})`,
          {
            before_ms: beforeMs,
          },
        ),
      );
  return { events, plans, snapshots, ticks };
}

interface EndedRun {
  readonly id: string;
  readonly ended_at_ms: number;
  readonly planned: number;
}

/** Runs whose noise is there still, oldest end first. Served by runs_to_purge(ended_at_ms, id). */
async function* endedRuns(db: Statements, beforeMs: number): AsyncGenerator<readonly EndedRun[]> {
  let last: EndedRun = { id: "", ended_at_ms: Number.MIN_SAFE_INTEGER, planned: 0 };
  for (;;) {
    const runs: EndedRun[] = await db.all<EndedRun>(
      `
      select id, ended_at_ms, case when plan is null then 0 else 1 end as planned
      from runs
      where purged = 0 and ended_at_ms < :before_ms and (ended_at_ms, id) > (:last_ms, :last_id)
      order by ended_at_ms, id
      limit :limit
      `,
      { before_ms: beforeMs, last_ms: last.ended_at_ms, last_id: last.id, limit: runsAtOnce },
    );
    if (runs.length === 0) return;
    yield runs;
    last = runs.at(-1) as EndedRun;
  }
}

/** Not the newest event of all: its place is the end of the log, which must not go back. */
const noise = `
  run_id = any(:ids)
  and type not in (${factTypes.map((type) => `'${type}'`).join(", ")})
  and id < (select max(id) from events)
`;

async function countNoise(db: Statements, ids: readonly string[]): Promise<number> {
  const row = await db.get<{ found: number }>(`select count(*) as found from events where ${noise}`, { ids });
  return row?.found ?? 0;
}

function removeNoise(db: Database, ids: readonly string[]): Promise<number> {
  return removeInBatches(db, (batch) =>
    batch.run(`delete from events where id in (select id from events where ${noise} limit ${batchSize})`, {
      ids,
    }),
  );
}

async function markPurged(db: Database, ids: readonly string[]): Promise<void> {
  await db.transaction((batch) =>
    batch.run("update runs set plan = null, purged = 1 where id = any(:ids)", { ids }),
  );
}

/** Not the newest run's either, whose definitions tell what an asset was. */
const uselessSnapshot = `
  created_at_ms < :before_ms
  and not exists (
    select 1
    from runs
    where runs.snapshot_id = snapshots.id and (runs.ended_at_ms is null or runs.ended_at_ms >= :before_ms)
  )
  and id not in (select snapshot_id from runs where id = (select id from runs order by created_at_ms desc, id desc limit 1))
`;

/** The newest tick of each instigator tells where it goes on. */
const oldTick = `
  started_at_ms < :before_ms
  and id < (select max(newest.id) from ticks as newest where newest.instigator = ticks.instigator)
`;

async function count(db: Statements, from: string, beforeMs: number): Promise<number> {
  const row = await db.get<{ found: number }>(`select count(*) as found ${from}`, { before_ms: beforeMs });
  return row?.found ?? 0;
}

async function removeInBatches(
  db: Database,
  removeSome: (batch: Statements) => Promise<number>,
): Promise<number> {
  let removed = 0;
  for (;;) {
    const some = await db.transaction(removeSome);
    if (some === 0) return removed;
    removed += some;
    await setImmediate();
  }
}
