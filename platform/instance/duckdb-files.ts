import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { duckDbPool, fileOfDuckDbPool, isDuckDbPool } from "../core/duckdb-pool.ts";
import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";

/** The plan with each DuckDB file under its real path, so that two ways to write it are one pool. */
export function withRealFiles(plan: RunPlan, root: string): RunPlan {
  const real = (pool: string): string => {
    const file = fileOfDuckDbPool(pool);
    return file === undefined ? pool : duckDbPool(realPath(resolve(root, file)));
  };
  const pools: Record<string, number> = {};
  for (const [pool, limit] of Object.entries(plan.pools)) {
    const name = real(pool);
    pools[name] = Math.min(limit, pools[name] ?? limit);
  }
  return {
    ...plan,
    pools,
    steps: plan.steps.map((step) => ({
      ...step,
      ...(step.pool === undefined ? {} : { pool: real(step.pool) }),
      ...(step.pools === undefined ? {} : { pools: [...new Set(step.pools.map(real))] }),
    })),
  };
}

/** Of a file that is not there yet, by the nearest folder that is. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const folder = dirname(file);
    return folder === file ? file : join(realPath(folder), basename(file));
  }
}

interface PlannedRun {
  readonly runId: RunId;
  readonly plan: Pick<RunPlan, "pools">;
}

/** A run that must wait for another, which opens the same file. */
export interface HeldRun<Run> {
  readonly run: Run;
  readonly by: RunId;
  readonly file: string;
}

/**
 * The first of the waiting runs that shares no DuckDB file with one in progress, and those before it that do.
 *
 * Two runs are two processes, and a file is open in one at a time, so no limit of its pool helps. A run that is held
 * keeps its place: nobody behind it starts with a file that it waits for.
 */
export function chooseRun<Run extends PlannedRun>(
  waiting: readonly Run[],
  inProgress: readonly PlannedRun[],
): { readonly chosen: Run | undefined; readonly held: readonly HeldRun<Run>[] } {
  const users = new Map<string, RunId>();
  const use = ({ runId, plan }: PlannedRun): void => {
    for (const pool of Object.keys(plan.pools)) {
      if (isDuckDbPool(pool) && !users.has(pool)) users.set(pool, runId);
    }
  };
  for (const run of inProgress) use(run);
  const held: HeldRun<Run>[] = [];
  for (const run of waiting) {
    const pool = Object.keys(run.plan.pools).find((name) => users.has(name));
    if (pool === undefined) return { chosen: run, held };
    held.push({ run, by: users.get(pool) as RunId, file: fileOfDuckDbPool(pool) as string });
    use(run);
  }
  return { chosen: undefined, held };
}
