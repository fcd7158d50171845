import type { FreshnessState } from "../core/freshness.ts";
import type { DurationModel } from "./modelled-durations.ts";

/** What asked for a run. */
export type SimulatedCause = "schedule" | "automation" | "retry";

/** One run of a simulation, as it was asked for. Times are milliseconds since 1970. */
export interface SimulatedRequest {
  readonly run: string;
  readonly at_ms: number;
  readonly cause: SimulatedCause;
  /** Name of the schedule or automation group, or the run that is done again. */
  readonly by: string;
  /** In words, such as what the condition was waiting for. */
  readonly why: string;
  readonly assets: readonly string[];
  readonly checks: readonly string[];
  /** Text of a partition set; null for what has none. */
  readonly partitions: string | null;
  readonly status: "success" | "failure" | "canceled" | "queued" | "started";
  readonly started_at_ms: number | null;
  readonly ended_at_ms: number | null;
}

export interface SimulatedSchedule {
  readonly schedule: string;
  readonly status: "running" | "stopped";
  readonly ticks: number;
  readonly runs: number;
  /** Ticks that asked for nothing, by why. */
  readonly skipped: { readonly [reason: string]: number };
}

export interface SimulatedAsset {
  readonly asset: string;
  /** Runs that were asked to bring it up to date. */
  readonly runs: number;
  readonly materializations: number;
  readonly failures: number;
  /** Runs by the hour in which they were asked for: its start, and how many. */
  readonly hours: readonly (readonly [start_ms: number, runs: number])[];
}

/** One hour of the simulation, from its start. */
export interface SimulatedHour {
  readonly start_ms: number;
  readonly requests: number;
  readonly materializations: number;
  readonly most_waiting: number;
  readonly most_running: number;
}

/** A stretch in which runs waited for their turn. */
export interface QueuePeak {
  readonly from_ms: number;
  /** null where runs wait still at the end. */
  readonly until_ms: number | null;
  readonly most_waiting: number;
  /** When the most waited. */
  readonly at_ms: number;
}

export interface FreshnessBreach {
  readonly asset: string;
  /** The worst that it came to. */
  readonly state: Extract<FreshnessState, "warn" | "fail">;
  /** May lie before the simulation. */
  readonly from_ms: number;
  /** null where it goes on. */
  readonly until_ms: number | null;
}

/** What a stretch of time to come looks like. Keys may be added, none removed. */
export interface Simulation {
  readonly schema: "dop.simulation/1";
  readonly from_ms: number;
  readonly until_ms: number;
  readonly snapshot_id: string;
  readonly durations: DurationModel;
  readonly max_concurrent_runs: number;
  readonly failures: readonly {
    readonly asset: string;
    readonly at_ms: number;
    readonly run: string | null;
  }[];
  readonly totals: {
    readonly runs: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly canceled: number;
    readonly unfinished: number;
    readonly materializations: number;
    readonly breaches: number;
    readonly most_waiting: number;
    readonly most_running: number;
  };
  /** In the order in which they are asked for. */
  readonly requests: readonly SimulatedRequest[];
  readonly schedules: readonly SimulatedSchedule[];
  /** Those that run, by key. */
  readonly assets: readonly SimulatedAsset[];
  readonly hours: readonly SimulatedHour[];
  /** The highest first. */
  readonly queue_peaks: readonly QueuePeak[];
  readonly breaches: readonly FreshnessBreach[];
  /** Requests that came to nothing, by why. */
  readonly faults: readonly { readonly text: string; readonly times: number }[];
  /** What was supposed where nothing is known, and what cannot be known. */
  readonly assumptions: readonly string[];
  readonly not_known: readonly string[];
}
