import type { RunFailureReason, RunId, RunRecord, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { SqlParameters, Statements } from "./database.ts";
import type { RunFilter } from "./run-records.ts";

interface RunRow {
  id: string;
  status: string;
  request: string;
  snapshot_id: string;
  commit_id: string | null;
  epoch: number;
  created_at_ms: number;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  failure: string | null;
  failure_reason: string | null;
}

const runColumns = [
  "id",
  "status",
  "request",
  "snapshot_id",
  "commit_id",
  "epoch",
  "created_at_ms",
  "started_at_ms",
  "ended_at_ms",
  "failure",
  "failure_reason",
]
  .map((column) => `runs.${column} as ${column}`)
  .join(", ");

export async function getRun(db: Statements, id: RunId): Promise<RunRecord | undefined> {
  const row = await db.get<RunRow>(`select ${runColumns} from runs where id = :id`, { id });
  return row === undefined ? undefined : runOf(row);
}

/** Those that there are, in the order of the ids. */
export async function findRuns(db: Statements, ids: readonly RunId[]): Promise<RunRecord[]> {
  if (ids.length === 0) return [];
  const rows = await db.all<RunRow>(`select ${runColumns} from runs where id = any(:ids)`, { ids });
  const runs = new Map(rows.map((row) => [row.id, runOf(row)]));
  return ids.flatMap((id) => runs.get(id) ?? []);
}

export async function getPlan(db: Statements, id: RunId): Promise<RunPlan | undefined> {
  const row = await db.get<{ plan: string | null }>("select plan from runs where id = :id", { id });
  return row === undefined || row.plan === null ? undefined : (JSON.parse(row.plan) as RunPlan);
}

/** Of those that there are and that have one still. */
export async function getPlans(db: Statements, ids: readonly RunId[]): Promise<Map<RunId, RunPlan>> {
  if (ids.length === 0) return new Map();
  const rows = await db.all<{ id: string; plan: string }>(
    "select id, plan from runs where id = any(:ids) and plan is not null",
    { ids },
  );
  return new Map(rows.map(({ id, plan }) => [id as RunId, JSON.parse(plan) as RunPlan]));
}

/** Served by runs_by_status(status, created_at_ms, id). */
export async function unfinishedRuns(db: Statements): Promise<RunId[]> {
  const rows = await db.all<{ id: string }>(
    "select id from runs where status in ('not_started', 'queued', 'starting', 'started', 'canceling')",
  );
  return rows.map(({ id }) => id as RunId);
}

/**
 * Newest first. Served by runs_by_time(created_at_ms, id), with a status by runs_by_status(status, created_at_ms, id),
 * with a tag by run_tags_by_value(key, value, created_at_ms, run_id), with an asset by the primary key of run_outputs.
 */
export async function listRuns(db: Statements, filter: RunFilter): Promise<RunRecord[]> {
  const conditions: string[] = ["true"];
  const parameters: { [name: string]: SqlParameters[string] } = { limit: filter.limit };
  const [first, ...others] = Object.entries(filter.tags ?? {});
  const [from, at, id] =
    first === undefined
      ? ["runs", "runs.created_at_ms", "runs.id"]
      : ["run_tags join runs on runs.id = run_tags.run_id", "run_tags.created_at_ms", "run_tags.run_id"];
  if (first !== undefined) {
    [parameters["tag_key"], parameters["tag_value"]] = first;
    conditions.push("run_tags.key = :tag_key and run_tags.value = :tag_value");
  }
  for (const [index, [key, value]] of others.entries()) {
    parameters[`tag_key${index}`] = key;
    parameters[`tag_value${index}`] = value;
    conditions.push(
      `exists (
        select 1
        from run_tags as other
        where other.run_id = runs.id and other.key = :tag_key${index} and other.value = :tag_value${index}
      )`,
    );
  }
  if (filter.status !== undefined) {
    parameters["status"] = filter.status;
    conditions.push("runs.status = any(:status)");
  }
  if (filter.asset !== undefined) {
    parameters["asset"] = filter.asset;
    conditions.push("exists (select 1 from run_outputs where run_id = runs.id and asset = :asset)");
  }
  if (filter.before !== undefined) {
    parameters["before"] = filter.before;
    if (filter.beforeMs === undefined) {
      conditions.push(`(${at}, ${id}) < (select created_at_ms, id from runs where id = :before)`);
    } else {
      parameters["before_ms"] = filter.beforeMs;
      conditions.push(`(${at}, ${id}) < (:before_ms, :before)`);
    }
  }
  const rows = await db.all<RunRow>(
    `
    select ${runColumns}
    from ${from}
    where ${conditions.join(" and ")}
    order by ${at} desc, ${id} desc
    limit :limit
    `,
    parameters,
  );
  return rows.map(runOf);
}

/** Oldest first. Served by runs_by_root(root_run_id, created_at_ms, id). */
export async function childRuns(db: Statements, root: RunId): Promise<RunRecord[]> {
  const rows = await db.all<RunRow>(
    `select ${runColumns} from runs where root_run_id = :root order by created_at_ms, id`,
    { root },
  );
  return rows.map(runOf);
}

/** In the order in which they go. Served by runs_queued(priority desc, created_at_ms, id). */
export async function queuedRuns(db: Statements, limit: number): Promise<RunRecord[]> {
  const rows = await db.all<RunRow>(
    `
    select ${runColumns}
    from runs
    where status = 'queued'
    order by priority desc, created_at_ms, id
    limit :limit
    `,
    { limit },
  );
  return rows.map(runOf);
}

/** Oldest first. Served by runs_by_status(status, created_at_ms, id). */
export async function runsInProgress(db: Statements): Promise<RunRecord[]> {
  const rows = await db.all<RunRow>(
    `
    select ${runColumns}
    from runs
    where status in ('starting', 'started', 'canceling')
    order by created_at_ms, id
    `,
  );
  return rows.map(runOf);
}

function runOf(row: RunRow): RunRecord {
  return {
    id: row.id as RunId,
    status: row.status as RunStatus,
    request: JSON.parse(row.request) as RunRecord["request"],
    snapshotId: row.snapshot_id,
    ...(row.commit_id === null ? {} : { commit: row.commit_id }),
    epoch: row.epoch,
    createdAtMs: row.created_at_ms,
    ...(row.started_at_ms === null ? {} : { startedAtMs: row.started_at_ms }),
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
    ...(row.failure === null ? {} : { failure: row.failure }),
    ...(row.failure_reason === null ? {} : { failureReason: row.failure_reason as RunFailureReason }),
  };
}
