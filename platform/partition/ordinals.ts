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

/** Numbers in any order, also more than once. */
export function ordinalsOfNumbers(numbers: Iterable<number>): Ordinals {
  const found: [number, number][] = [];
  let last: [number, number] | undefined;
  let isAscending = true;
  for (const number of numbers) {
    if (last !== undefined && number === last[1]) last[1] = number + 1;
    else {
      isAscending &&= last === undefined || number > last[1];
      last = [number, number + 1];
      found.push(last);
    }
  }
  return isAscending ? found : ordinalsOfIntervals(found);
}

export function isSameOrdinals(a: Ordinals, b: Ordinals): boolean {
  if (a === b) return true;
  return (
    a.length === b.length &&
    a.every(([from, to], at) => {
      const [otherFrom, otherTo] = b[at] as readonly [number, number];
      return from === otherFrom && to === otherTo;
    })
  );
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
  let low = 0;
  let high = ordinals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const [from, to] = ordinals[middle] as readonly [number, number];
    if (wanted < from) high = middle;
    else if (wanted >= to) low = middle + 1;
    else return true;
  }
  return false;
}

export function uniteOrdinals(a: Ordinals, b: Ordinals): Ordinals {
  if (a.length === 0) return b;
  if (b.length === 0 || isSameOrdinals(a, b)) return a;
  return ordinalsOfIntervals([...a, ...b]);
}

export function intersectOrdinals(a: Ordinals, b: Ordinals): Ordinals {
  if (a.length === 0 || b.length === 0) return noOrdinals;
  if (isSameOrdinals(a, b)) return a;
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
  if (a.length === 0 || b.length === 0) return a;
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
