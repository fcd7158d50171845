import type { BackfillPlan } from "../automation/plan-backfill.ts";
import type { BackfillCounts, BackfillRecord, BackfillRequest } from "../core/backfill.ts";
import type { PartitionSet } from "../core/partitions.ts";
import type { BackfillPolicy } from "../core/policies.ts";
import type {
  BackfillCountsView,
  BackfillDetailView,
  BackfillPlanView,
  BackfillPolicyView,
  BackfillView,
} from "../core/views.ts";
import { countOrdinals } from "../partition/ordinals.ts";
import { partitionSetText } from "../partition/partition-set-text.ts";

export function backfillView({
  id,
  status,
  request,
  state,
  createdAtMs,
  updatedAtMs,
  endedAtMs,
}: BackfillRecord): BackfillView {
  const { selection, partition, only, order, policy, maxRuns, priority, tags } = request;
  return {
    id,
    status,
    selection,
    partition,
    only: only ?? null,
    order,
    policy: policy === undefined ? null : policyView(policy),
    max_runs: maxRuns,
    priority: priority ?? 0,
    tags,
    partitions: Object.values(state.assets)
      .map(({ counts }) => counts)
      .reduce(summed, noCounts),
    runs: { planned: state.plannedRuns, launched: state.launchedRuns, running: state.runs.length },
    created_at_ms: createdAtMs,
    updated_at_ms: updatedAtMs,
    ended_at_ms: endedAtMs ?? null,
  };
}

export function backfillDetailView(record: BackfillRecord): BackfillDetailView {
  const { assets, runs, reasons, lost = [] } = record.state;
  return {
    ...backfillView(record),
    assets: Object.entries(assets).map(([key, { targets, failed, blocked, counts }]) => {
      const isPartitioned = targets?.kind !== "all";
      const text = (set: PartitionSet | null) => (isPartitioned ? setText(set) : null);
      return {
        key,
        targets: text(targets),
        failed_partitions: text(failed),
        blocked_partitions: text(blocked),
        ...counts,
      };
    }),
    run_ids: runs.map(({ id }) => id),
    reasons: [...lost, ...reasons],
  };
}

export function backfillPlanView(
  { graph, progress, groups, leftOut, runs }: BackfillPlan,
  {
    request,
    estimateMs,
    runMs,
  }: {
    readonly request: BackfillRequest;
    readonly estimateMs: number | undefined;
    /** By places of the groups. */
    readonly runMs: readonly (number | undefined)[];
  },
): BackfillPlanView {
  return {
    selection: request.selection,
    partition: request.partition,
    runs,
    max_runs: request.maxRuns,
    estimate_ms: estimateMs === undefined ? null : Math.round(estimateMs),
    groups: groups.map((group, place) => ({
      assets: group.assets,
      partitions: group.partitions,
      runs: group.runs,
      in_order: group.isInOrder,
      run_ms: runMs[place] ?? null,
    })),
    assets: graph.nodes.map(({ key, universe }, place) => {
      const targets = progress.nodes[place]?.waiting ?? [];
      return {
        key,
        targets: universe.keys === undefined ? null : setText(universe.encode(targets)),
        count: countOrdinals(targets),
      };
    }),
    left_out: leftOut.map(({ asset, partitions, count, reason }) => ({
      asset,
      partitions: partitions ?? null,
      count: count ?? null,
      reason,
    })),
  };
}

const mostReasons = 20;

/** The newest, each once. */
export function backfillReasons(reasons: readonly string[]): readonly string[] {
  return [...new Set(reasons)].slice(-mostReasons);
}

const noCounts: BackfillCounts = { total: 0, done: 0, running: 0, waiting: 0, failed: 0, blocked: 0 };

function summed(a: BackfillCountsView, b: BackfillCountsView): BackfillCountsView {
  return {
    total: a.total + b.total,
    done: a.done + b.done,
    running: a.running + b.running,
    waiting: a.waiting + b.waiting,
    failed: a.failed + b.failed,
    blocked: a.blocked + b.blocked,
  };
}

function policyView(policy: BackfillPolicy): BackfillPolicyView {
  return policy.type === "single_run"
    ? { type: "single_run" }
    : { type: "multi_run", max_partitions_per_run: policy.maxPartitionsPerRun };
}

/** Longer texts end in an ellipsis: nobody reads on, and programs have the counts. */
const longestText = 2_000;

function setText(set: PartitionSet | null): string | null {
  if (set === null) return null;
  const text = partitionSetText(set);
  return text.length <= longestText ? text : `${text.slice(0, longestText)}…`;
}
