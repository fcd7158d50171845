import { canonicalJson } from "../core/canonical-json.ts";
import type { TimePartitions } from "../core/partitions.ts";
import { isEveryHour, parseCron, tickTimesBack, tickTimesFrom } from "../cron/ticks.ts";
import { type Zone, zoneNamed } from "../cron/time-zone.ts";
import { formatWallTime, parseWallTime, parseWritten } from "./key-format.ts";

/** A half-open stretch of time in milliseconds since 1970. */
export interface WindowMs {
  readonly start: number;
  readonly end: number;
}

const known = new Map<string, TimeWindows>();
const byObject = new WeakMap<TimePartitions, TimeWindows>();

/** The windows of a definition; equal definitions share one list. Throws RangeError for an invalid one. */
export function timeWindowsOf(definition: TimePartitions): TimeWindows {
  let windows = byObject.get(definition);
  if (windows === undefined) {
    const { cadence: _cadence, ...meaning } = definition;
    const text = canonicalJson(meaning);
    windows = known.get(text) ?? new TimeWindows(definition);
    if (known.size > 1000) known.clear();
    known.set(text, windows);
    byObject.set(definition, windows);
  }
  return windows;
}

/**
 * All windows of a time definition in order, numbered from 0 at its start. They are made as far as somebody asks.
 *
 * A window exists when it has ended, shifted by `endOffset` windows, and never beyond the definition's `end`.
 */
export class TimeWindows {
  readonly definition: TimePartitions;
  readonly #zone: Zone;
  readonly #everyHour: boolean;
  readonly #excludedStarts: ReadonlySet<number>;
  readonly #excludedCrons: readonly string[];
  readonly #endMs: number;
  readonly #starts: number[] = [];
  /** Keys by number, and numbers by key, as far as somebody asked. */
  readonly #keys: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #ends: number[] = [];
  readonly #ticks: Iterator<number>;
  /** Start of the window that is not in the lists yet; `undefined` when there are no further ticks. */
  #next: number | undefined;
  readonly firstTick: number;

