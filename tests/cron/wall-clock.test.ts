import { expect, test } from "vitest";
import { civilDate, daysFromDate } from "../../platform/cron/wall-clock.ts";

test("days and dates are each other's inverse, and the calendar's", () => {
  for (let day = -200_000; day < 200_000; day += 97) {
    const { year, month, day: dayOfMonth } = civilDate(day);
    const { year: y, month: m, day: d } = Temporal.PlainDate.from("1970-01-01").add({ days: day });
    expect([year, month, dayOfMonth]).toEqual([y, m, d]);
    expect(daysFromDate(year, month, dayOfMonth)).toBe(day);
  }
});
