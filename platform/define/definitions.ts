import type { AssetSpec } from "../core/asset.ts";
import type { AssetCheckSpec } from "../core/check.ts";
import type { JobSpec, PoolSpec, ScheduleSpec, SensorSpec } from "../core/job.ts";
import type { DeferredPatch } from "../core/patch.ts";
import type { CustomConditionDefinition } from "./condition-definition.ts";
import type { IoManagerDefinition } from "./io-manager.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { SensorFunction } from "./sensor-function.ts";
import type { HookDefinition, StepDefinition } from "./step.ts";

/**
 * All that one component or module adds: specs as data, and the code that runs them in `steps`, `resources` and
 * `ioManagers`. An asset that no step lists is external.
 */
export interface Definitions {
  readonly assets?: readonly AssetSpec[];
  readonly checks?: readonly AssetCheckSpec[];
  readonly steps?: readonly StepDefinition[];
  readonly resources?: readonly ResourceDefinition[];
  readonly ioManagers?: readonly IoManagerDefinition[];
  readonly hooks?: readonly HookDefinition[];
  readonly jobs?: readonly JobSpec[];
  readonly schedules?: readonly ScheduleSpec[];
  readonly sensors?: readonly SensorSpec[];
  /** The code of sensors that look by themselves. */
  readonly sensorFunctions?: readonly SensorFunction[];
  readonly conditions?: readonly CustomConditionDefinition[];
  readonly pools?: readonly PoolSpec[];
  readonly patches?: readonly DeferredPatch[];
}

export const definitionsMark: unique symbol = Symbol.for("dop.definitions");

/** Several definitions as one, in order and each once; equal keys are found at the merge, not here. */
export function joinDefinitions(parts: readonly Definitions[]): Required<Definitions> {
  return {
    assets: joined(parts, (part) => part.assets),
    checks: joined(parts, (part) => part.checks),
    steps: joined(parts, (part) => part.steps),
    resources: joined(parts, (part) => part.resources),
    ioManagers: joined(parts, (part) => part.ioManagers),
    hooks: joined(parts, (part) => part.hooks),
    jobs: joined(parts, (part) => part.jobs),
    schedules: joined(parts, (part) => part.schedules),
    sensors: joined(parts, (part) => part.sensors),
    sensorFunctions: joined(parts, (part) => part.sensorFunctions),
    conditions: joined(parts, (part) => part.conditions),
    pools: joined(parts, (part) => part.pools),
    patches: joined(parts, (part) => part.patches),
  };
}

function joined<Item>(
  parts: readonly Definitions[],
  listOf: (part: Definitions) => readonly Item[] | undefined,
): readonly Item[] {
  return [...new Set(parts.flatMap((part) => listOf(part) ?? []))];
}
