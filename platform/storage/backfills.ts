import { randomUUID } from "node:crypto";
import type { BackfillId, BackfillRecord, BackfillStatus } from "../core/backfill.ts";
import type { RunRecord } from "../core/run.ts";
import type { Statements } from "./database.ts";
import { insertRunOnce } from "./insert-run.ts";
import type { NewRun } from "./run-records.ts";
import { findRuns } from "./runs.ts";

/** A step of a backfill, decided on the version that was read. */
export interface BackfillChange {
  readonly id: BackfillId;
  readonly expectedVersion: number;
  readonly status: BackfillStatus;
  readonly state: BackfillRecord["state"];
  readonly at: number;
  /** Absent: it goes on, or does again. */
  readonly endedAtMs?: number;
  /** Recorded with the change or not at all. */
  readonly runs: readonly NewRun[];
}

export interface ChangedBackfill {
  /** Whether the backfill was what was read; otherwise nothing was changed. */
  readonly recorded: boolean;
  readonly runs: readonly RunRecord[];
}

export interface BackfillFilter {
  /** Absent: all. */
  readonly status?: readonly BackfillStatus[];
  readonly limit: number;
  /** Only backfills older than this one. */
  readonly before?: BackfillId;
}

interface BackfillRow {
  id: string;
  status: string;
  request: string;
  state: string;
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
  ended_at_ms: number | null;
}

const columns = "id, status, request, state, version, created_at_ms, updated_at_ms, ended_at_ms";

/** The same id again changes nothing. */
export async function createBackfill(
  db: Statements,
  { id, status, request, state, version, createdAtMs, updatedAtMs }: BackfillRecord,
): Promise<void> {
  await db.run(
    `
    insert into backfills (id, status, request, state, version, commit_key, created_at_ms, updated_at_ms)
    values (:id, :status, :request, :state, :version, '', :created_at_ms, :updated_at_ms)
    on conflict (id) do nothing
    `,
    {
      id,
      status,
      request: JSON.stringify(request),
      state: JSON.stringify(state),
      version,
      created_at_ms: createdAtMs,
      updated_at_ms: updatedAtMs,
    },
  );
}

/** A change that can be asked for again with the same outcome, when its first answer was lost. */
export function createBackfillChange(change: BackfillChange): (db: Statements) => Promise<ChangedBackfill> {
  const commit = randomUUID();
  const { id, expectedVersion, status, state, at, endedAtMs = null, runs } = change;
  return async (db) => {
    const changed = await db.run(
      `
      update backfills
      set status = :status, state = :state, version = :expected_version + 1, commit_key = :commit_key,
        updated_at_ms = :at, ended_at_ms = :ended_at_ms
      where id = :id and version = :expected_version
      `,
      {
        id,
        status,
        state: JSON.stringify(state),
        expected_version: expectedVersion,
        commit_key: commit,
        at,
        ended_at_ms: endedAtMs,
      },
    );
    const ids = runs.map((run) => run.id);
    if (changed === 0) {
      const row = await db.get<{ commit_key: string }>("select commit_key from backfills where id = :id", {
        id,
      });
      const recorded = row?.commit_key === commit;
      return { recorded, runs: recorded ? await findRuns(db, ids) : [] };
    }
    for (const run of runs) {
      const { inserted } = await insertRunOnce(db, run);
      if (!inserted) throw new Error(`the run ${run.id} of the backfill ${id} was asked for before`);
    }
    return { recorded: true, runs: await findRuns(db, ids) };
  };
}

export async function getBackfill(db: Statements, id: BackfillId): Promise<BackfillRecord | undefined> {
  const row = await db.get<BackfillRow>(`select ${columns} from backfills where id = :id`, { id });
  return row === undefined ? undefined : backfillOf(row);
}

/** Newest first. Served by backfills_by_age(created_at_ms, id). */
export async function listBackfills(
  db: Statements,
  { status, limit, before }: BackfillFilter,
): Promise<BackfillRecord[]> {
  const statuses = status === undefined ? "" : "and status = any(:statuses)";
  const older =
    before === undefined
      ? ""
      : "and (created_at_ms, id) < (select created_at_ms, id from backfills where id = :before)";
  const rows = await db.all<BackfillRow>(
    `
    select ${columns}
    from backfills
    where true ${statuses} ${older}
    order by created_at_ms desc, id desc
    limit :limit
    `,
    {
      ...(status === undefined ? {} : { statuses: status }),
      ...(before === undefined ? {} : { before }),
      limit,
    },
  );
  return rows.map(backfillOf);
}

/** Versions of those that have not ended, by id. Served by backfills_active(id). */
export async function activeBackfills(db: Statements): Promise<Map<BackfillId, number>> {
  const rows = await db.all<{ id: string; version: number }>(
    "select id, version from backfills where ended_at_ms is null order by id",
  );
  return new Map(rows.map(({ id, version }) => [id as BackfillId, version]));
}

function backfillOf(row: BackfillRow): BackfillRecord {
  return {
    id: row.id as BackfillId,
    status: row.status as BackfillStatus,
    request: JSON.parse(row.request) as BackfillRecord["request"],
    state: JSON.parse(row.state) as BackfillRecord["state"],
    version: row.version,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
    ...(row.ended_at_ms === null ? {} : { endedAtMs: row.ended_at_ms }),
  };
}
