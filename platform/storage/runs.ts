import type { ErrorInfo, RunEvent, RunEventBody } from "../core/event.ts";
import type { RunId, RunRecord, RunStatus } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { insertEvent } from "./append-events.ts";
import { encodePartition } from "./asset-facts.ts";
import type { SqlParameters, Statements } from "./database.ts";
import { changeStatus, firstLine } from "./run-facts.ts";
import type { NewRun, RunFilter, StoredEvent } from "./storage.ts";
import { StorageError } from "./storage-error.ts";

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
}

const runColumns =
  "id, status, request, snapshot_id, commit_id, epoch, created_at_ms, started_at_ms, ended_at_ms, failure";

/** The run, its tags, its steps and all its planned outputs, each in one statement. */
export async function insertRun(db: Statements, run: NewRun): Promise<void> {
  const { id, request, plan } = run;
  const inserted = await db.run(
    `
    insert into runs (id, status, request, snapshot_id, commit_id, epoch, job, priority, created_at_ms, plan)
    values (:id, :status, :request, :snapshot_id, :commit_id, 0, :job, :priority, :created_at_ms, :plan)
    on conflict (id) do nothing
    `,
    {
      id,
      status: run.status ?? "not_started",
      request: JSON.stringify(request),
      snapshot_id: run.snapshotId,
      commit_id: run.commit ?? null,
      job: request.job ?? null,
      priority: request.priority ?? 0,
      created_at_ms: run.createdAtMs,
      plan: plan === undefined ? null : JSON.stringify(plan),
    },
  );
  if (inserted === 0) throw new StorageError("run-exists", `there is a run ${id} already`);
  await db.insertRows(
    { table: "run_tags", columns: ["run_id", "key", "value"] },
    Object.entries(request.tags).map(([key, value]) => [id, key, value]),
  );
  if (plan !== undefined) await insertPlan(db, id, plan);
}

async function insertPlan(db: Statements, runId: RunId, plan: RunPlan): Promise<void> {
  await db.insertRows(
    { table: "run_steps", columns: ["run_id", "step", "position", "status", "attempt"] },
    plan.steps.map((step, position) => [runId, step.key, position, "pending", 0]),
  );
  await db.insertRows(
    { table: "run_outputs", columns: ["run_id", "asset", "partition", "step"] },
    plan.steps
      .filter((step) => step.execution === "materialize")
      .flatMap((step) =>
        step.assets.flatMap((asset) =>
          (step.partitions ?? [null]).map((partition) => [
            runId,
            asset,
            encodePartition(partition),
            step.key,
          ]),
        ),
      ),
  );
}

export async function getRun(db: Statements, id: RunId): Promise<RunRecord | undefined> {
  const row = await db.get<RunRow>(`select ${runColumns} from runs where id = :id`, { id });
  return row === undefined ? undefined : runOf(row);
}

export async function getPlan(db: Statements, id: RunId): Promise<RunPlan | undefined> {
  const row = await db.get<{ plan: string | null }>("select plan from runs where id = :id", { id });
  return row === undefined || row.plan === null ? undefined : (JSON.parse(row.plan) as RunPlan);
}

/** Newest first. Served by runs_by_time; by runs_by_status, run_tags_by_value, run_outputs_by_asset when filtered. */
export async function listRuns(db: Statements, filter: RunFilter): Promise<RunRecord[]> {
  const conditions: string[] = ["true"];
  const parameters: { [name: string]: string | number } = { limit: filter.limit };
  if (filter.status !== undefined) {
    const names = filter.status.map((status, index) => {
      parameters[`status${index}`] = status;
      return `:status${index}`;
    });
    conditions.push(`status in (${names.join(", ")})`);
  }
  for (const [index, [key, value]] of Object.entries(filter.tags ?? {}).entries()) {
    parameters[`tag_key${index}`] = key;
    parameters[`tag_value${index}`] = value;
    conditions.push(
      `id in (select run_id from run_tags where key = :tag_key${index} and value = :tag_value${index})`,
    );
  }
  if (filter.asset !== undefined) {
    parameters["asset"] = filter.asset;
    conditions.push("id in (select run_id from run_outputs where asset = :asset)");
  }
  if (filter.before !== undefined) {
    parameters["before"] = filter.before;
    conditions.push("(created_at_ms, id) < (select created_at_ms, id from runs where id = :before)");
  }
  const rows = await db.all<RunRow>(
    `
    select ${runColumns}
    from runs
    where ${conditions.join(" and ")}
    order by created_at_ms desc, id desc
    limit :limit
    `,
    parameters satisfies SqlParameters,
  );
  return rows.map(runOf);
}

export async function startAttempt(
  db: Statements,
  id: RunId,
  at: number,
): Promise<{ epoch: number; stored: StoredEvent }> {
  const row = await db.get<{ epoch: number }>(
    `
    update runs
    set epoch = epoch + 1, status = case when status = 'started' then 'started' else 'starting' end
    where id = :id and status in ('not_started', 'queued', 'starting', 'started')
    returning epoch
    `,
    { id },
  );
  if (row === undefined) throw await refusal(db, id, "starting");
  return { epoch: row.epoch, stored: await recordDecision(db, id, { body: { type: "run.starting" }, at }) };
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

export async function setRunStatus(
  db: Statements,
  id: RunId,
  change: { readonly status: RunStatus; readonly at: number; readonly error?: ErrorInfo },
): Promise<StoredEvent> {
  const { status, at } = change;
  const error = change.error ?? { name: "Error", message: "the run was ended from outside" };
  const failure = status === "failure" ? { failure: firstLine(error.message) } : {};
  if (!(await changeStatus(db, id, { status, at, ...failure }))) throw await refusal(db, id, status);
  const type = eventOfStatus[status];
  const body: RunEventBody = type === undefined ? { type: "run.failed", error } : { type };
  return recordDecision(db, id, { body, at });
}

/** Events of epoch 0 are the control plane's; it has one writer, so their numbers follow from what is there. */
export async function recordDecision(
  db: Statements,
  runId: RunId,
  { body, at }: { readonly body: RunEventBody; readonly at: number },
): Promise<StoredEvent> {
  const row = await db.get<{ seq: number }>(
    "select coalesce(max(seq), 0) + 1 as seq from events where run_id = :run_id and epoch = 0",
    { run_id: runId },
  );
  const event: RunEvent = { runId, epoch: 0, seq: row?.seq ?? 1, at, ...body };
  return { cursor: (await insertEvent(db, event)) as number, event };
}

async function refusal(db: Statements, id: RunId, wanted: RunStatus): Promise<StorageError> {
  const run = await getRun(db, id);
  if (run === undefined) return new StorageError("unknown-run", `there is no run ${id}`);
  return new StorageError("refused-transition", `run ${id} is ${run.status} and cannot become ${wanted}`);
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
  };
}
