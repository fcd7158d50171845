import {
  checksHealth,
  freshnessHealth,
  materializationHealth,
  overallHealth,
} from "../automation/asset-health.ts";
import { freshnessVerdict } from "../automation/freshness-state.ts";
import type { FreshnessRecord } from "../automation/settle-freshness.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { FreshnessVerdict } from "../core/freshness.ts";
import type { AssetMomentView, CheckStateView, FreshnessView, HealthView } from "../core/views.ts";

/** What health is judged by. */
export interface HealthFacts {
  readonly asset: Pick<Asset, "freshnessPolicy" | "partitions" | "materializable">;
  readonly materialized: AssetMomentView | null;
  /** The last try that failed, if any did. */
  readonly failed: AssetMomentView | null;
  /** Whether a partition's last try, or the asset's, failed. */
  readonly hasFailed: boolean;
  readonly checks: readonly CheckStateView[];
  /** What a daemon has settled, for policies about single partitions. */
  readonly record: FreshnessRecord | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** How an asset is at a moment, and what speaks against it. */
export function healthView(facts: HealthFacts): HealthView {
  const { asset, materialized, hasFailed, checks } = facts;
  const freshness = freshnessView(facts);
  const parts = {
    materialization: materializationHealth({
      materializable: asset.materializable,
      isMade: materialized !== null,
      hasFailed,
    }),
    checks: checksHealth(checks.map(({ latest }) => latest ?? undefined)),
    freshness: freshnessHealth(freshness?.state),
  };
  return { status: overallHealth(parts), ...parts, why: whyOf(facts, freshness) };
}

/** Of the asset as a whole it is judged at once; of single partitions it is what a daemon found last. */
export function freshnessView({
  asset: { freshnessPolicy: policy, partitions },
  materialized,
  record,
  now,
}: Pick<HealthFacts, "asset" | "materialized" | "record" | "now">): FreshnessView | null {
  if (policy === undefined) return null;
  const isWhole = partitions === undefined || (policy.scope ?? "asset") === "asset";
  const verdict: FreshnessVerdict = isWhole
    ? freshnessVerdict(policy, materialized?.at_ms, now)
    : (record ?? { state: "unknown" });
  return {
    state: verdict.state,
    since_ms: verdict.since ?? null,
    due_ms: verdict.due ?? null,
    materialized_ms: materialized?.at_ms ?? null,
  };
}

function whyOf(
  { asset, materialized, failed, hasFailed, checks }: HealthFacts,
  freshness: FreshnessView | null,
): string[] {
  const why: string[] = [];
  if (hasFailed) {
    const what =
      asset.partitions === undefined ? "the last try failed" : "the last try of a partition failed";
    why.push(failed === null ? what : `${what}, at ${timeText(failed.at_ms)} in run ${failed.run_id}`);
  } else if (asset.materializable && materialized === null) why.push("never materialized");
  for (const { name, latest } of checks) {
    if (latest?.passed !== false) continue;
    const how = latest.severity === "warn" ? "warns" : "failed";
    why.push(`check ${name} ${how} since ${timeText(latest.at_ms)}`);
  }
  if (freshness?.state === "warn" || freshness?.state === "fail") why.push(freshnessText(freshness));
  return why;
}

/** `fail since 2026-01-02 03:00 UTC: last materialized 2026-01-01 03:00 UTC, due 2026-01-02 03:00 UTC`. */
export function freshnessText({ state, since_ms, due_ms, materialized_ms }: FreshnessView): string {
  const known = [
    ...(materialized_ms === null ? [] : [`last materialized ${timeText(materialized_ms)}`]),
    ...(due_ms === null ? [] : [`due ${timeText(due_ms)}`]),
  ];
  const since = since_ms === null ? "" : ` since ${timeText(since_ms)}`;
  return `freshness: ${state}${since}${known.length === 0 ? "" : `: ${known.join(", ")}`}`;
}

function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
