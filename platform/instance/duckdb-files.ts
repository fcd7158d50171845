import { realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { duckDbPool, fileOfDuckDbPool } from "../core/duckdb-pool.ts";
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
