import type { AssetSpec } from "./asset.ts";
import type { AssetCheckSpec } from "./check.ts";
import type { CustomConditionSpec } from "./condition.ts";
import type { ComponentId, ComponentStatus, SnapshotSource } from "./definitions-snapshot.ts";
import type { JobSpec, PoolSpec, ResourceSpec, ScheduleSpec, SensorSpec } from "./job.ts";
import type { DeferredPatch } from "./patch.ts";
import type { Problem } from "./problem.ts";
import type { HookSpec, StepSpec } from "./step.ts";

/** The data side of one component's definitions: all that can be cached, compared and sent. */
export interface LoadedSpecs {
  readonly assets: readonly AssetSpec[];
  readonly checks: readonly AssetCheckSpec[];
  readonly steps: readonly StepSpec[];
  readonly resources: readonly ResourceSpec[];
  /** Names of the IO managers that it defines. */
  readonly ioManagers: readonly string[];
  /** Pools that steps take which use one of them; absent where none has any. */
  readonly ioManagerPools?: readonly { readonly name: string; readonly pools: readonly string[] }[];
  readonly hooks: readonly HookSpec[];
  readonly jobs: readonly JobSpec[];
  readonly schedules: readonly ScheduleSpec[];
  readonly sensors: readonly SensorSpec[];
  /** Absent where it defines none. */
  readonly conditions?: readonly CustomConditionSpec[];
  readonly pools: readonly PoolSpec[];
}

/** One document or definitions module after building. A quarantined one has empty specs. */
export interface LoadedComponent extends ComponentId {
  /** Folder below `defs` and, from the second document on, `#2`: unique in the project. */
  readonly name: string;
  /** Folder of its file, relative to the project. */
  readonly folder: string;
  readonly line: number;
  readonly enabled: boolean;
  readonly status: ComponentStatus;
  readonly needs: readonly string[];
  readonly tools: readonly string[];
  readonly variables: readonly string[];
  readonly hash: string;
  readonly specs: LoadedSpecs;
  readonly patches: readonly DeferredPatch[];
}

/** The rules of `dop.rules`: severities, and folders that are exempt. */
export interface RuleSettings {
  readonly [rule: string]:
    | "off"
    | "warning"
    | "error"
    | { readonly severity?: "warning" | "error"; readonly exempt?: readonly string[] };
}

/** What loading hands to the merge: every component, in the order of files and documents. */
export interface LoadedProject {
  readonly environment: string;
  readonly keyPrefix?: string;
  /** IO manager of assets that name none. */
  readonly io: string;
  readonly pools: readonly PoolSpec[];
  readonly rules: RuleSettings;
  readonly components: readonly LoadedComponent[];
  readonly sources: readonly SnapshotSource[];
  readonly problems: readonly Problem[];
}
