import type { PlannedStep, RunPlan } from "../core/run-plan.ts";

const instanceOf = /^(.*)\[([A-Za-z0-9_]+)\]$/s;

/** `load[a]`: the step that runs `load` for the value with the mapping key `a`. */
export function instanceKey(step: string, mappingKey: string): string {
  return `${step}[${mappingKey}]`;
}

/** The planned step behind a key of its run, and which of its values it is about; `undefined` for a key of no step. */
export function findPlannedStep(
  { steps }: Pick<RunPlan, "steps">,
  key: string,
): { readonly step: PlannedStep; readonly mappingKey?: string } | undefined {
  const whole = steps.find((step) => step.key === key);
  if (whole !== undefined) return { step: whole };
  const [, outer, mappingKey] = instanceOf.exec(key) ?? [];
  const mapped = steps.find((step) => step.key === outer && step.mapOver !== undefined);
  return mapped === undefined || mappingKey === undefined ? undefined : { step: mapped, mappingKey };
}
