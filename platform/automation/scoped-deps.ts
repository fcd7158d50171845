import type { AssetKey } from "../core/asset-key.ts";
import type { AutomationCondition, DepsScope } from "../core/condition.ts";
import { assetMatches, operand, or, sinceLastHandled } from "../core/condition-builders.ts";
import type { Entity } from "./entity-graph.ts";
import type { Evaluation } from "./tick.ts";

/** The deps that a deps condition asks about. */
export function scopedDeps(
  entity: Entity,
  { allow, ignore, throughViews }: DepsScope,
  { tick }: Pick<Evaluation, "tick">,
): readonly Entity[] {
  const deps = throughViews === true ? tick.graph.readThroughViews(entity) : tick.graph.depsOf(entity);
  if (allow === undefined && ignore === undefined) return deps;
  const isIn = (selections: readonly string[], key: string) =>
    selections.some((selection) => tick.select(selection).has(key));
  return deps.filter(
    ({ key }) => (allow === undefined || isIn(allow, key)) && !(ignore !== undefined && isIn(ignore, key)),
  );
}

/**
 * What `all_deps_updated_since_last_handled` asks of an entity: one condition for each dep, which remembers the
 * entity's own partitions. So what one of them is requested for is not over for the others that read the same.
 */
export function eachDepUpdated(
  entity: Entity,
  scope: DepsScope,
  evaluation: Pick<Evaluation, "tick">,
): readonly AutomationCondition[] {
  return scopedDeps(entity, scope, evaluation).map(depUpdated);
}

const known = new WeakMap<Entity, AutomationCondition>();

function depUpdated(dep: Entity): AutomationCondition {
  let condition = known.get(dep);
  if (condition === undefined) {
    const key = dep.key as AssetKey;
    const updated = sinceLastHandled(assetMatches(key, operand("newly_updated")));
    condition = or(updated, assetMatches(key, operand("will_be_requested")));
    known.set(dep, condition);
  }
  return condition;
}
