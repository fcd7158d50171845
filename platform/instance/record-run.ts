import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunId, RunRecord, RunRequest } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { PlanError } from "../plan/plan-error.ts";
import { planRun } from "../plan/plan-run.ts";
import type { NewRun } from "../storage/run-records.ts";
import type { Storage } from "../storage/storage.ts";
import { withRealFiles } from "./duckdb-files.ts";
import { InstanceError } from "./instance-error.ts";
import { partitionMoment } from "./partition-moment.ts";
import { risingId } from "./rising-id.ts";

export interface RunRecording {
  /** Of the project; absolute. */
  readonly root: string;
  readonly storage: Storage;
  /** Commit of the project's checkout, recorded with each run. */
  commit(): Promise<string | undefined>;
  now(): Temporal.Instant;
}

/** Plans a request on the snapshot; throws PlanError. */
export async function planFor(
  snapshot: DefinitionsSnapshot,
  request: RunRequest,
  { root, storage, now }: Pick<RunRecording, "root" | "storage" | "now">,
): Promise<RunPlan> {
  const moment = await partitionMoment(snapshot.definitions, storage, now());
  return withRealFiles(planRun(snapshot, request, moment), root);
}

/** A request as a run that waits for its turn, with its snapshot kept. Throws InstanceError where it cannot be planned. */
export async function plannedRun(
  recording: RunRecording,
  {
    snapshot,
    request,
    id = risingId() as RunId,
  }: Pick<NewRun, "request"> & { readonly snapshot: DefinitionsSnapshot; readonly id?: RunId },
): Promise<NewRun> {
  const { storage, now } = recording;
  const plan = await planFor(snapshot, request, recording).catch(tellAsInstanceError);
  const commit = await recording.commit();
  const at = now().epochMilliseconds;
  await storage.putSnapshot(snapshot, at);
  return {
    id,
    status: "queued",
    request,
    snapshotId: snapshot.id,
    ...(commit === undefined ? {} : { commit }),
    createdAtMs: at,
    plan,
  };
}

/** Plans a request and records it as a queued run. Throws InstanceError for one that cannot be planned. */
export async function recordRun(
  recording: RunRecording,
  {
    source,
    ...wanted
  }: Pick<NewRun, "request"> & {
    readonly snapshot: DefinitionsSnapshot;
    readonly id?: RunId;
    readonly source?: string;
  },
): Promise<RunRecord> {
  const run = await plannedRun(recording, wanted);
  return await recording.storage.createRun({ ...run, ...(source === undefined ? {} : { source }) });
}

/** A request that makes no sense is told to whoever asks. */
export function tellAsInstanceError(error: unknown): never {
  if (error instanceof PlanError) throw new InstanceError("invalid-request", error.message);
  throw error;
}
