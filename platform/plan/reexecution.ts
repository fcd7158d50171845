import type { Reexecution } from "../core/run.ts";
import type { PlannedSource, PlannedStep } from "../core/run-plan.ts";
import { narrowedStep } from "./left-of-step.ts";
import { PlanError } from "./plan-error.ts";
import { findPlannedStep } from "./step-keys.ts";

/**
 * Those of the steps that a re-execution names: what they take from others is the parent's. Instances of a step that
 * runs once for each value can be named one by one, unless the values are made anew; of a step that can be split only
 * what the parent left. Throws PlanError `unknown-step`
 * for keys that the plan has no longer.
 */
export function stepsDoneAgain(
  steps: readonly PlannedStep[],
  reexecution: Reexecution | undefined,
): readonly PlannedStep[] {
  if (reexecution?.stepKeys === undefined) return steps;
  if (reexecution.stepKeys.length === 0) {
    throw new PlanError("nothing-selected", "no step of the run is to be done again");
  }
  const named = namedSteps(steps, reexecution.stepKeys);
  const { parent } = reexecution;
  return steps.flatMap((step): PlannedStep[] => {
    const only = named.get(step.key);
    if (only === undefined) return [];
    const { mapOver, values } = step;
    const isOutside = (key: string) => !named.has(key);
    const sourceOf = (source: PlannedSource): PlannedSource => ({
      ...source,
      ...(isOutside(source.step) ? { run: parent } : {}),
      ...(source.mapOver !== undefined && isOutside(source.mapOver.step)
        ? { mapOver: { ...source.mapOver, run: parent } }
        : {}),
    });
    return [
      {
        ...narrowedStep(step, reexecution.left?.[step.key]),
        after: step.after.filter((before) => named.has(before)),
        ...(values === undefined
          ? {}
          : { values: values.map((value) => ({ ...value, from: value.from.map(sourceOf) })) }),
        ...(mapOver === undefined || !isOutside(mapOver.step)
          ? {}
          : {
              mapOver: { ...mapOver, run: parent },
              ...(only === "all" ? {} : { mappingKeys: [...only] }),
            }),
      },
    ];
  });
}

/** For each named step which of its instances are named. */
function namedSteps(
  steps: readonly PlannedStep[],
  keys: readonly string[],
): ReadonlyMap<string, ReadonlySet<string> | "all"> {
  const named = new Map<string, Set<string> | "all">();
  const whole = new Set(steps.map(({ key }) => key));
  for (const key of keys) {
    const found = whole.has(key) ? { step: { key }, mappingKey: undefined } : findPlannedStep({ steps }, key);
    if (found === undefined) {
      throw new PlanError("unknown-step", `the definitions have no step \`${key}\` any more`);
    }
    const before = named.get(found.step.key);
    if (found.mappingKey === undefined || before === "all") named.set(found.step.key, "all");
    else named.set(found.step.key, new Set([...(before ?? []), found.mappingKey]));
  }
  return named;
}
