import type { TimePartitions } from "./partitions.ts";

/** What is written of time partitions; offsets are counted from midnight, Sunday and the first of the month. */
export interface CadenceOptions {
  readonly start: string;
  readonly end?: string;
  readonly timeZone?: string;
  readonly format?: string;
  readonly minuteOffset?: number;
  readonly hourOffset?: number;
  /** Weekly: 0 is Sunday. Monthly: day of the month. */
  readonly dayOffset?: number;
  readonly endOffset?: number;
  readonly exclusions?: readonly string[];
}

export type Cadence = NonNullable<TimePartitions["cadence"]>;

/** Time partitions of a usual cadence (spec/automation.md §3.1). */
export function cadencePartitions(cadence: Cadence, options: CadenceOptions): TimePartitions {
  const minute = options.minuteOffset ?? 0;
  const hour = options.hourOffset ?? 0;
  const cron = {
    hourly: `${minute} * * * *`,
    daily: `${minute} ${hour} * * *`,
    weekly: `${minute} ${hour} * * ${options.dayOffset ?? 0}`,
    monthly: `${minute} ${hour} ${options.dayOffset ?? 1} * *`,
  }[cadence];
  return {
    type: "time",
    cron,
    start: options.start,
    ...(options.end === undefined ? {} : { end: options.end }),
    timeZone: options.timeZone ?? "UTC",
    format: options.format ?? (cadence === "hourly" ? "%Y-%m-%d-%H:%M" : "%Y-%m-%d"),
    endOffset: options.endOffset ?? 0,
    ...(options.exclusions === undefined ? {} : { exclusions: options.exclusions }),
    cadence,
  };
}
