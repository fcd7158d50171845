import type { AssetKey } from "../core/asset-key.ts";
import type { AutomationCondition } from "../core/condition.ts";
import type { TimePartitions } from "../core/partitions.ts";
import {
  countOrdinals,
  eachOrdinal,
  intersectOrdinals,
  isSameOrdinals,
  noOrdinals,
  type Ordinals,
  ordinalsOfIntervals,
  ordinalsOfNumbers,
} from "../partition/ordinals.ts";
import { MultiKeys, TimeKeys } from "../partition/partition-keys.ts";
import { productIntervals } from "../partition/partition-set.ts";
import { samePartitions } from "../partition/same-partitions.ts";
import type { PartitionFacts, UpdateFact } from "./automation-facts.ts";
import { isIdentity } from "./dep-mapping.ts";
import type { EntityFacts } from "./entity-facts.ts";
import type { Entity } from "./entity-graph.ts";
import { nodeKey } from "./node-key.ts";
import type { Subject } from "./subject.ts";
import type { Evaluation } from "./tick.ts";
import { atMoment, limitTrue, type Moment, nothing, type TrueSet, withoutMoments } from "./true-set.ts";
import { ordinalsOfKeys, type Universe } from "./universe.ts";

/** The candidates for which an operand holds. Meaning: spec/automation.md §1.3. */
export function evaluateOperand(
  condition: AutomationCondition,
  subject: Subject,
  evaluation: Evaluation,
): TrueSet {
  const result = answerOf(condition, subject, evaluation);
  if (result.ordinals.length > 0 && momentary.has(condition.type)) evaluation.news.isFound = true;
  return result;
}

/** Operands that hold in the tick in which something happened, and not in the next. */
const momentary: ReadonlySet<string> = new Set([
  "newly_updated",
  "data_version_changed",
  "newly_requested",
  "will_be_requested",
  "code_version_changed",
  "initial_evaluation",
  "cron_tick_passed",
  "any_new_update_has_run_tags",
  "all_new_updates_have_run_tags",
]);

function answerOf(
  condition: AutomationCondition,
  { entity, candidates }: Subject,
  evaluation: Evaluation,
): TrueSet {
  const { tick, previous } = evaluation;
  const known = (ordinals: Ordinals): TrueSet => withoutMoments(intersectOrdinals(candidates, ordinals));
  const whole = (holds: boolean): TrueSet => withoutMoments(holds ? candidates : noOrdinals);
  switch (condition.type) {
    case "missing":
      return known(tick.factsOf(entity).missing);
    case "run_in_progress":
      return known(tick.factsOf(entity).inRun);
    case "backfill_in_progress":
      return known(tick.factsOf(entity).inBackfill);
    case "execution_failed":
      return known(tick.factsOf(entity).failed);
    case "newly_updated":
      return newlyUpdated({ entity, candidates }, evaluation, { kind: "update", factOf: updateOf(entity) });
    case "data_version_changed":
      return newlyUpdated({ entity, candidates }, evaluation, { kind: "change", factOf: changeOf(entity) });
    case "newly_requested":
      return newlyRequested({ entity, candidates }, evaluation);
    case "will_be_requested":
      return willBeRequested({ entity, candidates }, evaluation);
    case "code_version_changed":
      return codeVersionChanged(condition, { entity, candidates }, evaluation);
    case "initial_evaluation":
      return whole(previous === undefined);
    case "cron_tick_passed":
      return cronTickPassed(condition, candidates, evaluation);
    case "in_latest_time_window":
      return known(latestWindows(tick.universe(entity), condition.lookbackSeconds));
    case "check_passed":
    case "check_failed": {
      const { check } = tick.factsOf(entity);
      return whole(check?.ofLatest === true && check.passed === (condition.type === "check_passed"));
    }
    case "executed_with_root_target":
      return ofLatestRun(
        { entity, candidates },
        evaluation,
        (run) => entity.key !== evaluation.root.key && run.targets.has(evaluation.root.key),
      );
    case "executed_with_tags":
      return ofLatestRun({ entity, candidates }, evaluation, ({ tags }) => carries(tags, condition));
    case "any_new_update_has_run_tags":
    case "all_new_updates_have_run_tags":
      return ofNewRuns(condition, { entity, candidates }, evaluation);
    case "freshness_passed":
      return whole(tick.facts.freshness(entity.key as AssetKey) === "pass");
    case "freshness_warned":
      return whole(tick.facts.freshness(entity.key as AssetKey) === "warn");
    case "freshness_failed":
      return whole(tick.facts.freshness(entity.key as AssetKey) === "fail");
    case "custom": {
      const answer = tick.facts.custom(condition.name, entity.key);
      if (answer === undefined) return nothing;
      return answer === "all"
        ? withoutMoments(candidates)
        : known(ordinalsOfKeys(tick.universe(entity), answer));
    }
    default:
      throw new Error(`${condition.type} is no operand`);
  }
}

