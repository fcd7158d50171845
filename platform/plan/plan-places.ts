import type { ComponentId, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import { isDuckDbPool } from "../core/duckdb-pool.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";

export type KnownResources = ReadonlyMap<string, SnapshotDefinitions["resources"][number]>;

/** Which resource steps get instead of the one that they name. */
export type Bindings = { readonly [key: string]: string };

/**
 * Slots of the pools of the steps, and which of those pools runs hold from start to end. A database file of DuckDB can
 * be open once at a time, so its pool has room for one step unless somebody says more. Throws PlanError
 * `pool-too-small` for a step that could never start.
 */
export function planPools(
  index: DefinitionsIndex,
  steps: readonly PlannedStep[],
): Pick<RunPlan, "pools" | "runPools"> {
  const specs = new Map(index.definitions.pools.map((pool) => [pool.name, pool]));
  const names = new Set(
    steps.flatMap((step) => [...(step.pool === undefined ? [] : [step.pool]), ...(step.pools ?? [])]),
  );
  const limitOf = (name: string) => specs.get(name)?.limit ?? (isDuckDbPool(name) ? 1 : undefined);
  const limits = [...names].toSorted().flatMap((name): [string, number][] => {
    const limit = limitOf(name);
    return limit === undefined ? [] : [[name, limit]];
  });
  for (const { step, pool, poolSlots = 1 } of steps) {
    const limit = pool === undefined ? undefined : limitOf(pool);
    if (limit === undefined || poolSlots <= limit) continue;
    throw new PlanError(
      "pool-too-small",
      `step \`${step}\` takes ${poolSlots} slots of the pool \`${pool}\`, which has ${limit}`,
    );
  }
  const ofRun = [...names].filter((name) => specs.get(name)?.granularity === "run").toSorted();
  return { pools: Object.fromEntries(limits), ...(ofRun.length === 0 ? {} : { runPools: ofRun }) };
}

/** The resources of the steps and hooks, as bound, and those that they use themselves. Throws PlanError. */
export function placesOfResources(
  specs: KnownResources,
  wantedBy: readonly { readonly resources: readonly string[]; readonly by: string }[],
  bindings: Bindings | undefined,
): RunPlan["resources"] {
  const places = new Map<string, ComponentId>();
  const wanted = wantedBy.flatMap(({ resources, by }) =>
    resources.map((key) => ({ key: bindings?.[key] ?? key, by })),
  );
  for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
    const { key, by } = next;
    if (places.has(key)) continue;
    const spec = specs.get(key);
    if (spec === undefined)
      throw new PlanError("unknown-resource", `${by} uses the resource \`${key}\`, which nobody defines`);
    places.set(key, componentOf(spec.component, `resource \`${key}\``));
    wanted.push(...(spec.uses ?? []).map((used) => ({ key: used, by: `resource \`${key}\`` })));
  }
  return Object.fromEntries([...places].toSorted(byName));
}

export function placesOfIoManagers(
  index: DefinitionsIndex,
  steps: readonly PlannedStep[],
): RunPlan["ioManagers"] {
  const used = new Set(
    steps.flatMap((step) => [...Object.values(step.io), ...step.inputs.map((input) => input.io)]),
  );
  return Object.fromEntries(
    index.definitions.ioManagers
      .filter(({ name }) => used.has(name))
      .map(({ name, component }) => [name, componentOf(component, `IO manager \`${name}\``)]),
  );
}

/** The hooks of the steps with what they use; throws PlanError for one that nobody defines. */
export function hooksOf(
  index: DefinitionsIndex,
  steps: readonly PlannedStep[],
): readonly NonNullable<SnapshotDefinitions["hooks"]>[number][] {
  const users = new Map<string, string>();
  for (const { step, hooks } of steps) for (const hook of hooks ?? []) users.set(hook, step);
  const specs = new Map((index.definitions.hooks ?? []).map((hook) => [hook.name, hook]));
  return [...users].toSorted(byName).map(([name, step]) => {
    const spec = specs.get(name);
    if (spec !== undefined) return spec;
    throw new PlanError("unknown-hook", `step \`${step}\` has the hook \`${name}\`, which nobody defines`);
  });
}

export function componentOf(component: ComponentId | undefined, what: string): ComponentId {
  if (component === undefined) throw new Error(`the definitions do not say where ${what} is defined`);
  return component;
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
