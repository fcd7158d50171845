import type { AssetSpec } from "../core/asset.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { AssetCheckSpec } from "../core/check.ts";
import type { CustomConditionSpec } from "../core/condition.ts";
import type { JobSpec, PoolSpec, ResourceSpec, ScheduleSpec, SensorSpec } from "../core/job.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { HookSpec, StepSpec } from "../core/step.ts";

/** A spec with its component. */
export interface Collected<Spec> {
  readonly spec: Spec;
  readonly component: LoadedComponent;
}

/** An asset while it is merged; `spec` is replaced as references are settled and patches applied. */
export interface CollectedAsset {
  spec: AssetSpec;
  readonly component: LoadedComponent;
  readonly step: string | undefined;
}

export interface CollectedCheck {
  readonly key: CheckKey;
  readonly asset: AssetKey;
  readonly spec: AssetCheckSpec;
  readonly component: LoadedComponent;
  readonly step: string | undefined;
}

/** All definitions of a project, each key and name once. */
export interface CollectedDefinitions {
  readonly assets: Map<AssetKey, CollectedAsset>;
  readonly checks: readonly Collected<AssetCheckSpec>[];
  readonly steps: ReadonlyMap<string, Collected<StepSpec>>;
  readonly jobs: ReadonlyMap<string, Collected<JobSpec>>;
  readonly schedules: ReadonlyMap<string, Collected<ScheduleSpec>>;
  readonly sensors: ReadonlyMap<string, Collected<SensorSpec>>;
  readonly resources: ReadonlyMap<string, Collected<ResourceSpec>>;
  readonly ioManagers: ReadonlyMap<string, Collected<string>>;
  readonly hooks: ReadonlyMap<string, Collected<HookSpec>>;
  readonly conditions: ReadonlyMap<string, Collected<CustomConditionSpec>>;
  readonly pools: ReadonlyMap<string, PoolSpec>;
}