type FactOf = (facts: PartitionFacts) => (Moment & { readonly cursor: number }) | undefined;

/** A materialization; of what is only looked at, an observation with another data version. */
function updateOf(entity: Entity): FactOf {
  if (entity.materializable) return ({ materialized }) => materialized && momentOf(materialized);
  return ({ materialized, observed }) =>
    observed === undefined ? materialized && momentOf(materialized) : observed.changed;
}

function changeOf(entity: Entity): FactOf {
  return ({ materialized, observed }) =>
    (entity.materializable ? materialized : (observed ?? materialized))?.changed;
}

function momentOf({ cursor, at, started }: UpdateFact): Moment & { readonly cursor: number } {
  return { cursor, at, from: started };
}

/** Within the window of the tick: after the end of the root's last one, up to what the facts know. */
function newlyUpdated(
  { entity, candidates }: Subject,
  evaluation: Evaluation,
  { kind, factOf }: { readonly kind: "update" | "change"; readonly factOf: FactOf },
): TrueSet {
  const { tick, previous } = evaluation;
  if (previous === undefined || candidates.length === 0) return nothing;
  const facts = tick.factsOf(entity);
  if (facts.check !== undefined) {
    const { evaluated } = facts.check;
    return evaluated.cursor > previous.cursor ? atMoment(candidates, evaluated) : nothing;
  }
  const { cursor } = previous;
  if (facts.newest <= cursor) return nothing;
  const all = tick.updatesAfter({ entity, kind, cursor }, () => {
    const moments = new Map<number, Moment>();
    for (const [ordinal, partition] of facts.byOrdinal) {
      const moment = factOf(partition);
      if (moment !== undefined && moment.cursor > cursor) moments.set(ordinal, moment);
    }
    return { ordinals: ordinalsOfNumbers(moments.keys()), moments };
  });
  const ordinals = intersectOrdinals(all.ordinals, candidates);
  return isSameOrdinals(ordinals, all.ordinals) ? all : limitTrue(all, ordinals);
}

function newlyRequested({ entity, candidates }: Subject, { tick }: Evaluation): TrueSet {
  const state = tick.previous(entity);
  if (state === undefined) return nothing;
  const requested = intersectOrdinals(tick.universe(entity).decode(state.requested), candidates);
  return atMoment(requested, { cursor: state.cursor, at: state.at });
}

/** Requested earlier in this tick, so that both can run together. */
function willBeRequested({ entity, candidates }: Subject, { tick, root }: Evaluation): TrueSet {
  const requested = tick.requested.get(entity.key);
  if (requested === undefined || !canRunTogether(entity, root, tick)) return nothing;
  return atMoment(intersectOrdinals(requested, candidates), { cursor: tick.facts.cursor, at: tick.nowMs });
}

function canRunTogether(entity: Entity, root: Entity, tick: Evaluation["tick"]): boolean {
  const { graph } = tick;
  if (!entity.materializable || entity.location !== root.location) return false;
  if (!isOrdered(entity, root, tick)) return false;
  if (entity.partitions === undefined || root.partitions === undefined)
    return entity.partitions === root.partitions;
  if (!samePartitions(entity.partitions, root.partitions)) return false;
  const mapping = root.deps.includes(entity.key) ? graph.mappingOf(root, entity.key) : undefined;
  if (mapping !== undefined) return isIdentity(mapping);
  return graph.viewsBetween(root, entity.key).length === 0 || tick.mapping(root, entity).isSame;
}

/** A run keeps the order of two with a view between them only where the view is in it as well. */
function isOrdered(entity: Entity, root: Entity, tick: Evaluation["tick"]): boolean {
  const views = tick.graph.viewsBetween(root, entity.key);
  return (
    views.length === 0 || views.some((view) => tick.requested.has(view.key) && isOrdered(entity, view, tick))
  );
}

function codeVersionChanged(
  condition: AutomationCondition,
  { entity, candidates }: Subject,
  { previous, nodes, root }: Evaluation,
): TrueSet {
  const key = nodeKey(condition, entity.key, root.key);
  const codeVersion = entity.asset?.codeVersion ?? null;
  nodes.set(key, { codeVersion });
  const before = previous?.nodes[key]?.codeVersion;
  return withoutMoments(before == null || before === codeVersion ? noOrdinals : candidates);
}

