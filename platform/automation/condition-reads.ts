import { type AutomationCondition, conditionChildren } from "../core/condition.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import { timeWindowsOf } from "../partition/time-windows.ts";
import type { CronMoments } from "./cron-moments.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";

/** What decides when an entity's condition may come out another way. */
export interface ConditionReads {
  /** Itself, and the deps, checks and other assets that its condition asks about. */
  readonly entities: ReadonlySet<string>;
  readonly crons: readonly { readonly cron: string; readonly timeZone: string }[];
  /** Whether user code answers a part of it, so that only asking tells. */
  readonly asksCode: boolean;
}

const known = new WeakMap<Entity, ConditionReads>();

/** Looked up once for an entity, which belongs to one graph. */
export function readsOf(entity: Entity, graph: EntityGraph): ConditionReads {
  const reads = known.get(entity) ?? findReads(entity, graph);
  known.set(entity, reads);
  return reads;
}

function findReads(entity: Entity, graph: EntityGraph): ConditionReads {
  const entities = new Set<string>([entity.key]);
  const crons: { cron: string; timeZone: string }[] = [];
  const seen = new Set<string>();
  let asksCode = false;
  const depsOf = (about: Entity, throughViews: true | undefined): readonly string[] =>
    throughViews === true ? graph.readThroughViews(about).map(({ key }) => key) : about.deps;
  const visit = (condition: AutomationCondition, about: Entity): void => {
    entities.add(about.key);
    const over = (others: readonly string[]): void => {
      for (const key of others) {
        const other = graph.find(key);
        if (other === undefined) continue;
        for (const child of conditionChildren(condition)) visit(child, other);
      }
    };
    switch (condition.type) {
      case "cron_tick_passed":
        crons.push({ cron: condition.cron, timeZone: condition.timeZone });
        return;
      case "custom":
        asksCode = true;
        return;
      case "any_deps_match":
      case "all_deps_match":
        over(depsOf(about, condition.throughViews));
        return;
      case "all_deps_updated_since_last_handled":
        for (const key of depsOf(about, condition.throughViews)) entities.add(key);
        return;
      case "any_checks_match":
      case "all_checks_match":
        over(about.checks);
        return;
      case "asset_matches":
        over([condition.asset]);
        return;
      case "any_downstream_conditions":
        for (const descendant of graph.descendantsOf(about.key)) {
          if (descendant.condition === undefined || seen.has(descendant.key)) continue;
          seen.add(descendant.key);
          visit(descendant.condition, about);
        }
        return;
      default:
        for (const child of conditionChildren(condition)) visit(child, about);
    }
  };
  if (entity.condition !== undefined) visit(entity.condition, entity);
  return { entities, crons, asksCode };
}

/** The next moment after now at which a cron ticks or a time window opens; nothing where none ever does. */
export function nextMoment(
  reads: ConditionReads,
  graph: EntityGraph,
  crons: CronMoments,
): number | undefined {
  let next = Number.POSITIVE_INFINITY;
  for (const { cron, timeZone } of reads.crons)
    next = Math.min(next, crons.next(cron, timeZone) ?? Number.POSITIVE_INFINITY);
  for (const key of reads.entities) {
    const partitions = graph.find(key)?.partitions;
    if (partitions !== undefined) next = Math.min(next, nextWindow(partitions, crons.nowMs));
  }
  return next === Number.POSITIVE_INFINITY ? undefined : next;
}

function nextWindow(definition: PartitionsDefinition, now: number): number {
  if (definition.type === "time")
    return timeWindowsOf(definition).nextChange(now) ?? Number.POSITIVE_INFINITY;
  if (definition.type !== "multi") return Number.POSITIVE_INFINITY;
  return Math.min(...Object.values(definition.dimensions).map((dimension) => nextWindow(dimension, now)));
}
