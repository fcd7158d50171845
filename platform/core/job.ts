import type { CodeReference, Origins } from "./code-reference.ts";
import type { Json } from "./metadata.ts";
import type { PartitionsDefinition } from "./partitions.ts";
import type { RunConfig, RunRetryPolicy } from "./run.ts";

/** A named selection of assets (or a graph of ops) to run together. */
export interface JobSpec {
  readonly name: string;
  /** Text of a selection, resolved against the snapshot in force when it is asked for. */
  readonly selection: string;
  /** Names of steps without assets that it runs besides; the selection may match nothing then. */
  readonly steps?: readonly string[];
  readonly description?: string;
  readonly tags?: { readonly [key: string]: string };
  /** Of a job of ops; a job of assets has those of its assets. */
  readonly partitions?: PartitionsDefinition;
  readonly config?: RunConfig;
  /** Resources that its steps get instead of those that they name. */
  readonly resources?: { readonly [key: string]: string };
  /** Names of hooks that are called at the end of each of its steps. */
  readonly hooks?: readonly string[];
  readonly priority?: number;
  readonly maxRuntimeSeconds?: number;
  readonly retryPolicy?: RunRetryPolicy;
  /** What differs in an environment, by its name; settled by the merge, so a snapshot has none. */
  readonly environments?: { readonly [environment: string]: JobBinding };
  readonly codeReferences?: readonly CodeReference[];
  readonly origins?: Origins;
}

/** What a job may bind differently in an environment. */
export interface JobBinding {
  readonly config?: RunConfig;
  readonly resources?: { readonly [key: string]: string };
  readonly tags?: { readonly [key: string]: string };
}

/** What a schedule or sensor asks for: text of a selection, or the name of a job. */
export type Target = { readonly selection: string } | { readonly job: string };

export const instigatorStatuses = ["running", "stopped"] as const;
/** Whether a schedule or sensor is on when nobody has switched it. */
export type InstigatorStatus = (typeof instigatorStatuses)[number];

/** What to do about ticks that passed while nobody watched. */
export type CatchUp =
  | { readonly type: "none" | "latest" }
  | { readonly type: "all"; readonly max: number }
  | { readonly type: "window"; readonly seconds: number };

/** How long after the end of a partition's window a schedule ticks; what is not given is as in the partitions. */
export interface CronOffsets {
  readonly minuteOfHour?: number;
  readonly hourOfDay?: number;
  /** 0 is Sunday. */
  readonly dayOfWeek?: number;
  readonly dayOfMonth?: number;
}

export interface ScheduleSpec {
  readonly name: string;
  /** One or several cron texts; equal instants tick once. */
  readonly cron: string | readonly string[];
  /** Made instead of `cron` and its time zone; settled by the merge, so a snapshot has none. */
  readonly cronFromPartitions?: CronOffsets;
  readonly timeZone: string;
  readonly target: Target;
  /** For a partitioned target: `latest` complete partition unless said otherwise. */
  readonly partition?: string;
  readonly tags?: { readonly [key: string]: string };
  readonly description?: string;
  readonly defaultStatus: InstigatorStatus;
  readonly catchUp?: CatchUp;
  readonly overlap?: "allow" | "skip" | "queue" | "cancel_previous";
  /** Spreads the tick over so many seconds, by a hash of the name. */
  readonly jitterSeconds?: number;
  readonly codeReferences?: readonly CodeReference[];
  readonly origins?: Origins;
}

/** Hours and days in which a sensor looks; a window that ends at or before its start goes on past midnight. */
export interface ActiveTimes {
  /** `HH:MM`, both or none; the whole day unless given. The end is outside. */
  readonly from?: string;
  readonly to?: string;
  /** Days on which a window begins, 1 (Monday) to 7; all unless given. */
  readonly days?: readonly number[];
  readonly timeZone: string;
}

export interface SensorSpec {
  readonly name: string;
  readonly kind: "function" | "run_status" | "asset" | "file" | "http" | "sql" | "webhook" | "automation";
  readonly target?: Target;
  /** Least number of seconds between the starts of two ticks. */
  readonly minimumIntervalSeconds: number;
  readonly tags?: { readonly [key: string]: string };
  readonly description?: string;
  readonly defaultStatus: InstigatorStatus;
  /** Always unless given. */
  readonly active?: ActiveTimes;
  /** An evaluation by user code is given up after so long; 60 unless given. */
  readonly timeoutSeconds?: number;
  /** Settings of its kind, such as the folder of a file sensor. */
  readonly settings?: { readonly [key: string]: Json };
  readonly resources?: readonly string[];
  readonly codeReferences?: readonly CodeReference[];
  readonly origins?: Origins;
}

/** A configured outside system given to steps, without the code that opens it. */
export interface ResourceSpec {
  readonly key: string;
  /** Name of its class, such as `duckdb` or `postgres`. */
  readonly type: string;
  readonly description?: string;
  /** JSON Schema of its config in a run; without one it takes none. */
  readonly configSchema?: Json;
  /** Settings with secrets masked; the code that opens it holds the real ones. */
  readonly settings?: { readonly [key: string]: Json };
  /** Keys of resources that it uses itself. */
  readonly uses?: readonly string[];
  /** Pools that every step takes that uses it; then it is closed whenever no step uses it. */
  readonly pools?: readonly string[];
  readonly codeReferences?: readonly CodeReference[];
  readonly origins?: Origins;
}

/** A named limit on what runs at once. */
export interface PoolSpec {
  readonly name: string;
  readonly limit: number;
  /** `run`: a run holds it from start to end; `step` unless given. */
  readonly granularity?: "step" | "run";
}
