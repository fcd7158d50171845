import type { StepStatus } from "../core/event.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import { findPlannedStep, instanceKey } from "./step-keys.ts";

/** How a step of an ended run came out. */
export interface EndedStep {
  readonly step: string;
  readonly status: StepStatus;
  /** Of a skipped one: whether something before it did not end well. */
  readonly abandoned?: boolean;
  /** Whether a blocking check that it answered did not pass. */
  readonly blocked?: boolean;
}

/**
 * Keys of the steps that a retry from failure does: those that failed, were canceled, never came to their end, were
 * abandoned or answered a blocking check with no, and everything after them. Of a step that runs once for each value
 * only such instances, as long as the values stay. In the order of the plan; empty where all went well.
 */
export function stepKeysFromFailure(plan: Pick<RunPlan, "steps">, ended: readonly EndedStep[]): string[] {
  const statuses = new Map(ended.map((one) => [one.step, one]));
  const instances = instancesOf(plan, ended);
  /** For each step that is done again which of its instances. */
  const again = new Map<string, ReadonlySet<string> | "all">();
  for (const step of plan.steps) {
    const which = instancesAgain(step, { statuses, instances: instances.get(step.key) ?? [], again });
    if (which === "all" || which.size > 0) again.set(step.key, which);
  }
  return [...again].flatMap(([key, which]) =>
    which === "all" ? [key] : [...which].map((mappingKey) => instanceKey(key, mappingKey)),
  );
}

interface MappedInstance {
  readonly mappingKey: string;
  readonly ended: EndedStep;
}

function instancesAgain(
  step: PlannedStep,
  {
    statuses,
    instances,
    again,
  }: {
    readonly statuses: ReadonlyMap<string, EndedStep>;
    readonly instances: readonly MappedInstance[];
    readonly again: ReadonlyMap<string, ReadonlySet<string> | "all">;
  },
): ReadonlySet<string> | "all" {
  const alongside = new Set(step.mapOver === undefined ? [] : oneByOne(step));
  const isAfter = step.after.some((before) => {
    const which = again.get(before);
    return which === "all" || (which !== undefined && !alongside.has(before));
  });
  const own = statuses.get(step.key);
  if (isAfter) return "all";
  if (step.mapOver === undefined || instances.length === 0) return needsWork(own) ? "all" : new Set();
  const keys = new Set(instances.filter(({ ended }) => needsWork(ended)).map(({ mappingKey }) => mappingKey));
  for (const before of alongside) {
    const which = again.get(before);
    if (which !== undefined && which !== "all") for (const key of which) keys.add(key);
  }
  // It did not come so far as to make all its instances.
  const isCut = own !== undefined && ["pending", "running", "canceled"].includes(own.status);
  return isCut ? "all" : keys;
}

function needsWork(ended: EndedStep | undefined): boolean {
  if (ended === undefined) return true;
  const { status } = ended;
  if (status === "success") return ended.blocked === true;
  return status !== "skipped" || ended.abandoned === true;
}

/** Steps of which it takes the value with its own mapping key. */
function oneByOne(step: PlannedStep): string[] {
  const sources = (step.values ?? []).flatMap(({ from }) => from);
  const collected = new Set(sources.filter(({ take }) => take === "collect").map((source) => source.step));
  return sources
    .filter((source) => source.mapOver !== undefined && !collected.has(source.step))
    .map((source) => source.step);
}

function instancesOf(
  plan: Pick<RunPlan, "steps">,
  ended: readonly EndedStep[],
): ReadonlyMap<string, MappedInstance[]> {
  const whole = new Set(plan.steps.map(({ key }) => key));
  const mapped = { steps: plan.steps.filter(({ mapOver }) => mapOver !== undefined) };
  const found = new Map<string, MappedInstance[]>();
  if (mapped.steps.length === 0) return found;
  for (const one of ended) {
    const place = whole.has(one.step) ? undefined : findPlannedStep(mapped, one.step);
    if (place?.mappingKey === undefined) continue;
    const list = found.get(place.step.key);
    const instance = { mappingKey: place.mappingKey, ended: one };
    if (list === undefined) found.set(place.step.key, [instance]);
    else list.push(instance);
  }
  return found;
}
