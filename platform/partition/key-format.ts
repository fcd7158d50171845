import { civilDate, dayMs, daysFromDate } from "../cron/wall-clock.ts";

// Partition keys of time windows: strftime text there and back. Wall-clock times are milliseconds as if the clock
// on the wall showed UTC.

const months = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
const weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

interface Clock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly days: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

interface Directive {
  readonly pattern: string;
  readonly write: (clock: Clock) => string;
}

const two = (number: number): string => (number < 10 ? `0${number}` : `${number}`);
const digits = (count: number): string => `\\d{${count}}`;
const weekdayOf = (clock: Clock): number => (((clock.days + 4) % 7) + 7) % 7;

const directives: { readonly [letter: string]: Directive } = {
  Y: { pattern: digits(4), write: (clock) => String(clock.year).padStart(4, "0") },
  y: { pattern: digits(2), write: (clock) => two(clock.year % 100) },
  m: { pattern: digits(2), write: (clock) => two(clock.month) },
  d: { pattern: digits(2), write: (clock) => two(clock.day) },
  e: { pattern: "[ \\d]\\d", write: (clock) => String(clock.day).padStart(2) },
  j: { pattern: digits(3), write: (clock) => String(dayOfYear(clock)).padStart(3, "0") },
  H: { pattern: digits(2), write: (clock) => two(clock.hour) },
  I: { pattern: digits(2), write: (clock) => two(clock.hour % 12 === 0 ? 12 : clock.hour % 12) },
  p: { pattern: "[AP]M", write: (clock) => (clock.hour < 12 ? "AM" : "PM") },
  M: { pattern: digits(2), write: (clock) => two(clock.minute) },
  S: { pattern: digits(2), write: (clock) => two(clock.second) },
  b: { pattern: "[A-Z][a-z]{2}", write: (clock) => (months[clock.month - 1] as string).slice(0, 3) },
  B: { pattern: "[A-Z][a-z]+", write: (clock) => months[clock.month - 1] as string },
  a: { pattern: "[A-Z][a-z]{2}", write: (clock) => (weekdays[weekdayOf(clock)] as string).slice(0, 3) },
  A: { pattern: "[A-Z][a-z]+", write: (clock) => weekdays[weekdayOf(clock)] as string },
  G: { pattern: digits(4), write: (clock) => String(isoWeek(clock.days).year) },
  V: { pattern: digits(2), write: (clock) => two(isoWeek(clock.days).week) },
  u: { pattern: "[1-7]", write: (clock) => String(weekdayOf(clock) === 0 ? 7 : weekdayOf(clock)) },
};

const shorthands: { readonly [letter: string]: string } = { F: "%Y-%m-%d", T: "%H:%M:%S", R: "%H:%M" };

interface KeyFormat {
  readonly pieces: readonly (string | ((clock: Clock) => string))[];
  readonly letters: readonly string[];
  readonly pattern: RegExp;
}

const formats = new Map<string, KeyFormat | { readonly unknown: string }>();

/** The first directive of the format that is not in the language, such as `%Q`. */
export function unknownDirective(format: string): string | undefined {
  const read = formatOf(format);
  return "unknown" in read ? read.unknown : undefined;
}

/** Throws RangeError for a format with an unknown directive. */
export function formatWallTime(format: string, wall: number): string {
  const clock = clockOf(wall);
  let text = "";
  for (const piece of knownFormat(format).pieces) text += typeof piece === "string" ? piece : piece(clock);
  return text;
}

/**
 * The earliest wall-clock time that prints as `text`, as far as the format tells; `undefined` where it is no such
 * text. Names of weekdays are not looked at.
 */
export function parseWallTime(format: string, text: string): number | undefined {
  const { pattern, letters } = knownFormat(format);
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const parts = new Map(letters.map((letter, index) => [letter, match[index + 1] as string]));
  const number = (letter: string): number | undefined =>
    parts.has(letter) ? Number(parts.get(letter)) : undefined;
  const hour12 = number("I");
  const afternoon = parts.get("p") === "PM" ? 12 : 0;
  const hour = number("H") ?? (hour12 === undefined ? 0 : (hour12 % 12) + afternoon);
  const minute = number("M") ?? 0;
  const second = number("S") ?? 0;
  const day = dayOf(parts, number);
  if (day === undefined || hour > 23 || minute > 59 || second > 59) return undefined;
  return day * dayMs + hour * 3_600_000 + minute * 60_000 + second * 1000;
}

