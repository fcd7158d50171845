import type { AssetKey } from "../core/asset-key.ts";
import type { BackfillFilter } from "../core/backfill.ts";
import type { BackfillPolicy } from "../core/policies.ts";
import { countOrdinals, noOrdinals, type Ordinals } from "../partition/ordinals.ts";
import type { PartitionSetFault } from "../partition/parse-partition-set.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { countBackfillRuns } from "./advance-backfill.ts";
import { type BackfillGraph, type BackfillNode, backfillGraph } from "./backfill-graph.ts";
import { type BackfillProgress, startProgress } from "./backfill-progress.ts";
import {
  backfillTargets,
  filterTargets,
  type LeftOut,
  type PartitionKeysByState,
} from "./backfill-targets.ts";
import type { EntityGraph } from "./entity-graph.ts";

export interface BackfillQuestion {
  /** Those that run together with one of them are brought up to date too; what nobody makes is left out. */
  readonly assets: readonly AssetKey[];
  /** Text of a partition set. */
  readonly partition: string;
  readonly moment: PartitionMoment;
  /** Instead of the assets' own. */
  readonly policy?: BackfillPolicy | undefined;
  readonly only?: BackfillFilter | undefined;
  /** Asked only where `only` is given; "" is the key of the unpartitioned asset. */
  states(asset: AssetKey): PartitionKeysByState;
}

/** Assets whose partitions share runs, and how many runs that is. */
export interface PlannedGroup {
  readonly assets: readonly AssetKey[];
  readonly partitions: number;
  readonly runs: number;
  /** Whether each run waits for the one before. */
  readonly isInOrder: boolean;
}

/** What a backfill comes to, before anything starts. */
export interface BackfillPlan {
  readonly graph: BackfillGraph;
  readonly progress: BackfillProgress;
  /** Each after those that it waits for; without those of which nothing is left. */
  readonly groups: readonly PlannedGroup[];
  readonly leftOut: readonly LeftOut[];
  readonly runs: number;
}

/** Why there is no plan: the text is wrong for the asset, or nothing chosen is partitioned. */
export type NoBackfillPlan =
  | { readonly fault: PartitionSetFault & { readonly asset: AssetKey } }
  | { readonly fault: "unpartitioned" };

export function planBackfill(graph: EntityGraph, question: BackfillQuestion): BackfillPlan | NoBackfillPlan {
  const { moment, policy, only } = question;
  const chosen = new Set<AssetKey>();
  const external: AssetKey[] = [];
  for (const key of question.assets) {
    const entity = graph.find(key);
    if (entity?.asset?.materializable !== true) external.push(key);
    else
      for (const one of entity.together.length === 0 ? [key] : entity.together) chosen.add(one as AssetKey);
  }
  const asked = backfillGraph(graph, chosen, { moment, policy });
  const found = backfillTargets(asked, question.partition);
  if (found === "unpartitioned" || "reason" in found) return { fault: found };
  const targets =
    only === undefined
      ? found.nodes
      : filterTargets(asked, found.nodes, { only, states: (asset) => question.states(asset) });
  // Assets of which nothing is asked stand in nobody's way.
  const kept = asked.nodes.flatMap(({ key }, place) => (targets[place]?.length === 0 ? [] : [key]));
  const own = kept.length === asked.nodes.length ? asked : backfillGraph(graph, kept, { moment, policy });
  const byKey = new Map(asked.nodes.map(({ key }, place) => [key, targets[place] as Ordinals]));
  const progress = startProgress(
    own,
    own.nodes.map(({ key }) => ({
      waiting: byKey.get(key) ?? noOrdinals,
      running: noOrdinals,
      done: noOrdinals,
      failed: noOrdinals,
      blocked: noOrdinals,
    })),
  );
  const runs = countBackfillRuns(own, progress);
  return {
    graph: own,
    progress,
    groups: own.groups.map((group, place) => ({
      assets: group.nodes.map((node) => (own.nodes[node] as BackfillNode).key),
      partitions: group.nodes.reduce(
        (most, node) => Math.max(most, countOrdinals(progress.nodes[node]?.waiting ?? noOrdinals)),
        0,
      ),
      runs: runs[place] as number,
      isInOrder: group.nodes.some((node) => own.nodes[node]?.edges.some(({ upstream }) => upstream === node)),
    })),
    leftOut: [
      ...external.map((asset) => ({ asset, reason: "nobody makes it: it is external" })),
      ...found.leftOut,
    ],
    runs: runs.reduce((sum, count) => sum + count, 0),
  };
}

/**
 * How long the runs take together in milliseconds, by how long a run of each group took before: the whole work shared
 * by as many as run at once, and never less than what must go one after the other. `undefined` where a group has no
 * history.
 */
export function estimateBackfill(
  groups: readonly PlannedGroup[],
  { msOf, atOnce }: { msOf(group: PlannedGroup): number | undefined; readonly atOnce: number },
): number | undefined {
  let work = 0;
  let inOrder = 0;
  let chain = 0;
  for (const group of groups) {
    const ms = msOf(group);
    if (ms === undefined) return undefined;
    work += ms * group.runs;
    if (group.isInOrder) inOrder = Math.max(inOrder, ms * group.runs);
    chain += ms;
  }
  return Math.max(work / Math.max(1, atOnce), inOrder, chain);
}

/** The middle of the values, or of the two in the middle; `undefined` without any. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
