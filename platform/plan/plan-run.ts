// `plan` turns a request and the definitions into the steps of a run, as data.

import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunRequest } from "../core/run.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { type ChosenStep, chooseSteps } from "./choose-steps.ts";
import { type DefinitionsIndex, indexDefinitions, jobOf } from "./definitions-index.ts";
import { orderSteps } from "./order-steps.ts";
import { PlanError } from "./plan-error.ts";
import { planInputs } from "./plan-inputs.ts";
import { componentOf, hooksOf, placesOfIoManagers, placesOfResources, planPools } from "./plan-places.ts";
import { type PlanSetting, plannedStep } from "./planned-step.ts";
import { stepsDoneAgain } from "./reexecution.ts";
import { settleConfig } from "./settle-config.ts";
import { KnownPartitions, type Slice, sliceSteps } from "./slice-steps.ts";
import { splitSteps } from "./split-steps.ts";
import { waitsOf } from "./step-waits.ts";

/**
 * The steps that a request needs, in an order in which each comes after those it waits for; the same plan for the
 * same arguments. What the request's job sets holds where the request sets nothing. Throws PlanError where the request
 * cannot be met.
 */
export function planRun(
  snapshot: Pick<DefinitionsSnapshot, "id" | "definitions">,
  request: RunRequest,
  moment: PartitionMoment,
): RunPlan {
  const { definitions } = snapshot;
  const index = indexDefinitions(definitions);
  const known = new KnownPartitions(moment);
  const job = jobOf(index, request.job);
  const chosen = chooseSteps(index, request);
  const setting: PlanSetting = {
    index,
    job,
    resources: new Map(definitions.resources.map((resource) => [resource.key, resource])),
    config: settleConfig(index, [job?.config, request.config], new Set(chosen.map(({ spec }) => spec.name))),
    customIo: new Map(definitions.ioManagers.map((manager) => [manager.name, manager])),
  };
  const planned = (steps: readonly ChosenStep[]) =>
    orderedSteps(sliceSteps(index, { steps, request, known }), known, setting);
  const steps = stepsDoneAgain(withoutCycle(index, chosen, planned), request.reexecution);
  const { keyPrefix } = definitions;
  const bindings = job?.resources;
  const hooks = hooksOf(index, steps);
  const resources = placesOfResources(
    setting.resources,
    [
      ...steps.map((step) => ({ resources: step.resources, by: `step \`${step.step}\`` })),
      ...hooks.map((hook) => ({ resources: hook.resources ?? [], by: `hook \`${hook.name}\`` })),
    ],
    bindings,
  );
  const resourceConfig = setting.config.ofResources(Object.keys(resources));
  return {
    snapshotId: snapshot.id,
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    request,
    steps,
    ...planPools(index, steps),
    resources,
    ioManagers: placesOfIoManagers(index, steps),
    ...(hooks.length === 0
      ? {}
      : {
          hooks: Object.fromEntries(
            hooks.map(({ name, component }) => [name, componentOf(component, `hook \`${name}\``)]),
          ),
        }),
    ...(bindings === undefined ? {} : { resourceBindings: bindings }),
    ...(resourceConfig === undefined ? {} : { resourceConfig }),
  };
}

/** Plans the steps whole; where they then wait for each other, in parts. */
function withoutCycle(
  index: DefinitionsIndex,
  chosen: readonly ChosenStep[],
  planned: (steps: readonly ChosenStep[]) => PlannedStep[],
): PlannedStep[] {
  try {
    return planned(chosen);
  } catch (error) {
    if (!(error instanceof PlanError) || error.reason !== "step-cycle") throw error;
    const parts = splitSteps(index, chosen);
    if (parts.length === chosen.length) throw error;
    return planned(parts);
  }
}

function orderedSteps(
  slices: readonly (readonly Slice[])[],
  known: KnownPartitions,
  setting: PlanSetting,
): PlannedStep[] {
  const flat = slices.flat();
  const waits = waitsOf(setting.index, slices, known);
  const order = orderSteps(waits, (place) => (flat[place] as Slice).key);
  return order.map((place) => {
    const slice = flat[place] as Slice;
    const after = (waits[place] as readonly number[]).map((before) => (flat[before] as Slice).key);
    return plannedStep(slice, { after, inputs: planInputs(setting.index, slice, known) }, setting);
  });
}
