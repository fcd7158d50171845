import type { PartitionMapping } from "../core/partitions.ts";
import { intersectOrdinals, type Ordinals, ordinalsOfIntervals, ordinalsOfNumbers } from "./ordinals.ts";
import type { TimeKeys } from "./partition-keys.ts";
import { samePartitions } from "./same-partitions.ts";
import type { WindowMs } from "./time-windows.ts";

type TimeMapping = Extract<PartitionMapping, { type: "time_window" }>;

interface TimeSides {
  readonly downstream: TimeKeys;
  readonly upstream: TimeKeys;
}

/**
 * Upstream windows that overlap the downstream ones, whose ends are moved by the offsets (in downstream windows).
 * A moved end stays inside the upstream asset's windows; what an end that was not moved needs beyond them is missing.
 */
export function mapTimeUp(
  mapping: TimeMapping,
  sides: TimeSides,
  keys: readonly string[],
): { readonly ordinals: Ordinals; readonly missing: readonly string[] } {
  const { downstream, upstream } = sides;
  const intervals: [number, number][] = [];
  const missing = new Set<string>();
  const same =
    mapping.startOffset === 0 &&
    mapping.endOffset === 0 &&
    samePartitions(downstream.definition, upstream.definition);
  for (const key of keys) {
    const index = downstream.windows.indexOf(key);
    if (index < 0) continue;
    if (same && index < upstream.count) {
      intervals.push([index, index + 1]);
      continue;
    }
    const wanted = movedWindow(downstream.windows.window(index), mapping, sides);
    if (wanted.start >= wanted.end) continue;
    intervals.push(overlapping(upstream, wanted));
    if (mapping.allowNonexistent) continue;
    for (const start of absentStarts(upstream, wanted)) missing.add(upstream.windows.keyOf(start));
  }
  return { ordinals: ordinalsOfIntervals(intervals), missing: [...missing] };
}

/** The inverse: downstream windows that need any of the upstream ones. */
export function mapTimeDown(mapping: TimeMapping, sides: TimeSides, keys: readonly string[]): Ordinals {
  const { downstream, upstream } = sides;
  const intervals: [number, number][] = [];
  const given: number[] = [];
  for (const key of keys) {
    const index = upstream.windows.indexOf(key);
    if (index < 0) continue;
    given.push(index);
    const [from, to] = overlapping(downstream, upstream.windows.window(index), Number.POSITIVE_INFINITY);
    if (from >= to) continue;
    intervals.push([
      Math.max(0, from - mapping.endOffset),
      Math.min(downstream.count, to - mapping.startOffset),
    ]);
  }
  intervals.push(...atTheEdges(mapping, sides, given));
  return ordinalsOfIntervals(intervals);
}

/** The first and last windows may need upstream ones of a time in which there is no downstream window. */
function* atTheEdges(
  mapping: TimeMapping,
  sides: TimeSides,
  given: readonly number[],
): Generator<[number, number]> {
  const { downstream, upstream } = sides;
  const reach = Math.max(Math.abs(mapping.startOffset), Math.abs(mapping.endOffset));
  if (reach === 0 || given.length === 0) return;
  const ordinals = ordinalsOfNumbers(given);
  for (let index = 0; index < downstream.count; index++) {
    if (index === reach) index = Math.max(index, downstream.count - reach);
    const wanted = movedWindow(downstream.windows.window(index), mapping, sides);
    if (wanted.start >= wanted.end) continue;
    if (intersectOrdinals([overlapping(upstream, wanted)], ordinals).length > 0) yield [index, index + 1];
  }
}

function movedWindow(
  window: WindowMs,
  { startOffset, endOffset }: TimeMapping,
  { downstream, upstream }: TimeSides,
): WindowMs {
  const first = upstream.windows.firstTick;
  const last = upstream.count === 0 ? first : upstream.windows.window(upstream.count - 1).end;
  const inside = (ms: number): number => Math.min(Math.max(ms, first), last);
  return {
    start: startOffset === 0 ? window.start : inside(downstream.windows.shift(window.start, startOffset)),
    end: endOffset === 0 ? window.end : inside(downstream.windows.shift(window.end, endOffset)),
  };
}

/** Numbers of the existing windows (or of the first `count`) that share a moment with a stretch of time. */
function overlapping(
  { windows, count: existing }: TimeKeys,
  { start, end }: WindowMs,
  count = existing,
): [number, number] {
  return [Math.min(windows.firstEndingAfter(start), count), Math.min(windows.firstFrom(end), count)];
}

function* absentStarts({ windows, count }: TimeKeys, wanted: WindowMs): Generator<number> {
  const first = windows.firstTick;
  const last = count === 0 ? first : windows.window(count - 1).end;
  if (wanted.start < first) {
    for (const { start } of windows.overlapping({ start: wanted.start, end: Math.min(wanted.end, first) })) {
      if (start < first) yield start;
    }
  }
  if (wanted.end > last) {
    for (const { start } of windows.overlapping({ start: Math.max(wanted.start, last), end: wanted.end })) {
      if (start >= last) yield start;
    }
  }
}
