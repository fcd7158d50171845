import type { SurroundingRun } from "../automation/explain-surroundings.ts";
import { retryPolicyOf } from "../automation/next-retry.ts";
import { plannedParts } from "../automation/run-parts.ts";
import { type QueueReason, selectQueuedRuns } from "../automation/select-queued-runs.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { Storage } from "../storage/storage.ts";
import { entriesOf, limitsOfRunPools } from "./run-dequeuer.ts";

export interface ExplainedRunsOptions {
  readonly storage: Storage;
  readonly snapshot: DefinitionsSnapshot;
  readonly settings: QueueSettings;
  readonly now: number;
}

/** Of a longer queue those behind are told without what they wait for. */
const mostQueued = 500;
const mostFailed = 20;

/** Runs of an asset or a check that have not ended, with what they wait for, and failed ones that start again. */
export async function explainedRuns(
  entity: string,
  { storage, snapshot, settings, now }: ExplainedRunsOptions,
): Promise<SurroundingRun[]> {
  const asset = entity.includes(":") ? entity.slice(0, entity.lastIndexOf(":")) : entity;
  const isOfEntity = ({ request }: RunRecord) =>
    request.assets.some((key) => key === asset) || request.checks?.some((key) => key === entity) === true;
  const [queued, inProgress, failed] = await Promise.all([
    storage.queuedRuns(mostQueued),
    storage.runsInProgress(),
    storage.listRuns({ status: ["failure"], asset: asset as never, limit: mostFailed }),
  ]);
  const own = [...queued, ...inProgress].filter(isOfEntity);
  const retries = failed.flatMap((run) => {
    const at = retryTimeOf(run, settings);
    return at !== undefined && at > now ? [{ run, at }] : [];
  });
  if (own.length === 0 && retries.length === 0) return [];
  const plans = await storage.getPlans([...own, ...retries.map(({ run }) => run)].map(({ id }) => id));
  const reasons = own.some(({ status }) => status === "queued")
    ? await queueReasons(storage, { snapshot, settings, queued, inProgress })
    : new Map<RunId, QueueReason>();
  const told: SurroundingRun[] = [];
  for (const run of own) {
    const plan = plans.get(run.id);
    const reason =
      run.status === "queued" ? reasons.get(run.id) : await poolReason(storage, { run, plan, entity });
    told.push({
      id: run.id,
      state: run.status === "queued" ? "queued" : "in_progress",
      isOf: partsOf(plan),
      createdAtMs: run.createdAtMs,
      ...(reason === undefined ? {} : { waitsFor: reason }),
    });
  }
  for (const { run, at } of retries) {
    told.push({
      id: run.id,
      state: "waits_for_retry",
      isOf: partsOf(plans.get(run.id)),
      createdAtMs: run.createdAtMs,
      retryAtMs: at,
    });
  }
  return told;
}

/** Without a plan a run is taken for one of whatever is asked. */
function partsOf(plan: RunPlan | undefined): SurroundingRun["isOf"] {
  if (plan === undefined) return () => true;
  const parts = plannedParts(plan);
  return (entity, partition) =>
    parts.some((part) => part.key === entity && (part.isCheck === true || part.partition === partition));
}

async function queueReasons(
  storage: Storage,
  {
    snapshot,
    settings,
    queued,
    inProgress,
  }: {
    readonly snapshot: DefinitionsSnapshot;
    readonly settings: QueueSettings;
    readonly queued: readonly RunRecord[];
    readonly inProgress: readonly RunRecord[];
  },
): Promise<ReadonlyMap<RunId, QueueReason>> {
  const poolLimits = await limitsOfRunPools(storage, snapshot);
  const entries = await entriesOf(storage, [...queued, ...inProgress], poolLimits);
  const { waiting } = selectQueuedRuns({
    queued: entries.slice(0, queued.length),
    inProgress: entries.slice(queued.length),
    settings: {
      tagLimits: settings.tagLimits,
      // Without a limit workers alone decide.
      maxConcurrentRuns: settings.maxConcurrentRuns ?? Number.MAX_SAFE_INTEGER,
      poolLimits,
    },
  });
  return new Map(waiting.map(({ id, reason }) => [id, reason]));
}

/** The full pool that the entity's step waits for, where it does. */
async function poolReason(
  storage: Storage,
  {
    run,
    plan,
    entity,
  }: { readonly run: RunRecord; readonly plan: RunPlan | undefined; readonly entity: string },
): Promise<QueueReason | undefined> {
  const step = plan?.steps.find(({ assets, checks }) =>
    [...assets, ...checks].some((key: string) => key === entity),
  );
  if (plan === undefined || step === undefined) return undefined;
  const set = await storage.poolLimits();
  for (const pool of [step.pool ?? [], step.pools ?? []].flat()) {
    const limit = set.get(pool) ?? plan.pools[pool];
    if (limit === undefined) continue;
    const leases = await storage.poolLeases(pool);
    if (leases.some(({ runId, step: holder }) => runId === run.id && holder === step.key)) continue;
    const used = leases.reduce((sum, { slots }) => sum + slots, 0);
    if (used + (step.poolSlots ?? 1) > limit) return { kind: "pool", pool, limit };
  }
  return undefined;
}

/** When a failed run is started again by itself, where its policy says so. */
function retryTimeOf(run: RunRecord, settings: QueueSettings): number | undefined {
  const policy = retryPolicyOf(run.request, settings);
  if (policy === undefined || run.endedAtMs === undefined) return undefined;
  if ((run.request.reexecution?.number ?? 0) >= policy.maxRetries) return undefined;
  const isOfStep = run.failureReason === "step_failure" || run.failureReason === "run_exception";
  if (run.failureReason === "job_initialization" || (isOfStep && !policy.onStepFailure)) return undefined;
  return run.endedAtMs + (policy.delaySeconds ?? 0) * 1000;
}
