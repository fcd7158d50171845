import { availableParallelism } from "node:os";
import type { QueueSettings } from "../core/queue.ts";
import type { RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";

/** Seconds from the run's start; the tag is for those who cannot say it otherwise. */
export function maxRuntimeOf(
  { request }: RunRecord,
  { maxRuntimeSeconds }: { readonly maxRuntimeSeconds?: number },
): number | undefined {
  const tag = Number(request.tags["dop/max_runtime"]);
  return request.maxRuntimeSeconds ?? (tag > 0 ? tag : maxRuntimeSeconds);
}

/** The plan with limits that people set also where the definitions have none. */
export function limitedPlan(plan: RunPlan, limits: ReadonlyMap<string, number>): RunPlan {
  if (limits.size === 0) return plan;
  const named = plan.steps.flatMap((step) => [step.pool ?? [], step.pools ?? []].flat());
  const set = [...new Set(named)].flatMap((pool): (readonly [string, number])[] => {
    const limit = limits.get(pool);
    return limit === undefined ? [] : [[pool, limit]];
  });
  return set.length === 0 ? plan : { ...plan, pools: { ...plan.pools, ...Object.fromEntries(set) } };
}

/** Runs in progress at once on this machine, where the project says nothing: one a processor, two at least, ten at most. */
export function runsAtOnce({ maxConcurrentRuns }: QueueSettings): number {
  return maxConcurrentRuns ?? Math.min(10, Math.max(2, availableParallelism()));
}
