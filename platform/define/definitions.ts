import type { AssetSpec } from "../core/asset.ts";
import type { AssetCheckSpec } from "../core/check.ts";
import type { JobSpec, PoolSpec, ScheduleSpec, SensorSpec } from "../core/job.ts";
import type { DeferredPatch } from "../core/patch.ts";
import type { IoManagerDefinition } from "./io-manager.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { StepDefinition } from "./step.ts";

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
  readonly jobs?: readonly JobSpec[];
  readonly schedules?: readonly ScheduleSpec[];
  readonly sensors?: readonly SensorSpec[];
  readonly pools?: readonly PoolSpec[];
  readonly patches?: readonly DeferredPatch[];
}

/** Several definitions as one, in order; equal keys are found at the merge, not here. */
export function joinDefinitions(parts: readonly Definitions[]): Required<Definitions> {
  return {
    assets: parts.flatMap((part) => part.assets ?? []),
    checks: parts.flatMap((part) => part.checks ?? []),
    steps: parts.flatMap((part) => part.steps ?? []),
    resources: parts.flatMap((part) => part.resources ?? []),
    ioManagers: parts.flatMap((part) => part.ioManagers ?? []),
    jobs: parts.flatMap((part) => part.jobs ?? []),
    schedules: parts.flatMap((part) => part.schedules ?? []),
    sensors: parts.flatMap((part) => part.sensors ?? []),
    pools: parts.flatMap((part) => part.pools ?? []),
    patches: parts.flatMap((part) => part.patches ?? []),
  };
}
