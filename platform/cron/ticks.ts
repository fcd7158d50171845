import { type Cron, type CronFault, isCronFault, readCron } from "./cron-text.ts";
import { isTimeZone, type Zone, type ZoneSpell, zoneNamed } from "./time-zone.ts";
import { wallTimes, wallTimesBack } from "./wall-clock.ts";

// One rule for changing clocks (spec/automation.md §4.1). A cron that fires every hour follows real time: it skips
// wall times that do not exist and fires at both of a repeated one. Any other cron fires once a day that names
// it: at the first instant after a gap, and at the second of two.

/** One or several cron texts; equal instants tick once. */
export type CronText = string | readonly string[];

export type ParsedCron =
  | { readonly ok: true }
  | ({ readonly ok: false; readonly field: "cron" | "timeZone" } & CronFault);

/** Whether ticks can be had of the text (each text of a list) and the time zone. */
export function parseCron(cron: CronText, timeZone = "UTC"): ParsedCron {
  const texts = textsOf(cron);
  if (texts.length === 0)
    return { ok: false, field: "cron", reason: "there is no cron text in the list", offset: 0 };
  for (const text of texts) {
    const read = readCron(text);
    if (isCronFault(read)) return { ok: false, field: "cron", ...read };
  }
  if (isTimeZone(timeZone)) return { ok: true };
  return {
    ok: false,
    field: "timeZone",
    reason: `there is no time zone \`${timeZone}\``,
    hint: "names are those of the IANA list, such as `Europe/Berlin` or `UTC`",
    offset: 0,
  };
}

/** Ticks from `from` (inclusive) on, without end. Throws RangeError where `parseCron` says no. */
export function* ticksFrom(
  cron: CronText,
  timeZone: string,
  from: Temporal.Instant,
): Generator<Temporal.Instant> {
  for (const ms of tickTimesFrom(cron, timeZone, from.epochMilliseconds)) {
    // An instant below the millisecond would otherwise get the tick just before it.
    const tick = Temporal.Instant.fromEpochMilliseconds(ms);
    if (Temporal.Instant.compare(tick, from) >= 0) yield tick;
  }
}

/** Ticks from `from` (inclusive) back, newest first. */
export function* ticksBack(
  cron: CronText,
  timeZone: string,
  from: Temporal.Instant,
): Generator<Temporal.Instant> {
  for (const ms of tickTimesBack(cron, timeZone, from.epochMilliseconds))
    yield Temporal.Instant.fromEpochMilliseconds(ms);
}

/** Ticks in `[from, to)`, ascending. */
export function* ticksBetween(
  cron: CronText,
  timeZone: string,
  { from, to }: { readonly from: Temporal.Instant; readonly to: Temporal.Instant },
): Generator<Temporal.Instant> {
  for (const tick of ticksFrom(cron, timeZone, from)) {
    if (Temporal.Instant.compare(tick, to) >= 0) return;
    yield tick;
  }
}

/** The first tick at or after `at`. */
export function nextTick(
  cron: CronText,
  timeZone: string,
  at: Temporal.Instant,
): Temporal.Instant | undefined {
  for (const tick of ticksFrom(cron, timeZone, at)) return tick;
  return undefined;
}

/** The same in milliseconds since 1970, for dense use. */
export function tickTimesFrom(cron: CronText, timeZone: string, fromMs: number): Iterable<number> {
  const zone = zoneNamed(timeZone);
  const lists = cronsOf(cron).map((one) => forward(one, zone, fromMs));
  return lists.length === 1 ? (lists[0] as Iterable<number>) : merged(lists, (a, b) => a < b);
}

export function tickTimesBack(cron: CronText, timeZone: string, fromMs: number): Iterable<number> {
  const zone = zoneNamed(timeZone);
  const lists = cronsOf(cron).map((one) => backward(one, zone, fromMs));
  return lists.length === 1 ? (lists[0] as Iterable<number>) : merged(lists, (a, b) => a > b);
}

function* forward(cron: Cron, zone: Zone, fromMs: number): Generator<number> {
  let index = zone.indexAt(fromMs);
  for (let spell = zone.spell(index); spell !== undefined; spell = zone.spell(++index)) {
    const start = Math.max(spell.start, fromMs);
    const atGap = spell.start >= fromMs && firesInGap(cron, zone, index);
    if (atGap) yield spell.start;
    const end = spell.end + spell.offset;
    for (const wall of wallTimes(
      cron,
      start + spell.offset,
      cron.everyHour ? end : Math.min(end, repeatedFrom(zone, index)),
    )) {
      const tick = wall - spell.offset;
      if (!(atGap && tick === spell.start)) yield tick;
    }
  }
}

function* backward(cron: Cron, zone: Zone, fromMs: number): Generator<number> {
  let index = zone.indexAt(fromMs);
  for (let spell = zone.spell(index); spell !== undefined; spell = zone.spell(--index)) {
    const end = spell.end + spell.offset;
    const lastWall = (cron.everyHour ? end : Math.min(end, repeatedFrom(zone, index))) - 1;
    const from = Math.min(fromMs + spell.offset, lastWall);
    let atStart = false;
    for (const wall of wallTimesBack(cron, from, spell.start + spell.offset)) {
      atStart = wall - spell.offset === spell.start;
      yield wall - spell.offset;
    }
    if (!atStart && firesInGap(cron, zone, index)) yield spell.start;
  }
}

/** The wall time from which the next spell shows again what this one has shown; past its end where it does not. */
function repeatedFrom(zone: Zone, index: number): number {
  const next = zone.spell(index + 1);
  return next === undefined ? Number.POSITIVE_INFINITY : next.start + next.offset;
}

/** Whether clocks jumped over a wall time of the cron where the spell begins. */
function firesInGap(cron: Cron, zone: Zone, index: number): boolean {
  if (cron.everyHour) return false;
  const before = zone.spell(index - 1);
  const spell = zone.spell(index) as ZoneSpell;
  if (before === undefined || before.offset >= spell.offset) return false;
  for (const _wall of wallTimes(cron, before.end + before.offset, spell.start + spell.offset)) return true;
  return false;
}

/** One ordered stream of several, each value once. */
function* merged(
  lists: readonly Iterator<number>[],
  isBefore: (a: number, b: number) => boolean,
): Generator<number> {
  const heads = lists.map((list) => list.next());
  for (;;) {
    let least: number | undefined;
    for (const head of heads) {
      if (head.done !== true && (least === undefined || isBefore(head.value, least))) least = head.value;
    }
    if (least === undefined) return;
    yield least;
    for (const [index, head] of heads.entries()) {
      if (head.done !== true && head.value === least)
        heads[index] = (lists[index] as Iterator<number>).next();
    }
  }
}

function textsOf(cron: CronText): readonly string[] {
  return typeof cron === "string" ? [cron] : cron;
}

function cronsOf(cron: CronText): Cron[] {
  return textsOf(cron).map((text) => {
    const read = readCron(text);
    if (isCronFault(read)) throw new RangeError(`${read.reason}: ${JSON.stringify(text)}`);
    return read;
  });
}

/** Whether the hour fields name all hours, so that keys of a repeated hour must be told apart. */
export function isEveryHour(cron: CronText): boolean {
  return cronsOf(cron).some((one) => one.everyHour);
}
