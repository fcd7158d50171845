/** Half-open, ascending, without touching neighbours: `[[0, 3], [7, 8]]` is 0, 1, 2 and 7. */
export type Ordinals = readonly (readonly [from: number, to: number])[];

export const noOrdinals: Ordinals = [];

/** Puts intervals in any order, overlapping or empty, into the one form. */
export function ordinalsOfIntervals(intervals: Iterable<readonly [number, number]>): Ordinals {
  const sorted = [...intervals].filter(([from, to]) => from < to).sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function ordinalsOfNumbers(numbers: Iterable<number>): Ordinals {
  return ordinalsOfIntervals(Array.from(numbers, (number) => [number, number + 1] as const));
}

export function countOrdinals(ordinals: Ordinals): number {
  return ordinals.reduce((sum, [from, to]) => sum + to - from, 0);
}

export function* eachOrdinal(ordinals: Ordinals): Generator<number> {
  for (const [from, to] of ordinals) {
    for (let ordinal = from; ordinal < to; ordinal++) yield ordinal;
  }
}

export function hasOrdinal(ordinals: Ordinals, wanted: number): boolean {
  return ordinals.some(([from, to]) => from <= wanted && wanted < to);
}

export function uniteOrdinals(a: Ordinals, b: Ordinals): Ordinals {
  return ordinalsOfIntervals([...a, ...b]);
}

export function intersectOrdinals(a: Ordinals, b: Ordinals): Ordinals {
  const common: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [aFrom, aTo] = a[i] as readonly [number, number];
    const [bFrom, bTo] = b[j] as readonly [number, number];
    const from = Math.max(aFrom, bFrom);
    const to = Math.min(aTo, bTo);
    if (from < to) common.push([from, to]);
    if (aTo < bTo) i++;
    else j++;
  }
  return common;
}

export function subtractOrdinals(a: Ordinals, b: Ordinals): Ordinals {
  const left: [number, number][] = [];
  let j = 0;
  for (const [from, to] of a) {
    let start = from;
    while (j < b.length && (b[j] as readonly [number, number])[1] <= start) j++;
    for (let k = j; k < b.length && (b[k] as readonly [number, number])[0] < to; k++) {
      const [bFrom, bTo] = b[k] as readonly [number, number];
      if (start < bFrom) left.push([start, bFrom]);
      start = Math.max(start, bTo);
    }
    if (start < to) left.push([start, to]);
  }
  return left;
}
