import type { CronOffsets } from "../core/job.ts";
import type { PartitionsDefinition, TimePartitions } from "../core/partitions.ts";

/** When a schedule ticks that follows partitions, or in words why it cannot. */
export type PartitionCron =
  | { readonly cron: string; readonly timeZone: string }
  | { readonly reason: string };

/** Offsets that a cadence knows, which are the fields of its cron text that are numbers. */
const offsetsOf = {
  hourly: ["minuteOfHour"],
  daily: ["minuteOfHour", "hourOfDay"],
  weekly: ["minuteOfHour", "hourOfDay", "dayOfWeek"],
  monthly: ["minuteOfHour", "hourOfDay", "dayOfMonth"],
} as const satisfies { readonly [cadence in NonNullable<TimePartitions["cadence"]>]: unknown };

const fieldOf = { minuteOfHour: 0, hourOfDay: 1, dayOfMonth: 2, dayOfWeek: 4 } as const;

/**
 * A tick for each window of the partitions, at its end; the offsets say when after that. Of several dimensions the one
 * of time counts.
 */
export function partitionCron(
  partitions: PartitionsDefinition | undefined,
  offsets: CronOffsets,
): PartitionCron {
  const sides = partitions?.type === "multi" ? Object.values(partitions.dimensions) : [partitions];
  const time = sides.find((side) => side?.type === "time");
  if (time === undefined) return { reason: "its target has no time partitions to make a cron text of" };
  const given = Object.keys(offsets) as (keyof CronOffsets)[];
  const known: readonly string[] = time.cadence === undefined ? [] : offsetsOf[time.cadence];
  const wrong = given.find((name) => !known.includes(name));
  if (wrong !== undefined) {
    const whose = time.cadence ?? "of a cron text of their own";
    return { reason: `its target's partitions are ${whose}, which have no ${wordsOf(wrong)}` };
  }
  const fields = time.cron.trim().split(/\s+/);
  for (const name of given) fields[fieldOf[name]] = String(offsets[name]);
  return { cron: fields.join(" "), timeZone: time.timeZone };
}

function wordsOf(name: keyof CronOffsets): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
