import type { ActiveTimes } from "../core/job.ts";

/** Whether a sensor looks at this moment. */
export function isActive(active: ActiveTimes | undefined, now: Temporal.Instant): boolean {
  if (active === undefined) return true;
  const { from, to, days, timeZone } = active;
  const local = now.toZonedDateTimeISO(timeZone);
  const beginsOn = (date: Temporal.PlainDate): boolean => days === undefined || days.includes(date.dayOfWeek);
  const today = local.toPlainDate();
  if (from === undefined || to === undefined) return beginsOn(today);
  const time = local.toPlainTime();
  const isAfterStart = Temporal.PlainTime.compare(time, from) >= 0;
  const isBeforeEnd = Temporal.PlainTime.compare(time, to) < 0;
  if (Temporal.PlainTime.compare(from, to) < 0) return isAfterStart && isBeforeEnd && beginsOn(today);
  return (isAfterStart && beginsOn(today)) || (isBeforeEnd && beginsOn(today.subtract({ days: 1 })));
}

/** The next moment (milliseconds since 1970) at which a window begins that is closed now; within a week and a day. */
export function nextActive({ from, days, timeZone }: ActiveTimes, now: Temporal.Instant): number | undefined {
  const today = now.toZonedDateTimeISO(timeZone).toPlainDate();
  for (let ahead = 0; ahead <= 8; ahead++) {
    const date = today.add({ days: ahead });
    if (days !== undefined && !days.includes(date.dayOfWeek)) continue;
    const start = date.toZonedDateTime({ timeZone, plainTime: from ?? "00:00" }).toInstant();
    if (Temporal.Instant.compare(start, now) > 0) return start.epochMilliseconds;
  }
  return undefined;
}
