import { parseDurationSeconds } from "../core/duration.ts";
import type { CronOffsets, InstigatorStatus, ScheduleSpec } from "../core/job.ts";
import { type AutomationTarget, targetOf } from "./automation-target.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";

export interface ScheduleDefinition extends Required<Pick<Definitions, "schedules">> {
  readonly spec: ScheduleSpec;
  readonly [definitionsMark]: true;
}

export interface ScheduleOptions extends AutomationTarget {
  /** Such as `0 3 * * *`; of several texts, equal moments tick once. Exactly one of this and `cronFromPartitions`. */
  readonly cron?: string | readonly string[];
  /** A tick at the end of each window of the target's partitions, or so long after. */
  readonly cronFromPartitions?: CronOffsets;
  /** Of `cron`; UTC unless given. */
  readonly timeZone?: string;
  /** Of a partitioned target: `latest` complete partition unless given, `all`, or a key. */
  readonly partition?: string;
  readonly tags?: { readonly [key: string]: string };
  readonly description?: string;
  /** Whether it is on when nobody has switched it; `stopped` unless given. */
  readonly defaultStatus?: InstigatorStatus;
  /** Ticks that passed unwatched: none, the latest (unless given), at most so many, or those of a window such as `6h`. */
  readonly catchUp?: "none" | "latest" | { readonly all: number } | { readonly window: string };
  /** What a tick does while a run of an earlier one goes on. */
  readonly overlap?: NonNullable<ScheduleSpec["overlap"]>;
  /** Spreads the ticks of many schedules over so long, such as `5m`. */
  readonly jitter?: string;
}

/** Defines a schedule: runs of a selection or a job at the ticks of a cron text. Throws TypeError and RangeError. */
export function schedule(name: string, options: ScheduleOptions): ScheduleDefinition {
  const { cron, cronFromPartitions, timeZone = "UTC", defaultStatus = "stopped" } = options;
  if ((cron === undefined) === (cronFromPartitions === undefined))
    throw new TypeError(`the schedule \`${name}\` takes exactly one of \`cron\` and \`cronFromPartitions\``);
  const { partition, tags, description, overlap, jitter } = options;
  const catchUp = catchUpOf(name, options.catchUp);
  const spec: ScheduleSpec = {
    name,
    cron: cron ?? [],
    ...(cronFromPartitions === undefined ? {} : { cronFromPartitions }),
    timeZone,
    target: targetOf(`the schedule \`${name}\``, options),
    defaultStatus,
    ...(partition === undefined ? {} : { partition }),
    ...(tags === undefined ? {} : { tags }),
    ...(description === undefined ? {} : { description }),
    ...(catchUp === undefined ? {} : { catchUp }),
    ...(overlap === undefined ? {} : { overlap }),
    ...(jitter === undefined ? {} : { jitterSeconds: secondsOf(jitter, `\`jitter\` of \`${name}\``) }),
  };
  return { spec, schedules: [spec], [definitionsMark]: true };
}

function catchUpOf(name: string, written: ScheduleOptions["catchUp"]): ScheduleSpec["catchUp"] {
  if (written === undefined) return undefined;
  if (typeof written === "string") return { type: written };
  if ("window" in written)
    return { type: "window", seconds: secondsOf(written.window, `the catch-up window of \`${name}\``) };
  if (!Number.isInteger(written.all) || written.all < 1)
    throw new RangeError(`the schedule \`${name}\` catches up with ${written.all} ticks: write 1 or more`);
  return { type: "all", max: written.all };
}

function secondsOf(text: string, what: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined || seconds <= 0)
    throw new RangeError(`${what} is no length of time: \`${text}\``);
  return seconds;
}
