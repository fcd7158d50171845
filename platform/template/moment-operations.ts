import { type Operation, operation } from "./signature.ts";
import { templateError } from "./template-error.ts";

/** Moments in templates are ISO 8601 text; without an offset they are UTC. */
export const momentOperations: readonly (readonly [string, Operation])[] = Object.entries({
  in_timezone: operation("name", (_, moment: unknown, name: unknown) => inTimeZone(moment, name)),
  strftime: operation("format", (_, moment: unknown, format: unknown) => strftime(moment, format)),
});

function inTimeZone(moment: unknown, name: unknown): string {
  try {
    return zoned(moment).withTimeZone(textOf(name, "a time zone")).toString();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw templateError(`there is no time zone ${JSON.stringify(name)}`);
  }
}

const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
const named = (moment: Temporal.ZonedDateTime, options: Intl.DateTimeFormatOptions): string =>
  moment.toPlainDate().toLocaleString("en-US", { calendar: "iso8601", ...options });

const codes: { readonly [code: string]: (moment: Temporal.ZonedDateTime) => string } = {
  Y: ({ year }) => pad(year, 4),
  y: ({ year }) => pad(year % 100),
  m: ({ month }) => pad(month),
  d: ({ day }) => pad(day),
  H: ({ hour }) => pad(hour),
  I: ({ hour }) => pad(hour % 12 === 0 ? 12 : hour % 12),
  p: ({ hour }) => (hour < 12 ? "AM" : "PM"),
  M: ({ minute }) => pad(minute),
  S: ({ second }) => pad(second),
  f: ({ millisecond, microsecond }) => pad(millisecond * 1000 + microsecond, 6),
  j: ({ dayOfYear }) => pad(dayOfYear, 3),
  a: (moment) => named(moment, { weekday: "short" }),
  A: (moment) => named(moment, { weekday: "long" }),
  b: (moment) => named(moment, { month: "short" }),
  B: (moment) => named(moment, { month: "long" }),
  u: ({ dayOfWeek }) => String(dayOfWeek),
  w: ({ dayOfWeek }) => String(dayOfWeek % 7),
  G: ({ yearOfWeek }) => pad(yearOfWeek ?? 0, 4),
  V: ({ weekOfYear }) => pad(weekOfYear ?? 0),
  z: ({ offset }) => offset.replaceAll(":", ""),
  Z: ({ timeZoneId }) => timeZoneId,
  s: ({ epochMilliseconds }) => String(Math.floor(epochMilliseconds / 1000)),
  F: (moment) => moment.toPlainDate().toString(),
  T: (moment) => moment.toPlainTime().toString({ smallestUnit: "second" }),
  "%": () => "%",
};

function strftime(moment: unknown, format: unknown): string {
  const at = zoned(moment);
  return textOf(format, "a format").replaceAll(/%(.)/gs, (_whole, code: string) => {
    const write = codes[code];
    if (write !== undefined) return write(at);
    throw templateError(`strftime knows no code %${code}`);
  });
}

function zoned(moment: unknown): Temporal.ZonedDateTime {
  const text = textOf(moment, "a moment");
  try {
    if (text.includes("[")) return Temporal.ZonedDateTime.from(text);
    const offset = /T.*([+-]\d\d:?\d\d)$/.exec(text)?.[1];
    if (offset !== undefined) return Temporal.Instant.from(text).toZonedDateTimeISO(offset);
    if (/Z$/i.test(text)) return Temporal.Instant.from(text).toZonedDateTimeISO("UTC");
    return Temporal.PlainDateTime.from(text).toZonedDateTime("UTC");
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw templateError(`${JSON.stringify(text)} is no moment, such as 2026-01-31T09:00:00Z`);
  }
}

function textOf(value: unknown, what: string): string {
  if (typeof value === "string") return value;
  throw templateError(`${what} is text here`);
}
