import type { ComponentStatus } from "../core/definitions-snapshot.ts";
import type { ExplainRequest } from "../core/explanation.ts";
import type { ScheduleSpec } from "../core/job.ts";
import type { QueueReason } from "./select-queued-runs.ts";

/** A run that waits or goes on, or a failed one that is to be started again. Times are milliseconds since 1970. */
export interface SurroundingRun {
  readonly id: string;
  readonly state: "queued" | "in_progress" | "waits_for_retry";
  /** Whether it is to bring this partition of this entity up to date; "" for the unpartitioned one. */
  isOf(entity: string, partition: string): boolean;
  readonly createdAtMs: number;
  /** Of one that waits for more than its turn. */
  readonly waitsFor?: QueueReason;
  readonly retryAtMs?: number;
}

/** A schedule whose target holds the entity. */
export interface SurroundingSchedule {
  readonly spec: ScheduleSpec;
  readonly isOn: boolean;
  /** Since when it is on; its earlier ticks do not run. */
  readonly onSinceMs: number | undefined;
  /** Of its newest recorded tick. */
  readonly lastTickAtMs: number | undefined;
}

/** A sensor whose target holds the entity. */
export interface SurroundingSensor {
  readonly name: string;
  readonly isOn: boolean;
  readonly lastTick:
    | { readonly atMs: number; readonly runs: number; readonly reason: string | undefined }
    | undefined;
}

/** The document that defines an asset, where it cannot be run. */
export interface SurroundingComponent {
  readonly name: string;
  readonly status: ComponentStatus;
  /** What it lacks, in words. */
  readonly needs: readonly string[];
}

/** What beside conditions decides whether something runs. */
export interface ExplainSurroundings {
  readonly runs: readonly SurroundingRun[];
  readonly schedules: readonly SurroundingSchedule[];
  readonly sensors: readonly SurroundingSensor[];
  /** Of an asset whose component is not ready. */
  unreadyComponent(entity: string): SurroundingComponent | undefined;
  /** Name of the automation group that evaluates it, and whether it is on. */
  readonly group: { readonly name: string; readonly isOn: boolean };
  readonly lastRequest: ExplainRequest | undefined;
}

/** Where nothing but definitions and facts is known. */
export const noSurroundings: ExplainSurroundings = {
  runs: [],
  schedules: [],
  sensors: [],
  unreadyComponent: () => undefined,
  group: { name: "automation", isOn: true },
  lastRequest: undefined,
};
