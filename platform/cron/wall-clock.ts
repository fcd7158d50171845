import type { Cron } from "./cron-text.ts";

// Wall-clock times are counted in milliseconds as if the clock on the wall showed UTC.

export const minuteMs = 60_000;
export const dayMs = 86_400_000;

/** A cron that names days at all finds one within 40 years (29 February on a given weekday across 2100). */
const longestWaitDays = 41 * 366;

/** Wall-clock times of `cron` from `from` (inclusive) up to `end` (exclusive), ascending. */
export function* wallTimes(cron: Cron, from: number, end: number): Generator<number> {
  let day = Math.floor(from / dayMs);
  let firstMinute = Math.ceil((from - day * dayMs) / minuteMs);
  let waited = 0;
  for (; day * dayMs < end && waited < longestWaitDays; day++, firstMinute = 0) {
    if (!isDayOf(cron, day)) {
      waited++;
      continue;
    }
    waited = 0;
    for (const minute of cron.minutesOfDay) {
      if (minute < firstMinute) continue;
      const time = day * dayMs + minute * minuteMs;
      if (time >= end) return;
      yield time;
    }
  }
}

/** Wall-clock times of `cron` from `from` (inclusive) back to `end` (inclusive), descending. */
export function* wallTimesBack(cron: Cron, from: number, end: number): Generator<number> {
  let waited = 0;
  for (let day = Math.floor(from / dayMs); (day + 1) * dayMs > end && waited < longestWaitDays; day--) {
    if (!isDayOf(cron, day)) {
      waited++;
      continue;
    }
    waited = 0;
    for (let index = cron.minutesOfDay.length - 1; index >= 0; index--) {
      const time = day * dayMs + (cron.minutesOfDay[index] as number) * minuteMs;
      if (time < end) return;
      if (time <= from) yield time;
    }
  }
}

/** Whether the cron names the day, counted from 1970-01-01. */
function isDayOf(cron: Cron, day: number): boolean {
  const { daysOfMonth, weekdays, months } = cron;
  if (daysOfMonth === undefined && weekdays === undefined && months.size === 12) return true;
  const date = civilDate(day);
  if (!months.has(date.month)) return false;
  if (daysOfMonth === undefined && weekdays === undefined) return true;
  const lastDay = monthLength(date.year, date.month);
  const byDay =
    daysOfMonth !== undefined &&
    (daysOfMonth.days.has(date.day) || (daysOfMonth.last && date.day === lastDay));
  if (weekdays === undefined) return byDay;
  if (byDay) return true;
  const weekday = (((day + 4) % 7) + 7) % 7;
  return (
    weekdays.every.has(weekday) ||
    weekdays.nth.some(
      (rule) =>
        rule.weekday === weekday &&
        (rule.nth === -1 ? date.day > lastDay - 7 : Math.ceil(date.day / 7) === rule.nth),
    )
  );
}

/** The Gregorian date of a day counted from 1970-01-01. Years start in March here, so the leap day comes last. */
export function civilDate(day: number): { year: number; month: number; day: number } {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** The day counted from 1970-01-01; a day past the end of its month runs into the next one. */
export function daysFromDate(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return (
    era * 146_097 +
    yearOfEra * 365 +
    Math.floor(yearOfEra / 4) -
    Math.floor(yearOfEra / 100) +
    dayOfYear -
    719_468
  );
}

function monthLength(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
