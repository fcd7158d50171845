// `cron` turns cron text and a time zone into instants.

/** What a cron text says, as wall-clock times. */
export interface Cron {
  readonly text: string;
  /** Ascending minutes since midnight. */
  readonly minutesOfDay: readonly number[];
  /** Whether the hour field names all 24: such a cron fires once per real hour when clocks change. */
  readonly everyHour: boolean;
  readonly months: ReadonlySet<number>;
  /** `undefined` where every day of the month will do. */
  readonly daysOfMonth: DaysOfMonth | undefined;
  /** `undefined` where every weekday will do. */
  readonly weekdays: Weekdays | undefined;
}

export interface DaysOfMonth {
  readonly days: ReadonlySet<number>;
  /** Whether the last day of the month, whichever it is, counts too. */
  readonly last: boolean;
}

/** Weekdays from 0, Sunday. */
export interface Weekdays {
  readonly every: ReadonlySet<number>;
  /** The `nth` such weekday of a month, from 1; -1 is the last. */
  readonly nth: readonly { readonly weekday: number; readonly nth: number }[];
}

/** Why a text is no cron, and what to write instead where that is known. */
export interface CronFault {
  readonly reason: string;
  readonly hint?: string;
  /** Offset of the faulty part in the text. */
  readonly offset: number;
}

interface Field {
  readonly name: string;
  readonly first: number;
  readonly last: number;
  readonly names: readonly string[];
}

const monthNames = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

const fields: readonly [Field, Field, Field, Field, Field] = [
  { name: "minute", first: 0, last: 59, names: [] },
  { name: "hour", first: 0, last: 23, names: [] },
  { name: "day of the month", first: 1, last: 31, names: [] },
  { name: "month", first: 1, last: 12, names: monthNames },
  { name: "day of the week", first: 0, last: 7, names: weekdayNames },
];

const macros: { readonly [name: string]: string } = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

const parsed = new Map<string, Cron | CronFault>();

/**
 * Reads five fields: minute, hour, day of the month, month, day of the week; or a macro such as `@daily`.
 *
 * A day counts when both day fields allow it; when neither is a plain `*`, when either does.
 */
export function readCron(text: string): Cron | CronFault {
  let cron = parsed.get(text);
  if (cron === undefined) {
    cron = read(text);
    if (parsed.size > 10_000) parsed.clear();
    parsed.set(text, cron);
  }
  return cron;
}

export function isCronFault(cron: Cron | CronFault): cron is CronFault {
  return "reason" in cron;
}

/** Thrown inside a field and caught in `read`. */
class Fault {
  readonly fault: CronFault;

  constructor(fault: CronFault) {
    this.fault = fault;
  }
}

function read(text: string): Cron | CronFault {
  const written = text.trim();
  if (written.startsWith("@")) {
    const expansion = macros[written.toLowerCase()];
    if (expansion === undefined) {
      return {
        reason: `there is no macro \`${written}\``,
        hint: `macros are ${Object.keys(macros).join(", ")}`,
        offset: 0,
      };
    }
    return { ...(readFields(expansion) as Cron), text };
  }
  try {
    const cron = readFields(text);
    return { ...cron, text };
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.fault;
    throw thrown;
  }
}

function readFields(text: string): Cron {
  const parts = [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], offset: match.index }));
  if (parts.length !== 5) throw new Fault(wrongCount(parts.map((part) => part.text)));
  const [minute, hour, day, month, weekday] = parts as [Part, Part, Part, Part, Part];
  const minutes = numbersOf(minute, fields[0]);
  const hours = numbersOf(hour, fields[1]);
  const months = new Set(numbersOf(month, fields[3]));
  const daysOfMonth = readDays(day);
  const weekdays = readWeekdays(weekday);
  if (
    daysOfMonth !== undefined &&
    weekdays === undefined &&
    !daysOfMonth.last &&
    !canHappen(daysOfMonth.days, months)
  ) {
    throw new Fault({ reason: "no such day ever comes: the months named are shorter", offset: day.offset });
  }
  return {
    text,
    minutesOfDay: hours.flatMap((h) => minutes.map((m) => h * 60 + m)),
    everyHour: hours.length === 24,
    months,
    daysOfMonth,
    weekdays,
  };
}

function wrongCount(parts: readonly string[]): CronFault {
  if (parts.length === 0)
    return { reason: "a cron text is empty", hint: "for example `0 3 * * *`", offset: 0 };
  const reason = `a cron text has five fields, not ${parts.length}`;
  if (parts.length === 6) {
    const shorter = (parts[0] === "0" ? parts.slice(1) : parts.slice(0, 5)).join(" ");
    return { reason, hint: `seconds and years are not in the language: write \`${shorter}\``, offset: 0 };
  }
  return {
    reason,
    hint: "minute, hour, day of the month, month, day of the week, as in `0 3 * * *`",
    offset: 0,
  };
}