  constructor(definition: TimePartitions) {
    const { cron, timeZone, format, start, end, exclusions = [] } = definition;
    this.definition = definition;
    this.#zone = zoneNamed(timeZone);
    this.#everyHour = isEveryHour(cron);
    const instantOf = (text: string): number => {
      const wall = parseWritten(format, text);
      if (wall === undefined) throw new RangeError(`${text} is no time in the format ${format}`);
      return this.#zone.instantOf(wall);
    };
    this.#excludedCrons = exclusions.filter(
      (text) => parseWritten(format, text) === undefined && parseCron(text).ok,
    );
    this.#excludedStarts = new Set(
      exclusions.filter((text) => !this.#excludedCrons.includes(text)).map(instantOf),
    );
    this.#endMs = end === undefined ? Number.POSITIVE_INFINITY : instantOf(end);
    this.#ticks = tickTimesFrom(cron, timeZone, instantOf(start))[Symbol.iterator]();
    this.#next = this.#ticks.next().value;
    this.firstTick = this.#next ?? Number.POSITIVE_INFINITY;
  }

  /** How many windows exist at `nowMs`. */
  count(nowMs: number): number {
    const complete = this.#completeAt(nowMs);
    const { endOffset } = this.definition;
    if (endOffset <= 0) return Math.max(0, complete + endOffset);
    this.#extend(() => this.#starts.length < complete + endOffset);
    return Math.min(complete + endOffset, this.#starts.length);
  }

  /** The next moment after `nowMs` at which another window exists; nothing where the last one is there. */
  nextChange(nowMs: number): number | undefined {
    const complete = this.#completeAt(nowMs);
    this.#extend(() => this.#ends.length <= complete);
    return this.#ends[complete];
  }

  /** Throws RangeError for a number that no window has. */
  window(index: number): WindowMs {
    this.#extend(() => this.#starts.length <= index);
    const start = this.#starts[index];
    const end = this.#ends[index];
    if (start === undefined || end === undefined) throw new RangeError(`there is no time window ${index}`);
    return { start, end };
  }

  key(index: number): string {
    let key = this.#keys[index];
    if (key === undefined) {
      key = this.keyOf(this.window(index).start);
      this.#keys[index] = key;
    }
    return key;
  }

  /** The key of a window that starts at `startMs`, whether or not it exists. */
  keyOf(startMs: number): string {
    const offset = this.#zone.offsetAt(startMs);
    const text = formatWallTime(this.definition.format, startMs + offset);
    return this.#everyHour && this.#zone.isRepeated(startMs) ? text + offsetText(offset) : text;
  }

  /** -1 for a text that is no key of this definition, past or future. */
  indexOf(key: string): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const earliest = this.#instantOfKey(key);
    if (earliest === undefined) return -1;
    const index = this.firstFrom(earliest);
    if (index >= this.#starts.length || this.key(index) !== key) return -1;
    this.#places.set(key, index);
    return index;
  }

  /** Number of the first window that starts at or after `ms`; one more than the last where none does. */
  firstFrom(ms: number): number {
    this.#extend(() => (this.#starts.at(-1) ?? Number.NEGATIVE_INFINITY) < ms);
    return firstAtLeast(this.#starts, ms);
  }

  /** Number of the first window that ends after `ms`. */
  firstEndingAfter(ms: number): number {
    this.#extend(() => (this.#ends.at(-1) ?? Number.NEGATIVE_INFINITY) <= ms);
    return firstAtLeast(this.#ends, ms + 1);
  }

  /** Windows that share a moment with `[start, end)`, also before the start, in the future and past the end. */
  *overlapping({ start, end }: WindowMs): Generator<WindowMs> {
    const { cron, timeZone } = this.definition;
    let from: number | undefined;
    for (const tick of tickTimesBack(cron, timeZone, start)) {
      from = tick;
      break;
    }
    let opened: number | undefined;
    for (const tick of tickTimesFrom(cron, timeZone, from ?? start)) {
      if (opened !== undefined && !this.#isExcluded(opened)) yield { start: opened, end: tick };
      if (tick >= end) return;
      opened = tick;
    }
  }

  /** The instant `count` ticks after (before, when negative) a tick of this definition. */
  shift(ms: number, count: number): number {
    const { cron, timeZone } = this.definition;
    let left = Math.abs(count);
    for (const tick of count < 0
      ? tickTimesBack(cron, timeZone, ms - 1)
      : tickTimesFrom(cron, timeZone, ms + 1)) {
      if (left === 0) break;
      left--;
      if (left === 0) return tick;
    }
    return ms;
  }

  #completeAt(nowMs: number): number {
    this.#extend(() => (this.#ends.at(-1) ?? Number.NEGATIVE_INFINITY) <= nowMs);
    return firstAtLeast(this.#ends, nowMs + 1);
  }

  /** Makes windows while `isWanted` says so and there are any. */
  #extend(isWanted: () => boolean): void {
    while (this.#next !== undefined && isWanted()) {
      const start: number = this.#next;
      const end: number | undefined = this.#ticks.next().value;
      if (end === undefined || end > this.#endMs) {
        this.#next = undefined;
        return;
      }
      this.#next = end;
      if (this.#isExcluded(start)) continue;
      this.#starts.push(start);
      this.#ends.push(end);
    }
  }

  #isExcluded(start: number): boolean {
    if (this.#excludedStarts.has(start)) return true;
    return this.#excludedCrons.some((cron) => {
      for (const tick of tickTimesFrom(cron, this.definition.timeZone, start)) return tick === start;
      return false;
    });
  }

  #instantOfKey(key: string): number | undefined {
    const wall = parseWallTime(this.definition.format, key);
    if (wall !== undefined) return this.#zone.instantOf(wall);
    const match = /^(.*)([+-])(\d{2})(\d{2})$/s.exec(key);
    if (match === null || !this.#everyHour) return undefined;
    const [, text = "", sign, hours, minutes] = match;
    const suffixed = parseWallTime(this.definition.format, text);
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000;
    return suffixed === undefined ? undefined : suffixed - (sign === "-" ? -offset : offset);
  }
}

function offsetText(offset: number): string {
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  const two = (number: number): string => String(number).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}${two(minutes % 60)}`;
}

function firstAtLeast(ascending: readonly number[], wanted: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}
