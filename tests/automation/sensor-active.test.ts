import { expect, test } from "vitest";
import { isActive, nextActive } from "../../platform/automation/sensor-active.ts";

const timeZone = "Asia/Seoul";
const at = (local: string) => Temporal.PlainDateTime.from(local).toZonedDateTime(timeZone).toInstant();
const weekdays = [1, 2, 3, 4, 5];

// 2026-03-06 is a Friday.
test.for([
  { active: { timeZone }, now: "2026-03-07T03:00", is: true },
  { active: { timeZone, from: "08:00", to: "18:00" }, now: "2026-03-06T07:59:59", is: false },
  { active: { timeZone, from: "08:00", to: "18:00" }, now: "2026-03-06T08:00", is: true },
  { active: { timeZone, from: "08:00", to: "18:00" }, now: "2026-03-06T18:00", is: false },
  { active: { timeZone, days: weekdays }, now: "2026-03-07T12:00", is: false },
  { active: { timeZone, from: "22:00", to: "06:00", days: weekdays }, now: "2026-03-07T05:59", is: true },
  { active: { timeZone, from: "22:00", to: "06:00", days: weekdays }, now: "2026-03-07T22:30", is: false },
  { active: { timeZone, from: "22:00", to: "06:00", days: weekdays }, now: "2026-03-09T05:00", is: false },
])("with $active a sensor looks at $now: $is", ({ active, now, is }) => {
  expect(isActive(active, at(now))).toBe(is);
});

test.for([
  {
    active: { timeZone, from: "08:00", to: "18:00", days: weekdays },
    now: "2026-03-06T19:00",
    next: "2026-03-09T08:00",
  },
  { active: { timeZone, from: "08:00", to: "18:00" }, now: "2026-03-06T07:00", next: "2026-03-06T08:00" },
  { active: { timeZone, days: [7] }, now: "2026-03-06T07:00", next: "2026-03-08T00:00" },
])("a sensor that does not look at $now looks from $next", ({ active, now, next }) => {
  expect(nextActive(active, at(now))).toBe(at(next).epochMilliseconds);
});