/** A piece of the text with its offset. */
interface Part {
  readonly text: string;
  readonly offset: number;
}

function listOf(part: Part): Part[] {
  let offset = part.offset;
  return part.text.split(",").map((text) => {
    const item = { text, offset };
    offset += text.length + 1;
    return item;
  });
}

/** Ascending, without repetition. */
function numbersOf(part: Part, field: Field): number[] {
  return [...new Set(listOf(part).flatMap((item) => rangeOf(item, field)))].sort((a, b) => a - b);
}

/** One item of a list: `*`, `n`, `a-b`, each perhaps with `/step`. */
function rangeOf(item: Part, field: Field): number[] {
  const match = /^(\*|\?|[^-/]+)(?:-([^-/]+))?(?:\/(.+))?$/.exec(item.text);
  if (match === null) throw faultOf(item, field);
  const [, from = "", to, stepText] = match;
  const whole = from === "*" || (from === "?" && field.name.startsWith("day"));
  if (whole && to !== undefined) throw faultOf(item, field);
  const step = stepText === undefined ? 1 : /^\d+$/.test(stepText) ? Number(stepText) : 0;
  if (step === 0)
    throw new Fault({ reason: `\`${item.text}\` has no whole step above 0`, offset: item.offset });
  // A week has seven days although Sunday may be written as 7.
  const lastOfAll = field.last === 7 ? 6 : field.last;
  const low = whole ? field.first : numberOf({ text: from, offset: item.offset }, field);
  const high =
    to !== undefined ? endOf(to, low, { item, field }) : whole || stepText !== undefined ? lastOfAll : low;
  if (high < low) {
    throw new Fault({
      reason: `\`${item.text}\` ends before it starts`,
      hint: `write it as two ranges: \`${from}-${field.last === 7 ? 6 : field.last},${field.first}-${to ?? ""}\``,
      offset: item.offset,
    });
  }
  const numbers: number[] = [];
  for (let number = low; number <= high; number += step) numbers.push(field.last === 7 ? number % 7 : number);
  return numbers;
}

/** `sat-sun` ends on the Sunday after. */
function endOf(text: string, low: number, { item, field }: { item: Part; field: Field }): number {
  const end = numberOf({ text, offset: item.offset + item.text.indexOf("-") + 1 }, field);
  return field.last === 7 && end === 0 && low > 0 ? 7 : end;
}

function numberOf(part: Part, field: Field): number {
  const named = field.names.indexOf(part.text.toLowerCase());
  if (named >= 0) return named + field.first;
  if (!/^\d+$/.test(part.text)) throw faultOf(part, field);
  const number = Number(part.text);
  if (number < field.first || number > field.last) {
    throw new Fault({
      reason: `the ${field.name} ${number} is not between ${field.first} and ${field.last}`,
      offset: part.offset,
    });
  }
  return number;
}

function faultOf(part: Part, field: Field): Fault {
  return new Fault({
    reason: `\`${part.text}\` is no ${field.name}`,
    ...(field.names.length === 0 ? {} : { hint: `names are ${field.names.join(", ")}` }),
    offset: part.offset,
  });
}

/** A day field that is a plain `*` restricts nothing; a list or step that happens to name all days does. */
function isUnrestricted(part: Part): boolean {
  return part.text === "*" || part.text === "?";
}

function readDays(part: Part): DaysOfMonth | undefined {
  if (isUnrestricted(part)) return undefined;
  const items = listOf(part);
  const days = new Set(items.filter((item) => !isLast(item)).flatMap((item) => rangeOf(item, fields[2])));
  return { days, last: items.some(isLast) };
}

function isLast(item: Part): boolean {
  return item.text === "L" || item.text === "l";
}

function readWeekdays(part: Part): Weekdays | undefined {
  if (isUnrestricted(part)) return undefined;
  const nth: { weekday: number; nth: number }[] = [];
  const every = new Set<number>();
  for (const item of listOf(part)) {
    const match = /^([^#]+)#(\d|L)$/i.exec(item.text) ?? /^(\w+)(L)$/i.exec(item.text);
    if (match === null) {
      for (const weekday of rangeOf(item, fields[4])) every.add(weekday);
      continue;
    }
    const [, name = "", count = ""] = match;
    const number = count.toUpperCase() === "L" ? -1 : Number(count);
    if (number === 0 || number > 5) {
      throw new Fault({
        reason: `\`${item.text}\`: a month has at most five of a weekday`,
        offset: item.offset,
      });
    }
    nth.push({ weekday: numberOf({ text: name, offset: item.offset }, fields[4]) % 7, nth: number });
  }
  return { every, nth };
}

function canHappen(days: ReadonlySet<number>, months: ReadonlySet<number>): boolean {
  const longest = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  return [...months].some((month) => [...days].some((day) => day <= (longest[month - 1] as number)));
}