/**
 * A date or time as written for a start or an end: in the keys' own format, or `2026-01-01`, with `-HH:MM`,
 * `THH:MM` or a blank before the time.
 */
export function parseWritten(format: string, text: string): number | undefined {
  const own = unknownDirective(format) === undefined ? parseWallTime(format, text) : undefined;
  if (own !== undefined) return own;
  const match = /^(\d{4}-\d{2}-\d{2})(?:[-T ](\d{2}:\d{2})(:\d{2})?)?$/.exec(text.trim());
  if (match === null) return undefined;
  return parseWallTime("%Y-%m-%d-%H:%M:%S", `${match[1]}-${match[2] ?? "00:00"}${match[3] ?? ":00"}`);
}

type NumberOf = (letter: string) => number | undefined;

function dayOf(parts: ReadonlyMap<string, string>, number: NumberOf): number | undefined {
  if (parts.has("G") && parts.has("V")) return dayOfIsoWeek(number);
  const year = yearOf(number);
  const ordinal = number("j");
  if (ordinal !== undefined) {
    return ordinal < 1 || ordinal > 366 ? undefined : daysFromDate(year, 1, 1) + ordinal - 1;
  }
  const name = parts.get("B") ?? parts.get("b");
  const named = name === undefined ? undefined : months.findIndex((month) => month.startsWith(name)) + 1;
  const month = number("m") ?? named ?? 1;
  const day = number("d") ?? number("e") ?? 1;
  if (month < 1 || month > 12 || day < 1) return undefined;
  const days = daysFromDate(year, month, day);
  return civilDate(days).day === day ? days : undefined;
}

function dayOfIsoWeek(number: NumberOf): number | undefined {
  const week = number("V") ?? 1;
  if (week < 1 || week > 53) return undefined;
  return mondayOfFirstWeek(number("G") ?? 1970) + (week - 1) * 7 + (number("u") ?? 1) - 1;
}

/** Two digits from 69 on are of the last century, as strptime has it. */
function yearOf(number: NumberOf): number {
  const short = number("y");
  return number("Y") ?? (short === undefined ? 1970 : short + (short < 69 ? 2000 : 1900));
}

function clockOf(wall: number): Clock {
  const days = Math.floor(wall / dayMs);
  const seconds = Math.floor((wall - days * dayMs) / 1000);
  return {
    ...civilDate(days),
    days,
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
  };
}

function dayOfYear(clock: Clock): number {
  return clock.days - daysFromDate(clock.year, 1, 1) + 1;
}

/** Weeks start on Monday; the first holds 4 January. */
function isoWeek(days: number): { year: number; week: number } {
  const thursday = days - ((((days + 3) % 7) + 7) % 7) + 3;
  const { year } = civilDate(thursday);
  return { year, week: Math.floor((thursday - daysFromDate(year, 1, 1)) / 7) + 1 };
}

function mondayOfFirstWeek(year: number): number {
  const fourth = daysFromDate(year, 1, 4);
  return fourth - ((((fourth + 3) % 7) + 7) % 7);
}

function knownFormat(format: string): KeyFormat {
  const read = formatOf(format);
  if ("unknown" in read)
    throw new RangeError(`the format ${format} has the unknown directive ${read.unknown}`);
  return read;
}

function formatOf(format: string): KeyFormat | { readonly unknown: string } {
  let read = formats.get(format);
  if (read === undefined) {
    read = readFormat(format);
    if (formats.size > 1000) formats.clear();
    formats.set(format, read);
  }
  return read;
}

function readFormat(format: string): KeyFormat | { readonly unknown: string } {
  const long = format.replace(/%([FTR])/g, (_, letter: string) => shorthands[letter] as string);
  const pieces: (string | ((clock: Clock) => string))[] = [];
  const letters: string[] = [];
  let pattern = "";
  for (const [part, letter] of long.matchAll(/%(.?)|[^%]+/gs)) {
    const directive = letter === undefined ? undefined : directives[letter];
    if (directive !== undefined) {
      pieces.push(directive.write);
      letters.push(letter as string);
      pattern += `(${directive.pattern})`;
    } else if (letter === undefined || letter === "%") {
      const text = letter === "%" ? "%" : part;
      pieces.push(text);
      pattern += text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
    } else {
      return { unknown: part };
    }
  }
  return { pieces, letters, pattern: new RegExp(`^${pattern}$`) };
}
