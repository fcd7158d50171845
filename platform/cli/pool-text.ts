import { shortRunId } from "../core/run.ts";
import type { PoolView } from "../core/views.ts";
import { tableText } from "./table-text.ts";

/** Pools as rows. */
export function poolTable(pools: readonly PoolView[]): string {
  const rows = pools.map((pool) => [
    pool.name,
    `${pool.limit ?? "none"}${pool.set_limit === null ? "" : ` (set; ${pool.defined_limit ?? "none"} in the project)`}`,
    pool.granularity,
    String(pool.used),
    pool.leases.map(leaseText).join(", "),
  ]);
  return tableText(["pool", "limit", "held by a", "used", "by"], rows);
}

function leaseText({ run_id: run, step, slots }: PoolView["leases"][number]): string {
  return `${shortRunId(run)}${step === null ? "" : ` ${step}`}${slots === 1 ? "" : ` (${slots})`}`;
}
