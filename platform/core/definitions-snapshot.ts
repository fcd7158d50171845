import type { AssetSpec } from "./asset.ts";
import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { AssetCheckSpec } from "./check.ts";
import type { CustomConditionSpec } from "./condition.ts";
import type { JobSpec, PoolSpec, ResourceSpec, ScheduleSpec, SensorSpec } from "./job.ts";
import type { Problem } from "./problem.ts";
import type { HookSpec, StepSpec } from "./step.ts";

/** Where a definition came from: the document (counted from 1) of a component file, or a TypeScript module. */
export interface ComponentId {
  readonly file: string;
  readonly document: number;
  readonly type: string;
}

export const componentStatuses = [
  "ready",
  "quarantined",
  "needs_credentials",
  "needs_tool",
  "needs_lock",
] as const;
export type ComponentStatus = (typeof componentStatuses)[number];

/** One document (or definitions module) as loaded. */
export interface ComponentRecord extends ComponentId {
  /** Folder below `defs` and, from the second document on, `#2`: unique in the project. */
  readonly name: string;
  /** Line of the document's first key. */
  readonly line: number;
  readonly enabled: boolean;
  readonly status: ComponentStatus;
  /** What is missing, in words, such as variables without a value. */
  readonly needs: readonly string[];
  /** Commands that its steps call; the instance looks for them, so the snapshot does not depend on the machine. */
  readonly tools: readonly string[];
  readonly assets: readonly AssetKey[];
  readonly checks: readonly CheckKey[];
  readonly variables: readonly string[];
  /** Hash of what decides about its definitions: text, class, variables, files read. */
  readonly hash: string;
}

/** An asset of the merged graph: its spec with references settled and every list present. */
export interface Asset extends Omit<AssetSpec, "deps" | "answers"> {
  readonly deps: readonly AssetKey[];
  readonly owners: readonly string[];
  readonly tags: { readonly [key: string]: string };
  readonly kinds: readonly string[];
  readonly groupName: string;
  readonly materializable: boolean;
  /** Name of the step that brings it up to date; absent for external assets. */
  readonly step?: string;
  readonly checks: readonly CheckKey[];
  readonly component?: ComponentId;
}

/** A check of the merged graph. */
export interface AssetCheck extends Omit<AssetCheckSpec, "asset" | "additionalDeps"> {
  readonly key: CheckKey;
  readonly asset: AssetKey;
  readonly additionalDeps: readonly AssetKey[];
  readonly blocking: boolean;
  readonly step?: string;
  readonly component?: ComponentId;
}

interface FromComponent {
  readonly component?: ComponentId;
}

/** All definitions as plain data, each list sorted by its key or name. */
export interface SnapshotDefinitions {
  readonly assets: readonly Asset[];
  readonly checks: readonly AssetCheck[];
  readonly steps: readonly (StepSpec & FromComponent)[];
  readonly jobs: readonly (JobSpec & FromComponent)[];
  readonly schedules: readonly (ScheduleSpec & FromComponent)[];
  readonly sensors: readonly (SensorSpec & FromComponent)[];
  readonly resources: readonly (ResourceSpec & FromComponent)[];
  readonly pools: readonly PoolSpec[];
  /** Custom IO managers and who defines them. */
  readonly ioManagers: readonly ({
    readonly name: string;
    readonly pools?: readonly string[];
  } & FromComponent)[];
  /** Absent in snapshots of projects without any. */
  readonly hooks?: readonly (HookSpec & FromComponent)[];
  /** Absent in snapshots of projects without any. */
  readonly conditions?: readonly (CustomConditionSpec & FromComponent)[];
  /** Name of the IO manager for assets that name none. */
  readonly io: string;
  /** Put in front of every key by the environment. */
  readonly keyPrefix?: string;
}

/** A read file with the SHA-256 of its text. */
export interface SnapshotSource {
  readonly file: string;
  readonly hash: string;
}

/**
 * The definitions without code: what server, daemon, CLI, diff and simulator read.
 *
 * `id` is the SHA-256 of the canonical JSON of `definitions` alone, so a comment or a moved line changes no id:
 * places (`codeReferences`, `origins`, `component`) are left out of what is hashed.
 */
export interface DefinitionsSnapshot {
  readonly schema: "dop.snapshot/1";
  readonly id: string;
  readonly environment: string;
  readonly definitions: SnapshotDefinitions;
  readonly components: readonly ComponentRecord[];
  readonly sources: readonly SnapshotSource[];
  readonly problems: readonly Problem[];
}

/** Whether two specs come from the same document. */
export function sameComponent(a: ComponentId, b: ComponentId): boolean {
  return a.file === b.file && a.document === b.document;
}
