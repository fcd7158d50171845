import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { Statements } from "./database.ts";
import { encodePartition } from "./partition-key.ts";
import type { NewRun } from "./run-records.ts";
import { StorageError } from "./storage-error.ts";

/** The source of requests that none is named for. */
const nobody = "";

/** Once per source and run key: the id is that of the earlier run where there is one. */
export async function insertRunOnce(
  db: Statements,
  run: NewRun,
): Promise<{ readonly id: RunId; readonly inserted: boolean }> {
  const { runKey } = run.request;
  if (runKey !== undefined) {
    const source = run.source ?? nobody;
    const [taken] = await db.insertRows<{ run_id: string }>(
      { table: "run_keys", columns: ["source", "run_key", "run_id"], returning: "run_id" },
      [[source, runKey, run.id]],
    );
    if (taken === undefined) return { id: await earlierRun(db, source, runKey), inserted: false };
  }
  await insertRun(db, run);
  return { id: run.id, inserted: true };
}

async function earlierRun(db: Statements, source: string, runKey: string): Promise<RunId> {
  const row = await db.get<{ run_id: string }>(
    "select run_id from run_keys where source = :source and run_key = :run_key",
    { source, run_key: runKey },
  );
  if (row === undefined) throw new Error(`the run key ${runKey} of ${source} vanished`);
  return row.run_id as RunId;
}

/** The run, its tags, its steps and all its planned outputs, each in one statement. */
async function insertRun(db: Statements, run: NewRun): Promise<void> {
  const { id, request, plan } = run;
  const inserted = await db.run(
    `
    insert into runs
      (id, status, request, snapshot_id, commit_id, epoch, job, priority, created_at_ms, plan, parent_run_id,
        root_run_id, purged)
    values
      (:id, :status, :request, :snapshot_id, :commit_id, 0, :job, :priority, :created_at_ms, :plan, :parent_run_id,
        :root_run_id, 0)
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
      parent_run_id: request.reexecution?.parent ?? null,
      root_run_id: request.reexecution?.root ?? null,
    },
  );
  if (inserted === 0) throw new StorageError("run-exists", `there is a run ${id} already`);
  await db.insertRows(
    { table: "run_tags", columns: ["run_id", "key", "value", "created_at_ms"] },
    Object.entries(request.tags).map(([key, value]) => [id, key, value, run.createdAtMs]),
  );
  if (plan !== undefined) await insertSteps(db, id, plan);
}

/** Another plan for a run that waits; whether it still did. */
export async function replacePlan(
  db: Statements,
  id: RunId,
  { snapshotId, plan }: { readonly snapshotId: string; readonly plan: RunPlan },
): Promise<boolean> {
  const changed = await db.run(
    `
    update runs
    set plan = :plan, snapshot_id = :snapshot_id
    where id = :id and status in ('not_started', 'queued')
    `,
    { id, plan: JSON.stringify(plan), snapshot_id: snapshotId },
  );
  if (changed === 0) return false;
  await db.run("delete from run_steps where run_id = :id", { id });
  await db.run("delete from run_outputs where run_id = :id", { id });
  await insertSteps(db, id, plan);
  return true;
}

async function insertSteps(db: Statements, runId: RunId, plan: RunPlan): Promise<void> {
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