function cronTickPassed(
  { cron, timeZone }: Extract<AutomationCondition, { type: "cron_tick_passed" }>,
  candidates: Ordinals,
  { tick, previous }: Evaluation,
): TrueSet {
  if (previous === undefined || candidates.length === 0) return nothing;
  const latest = tick.crons.latest(cron, timeZone);
  if (latest === undefined || latest <= previous.at) return nothing;
  return atMoment(candidates, { cursor: null, at: latest });
}

/** The latest complete window, or those that began within the lookback before its end; all without time. */
function latestWindows(universe: Universe, lookbackSeconds: number | undefined): Ordinals {
  const { keys } = universe;
  if (keys instanceof TimeKeys) return latestOfTime(keys, lookbackSeconds);
  if (!(keys instanceof MultiKeys)) return universe.all;
  const place = keys.dimensions.findIndex((dimension) => dimension instanceof TimeKeys);
  if (place < 0) return universe.all;
  const sides = keys.dimensions.map(
    (dimension, at): Ordinals =>
      at === place ? latestOfTime(dimension as TimeKeys, lookbackSeconds) : [[0, dimension.count]],
  );
  return ordinalsOfIntervals(
    productIntervals(
      sides,
      keys.dimensions.map(({ count }) => count),
    ),
  );
}

function latestOfTime(
  { count, windows }: TimeKeys & { definition: TimePartitions },
  lookbackSeconds: number | undefined,
): Ordinals {
  if (count === 0) return noOrdinals;
  if (lookbackSeconds === undefined) return [[count - 1, count]];
  const from = windows.window(count - 1).end - lookbackSeconds * 1000;
  let first = count;
  while (first > 0 && windows.window(first - 1).start >= from) first--;
  return ordinalsOfIntervals([[first, count]]);
}

function ofLatestRun(
  { entity, candidates }: Subject,
  { tick }: Evaluation,
  holds: (run: {
    readonly targets: ReadonlySet<string>;
    readonly tags: { readonly [key: string]: string };
  }) => boolean,
): TrueSet {
  const found: number[] = [];
  if (candidates.length === 0) return nothing;
  for (const [ordinal, { materialized }] of factsWithin(tick.factsOf(entity), candidates)) {
    const run = materialized?.runId === undefined ? undefined : tick.facts.run(materialized.runId);
    if (run !== undefined && holds(run)) found.push(ordinal);
  }
  return withoutMoments(intersectOrdinals(ordinalsOfNumbers(found), candidates));
}

/** Facts of some partitions, and of others where those are the fewer. */
function factsWithin(
  { byOrdinal }: EntityFacts,
  candidates: Ordinals,
): Iterable<readonly [number, PartitionFacts]> {
  if (countOrdinals(candidates) >= byOrdinal.size) return byOrdinal;
  return eachOrdinal(candidates).flatMap((ordinal) => {
    const facts = byOrdinal.get(ordinal);
    return facts === undefined ? [] : [[ordinal, facts] as const];
  });
}

type TagsCondition = Extract<AutomationCondition, { readonly tagKeys: readonly string[] }>;

function ofNewRuns(
  condition: TagsCondition,
  { entity, candidates }: Subject,
  { tick, previous }: Evaluation,
): TrueSet {
  if (previous === undefined) return nothing;
  const universe = tick.universe(entity);
  const isAny = condition.type === "any_new_update_has_run_tags";
  const found: number[] = [];
  for (const [ordinal, { materialized }] of tick.factsOf(entity).byOrdinal) {
    if (materialized === undefined || materialized.cursor <= previous.cursor) continue;
    const runs = tick.facts.updatesSince(entity.key as AssetKey, universe.keyAt(ordinal), previous.cursor);
    const tagged = runs.map((id) => carries(tick.facts.run(id)?.tags ?? {}, condition));
    if (tagged.length > 0 && (isAny ? tagged.includes(true) : !tagged.includes(false))) found.push(ordinal);
  }
  return withoutMoments(intersectOrdinals(ordinalsOfNumbers(found), candidates));
}

function carries(
  tags: { readonly [key: string]: string },
  {
    tagKeys,
    tagValues,
  }: { readonly tagKeys: readonly string[]; readonly tagValues: { readonly [key: string]: string } },
): boolean {
  return (
    tagKeys.every((key) => Object.hasOwn(tags, key)) &&
    Object.entries(tagValues).every(([key, value]) => tags[key] === value)
  );
}
