import type { PartitionKey, PartitionSet } from "../core/partitions.ts";
import {
  countOrdinals,
  eachOrdinal,
  noOrdinals,
  type Ordinals,
  ordinalsOfIntervals,
  ordinalsOfNumbers,
} from "./ordinals.ts";
import { MultiKeys, type PartitionKeys } from "./partition-keys.ts";

// Sets are stored by key text. Numbers of keys live in memory only, because a changed start shifts them.

/** Numbers of the set's keys among `keys`, and the texts in it that are no key now. */
export function resolvePartitionSet(
  set: PartitionSet,
  keys: PartitionKeys,
): { readonly ordinals: Ordinals; readonly unknown: readonly string[] } {
  const unknown: string[] = [];
  return { ordinals: resolve(set, keys, unknown), unknown };
}

/** The keys of the set that exist now, in order. */
export function expandPartitionSet(set: PartitionSet, keys: PartitionKeys): PartitionKey[] {
  return Array.from(eachOrdinal(resolvePartitionSet(set, keys).ordinals), (ordinal) => keys.at(ordinal));
}

/** The shortest set that names exactly these numbers: ranges, keys, or for multi partitions a product. */
export function partitionSetOf(ordinals: Ordinals, keys: PartitionKeys): PartitionSet {
  if (keys instanceof MultiKeys) return { kind: "product", boxes: boxesOf(ordinals, keys, 0) };
  const count = countOrdinals(ordinals);
  if (count > 0 && ordinals.length * 2 <= count) {
    return {
      kind: "ranges",
      ranges: ordinals.map(([from, to]) => [keys.at(from), keys.at(to - 1)] as const),
      count,
    };
  }
  return { kind: "keys", keys: Array.from(eachOrdinal(ordinals), (ordinal) => keys.at(ordinal)) };
}

function resolve(set: PartitionSet, keys: PartitionKeys, unknown: string[]): Ordinals {
  switch (set.kind) {
    case "all":
      return keys.count === 0 ? noOrdinals : [[0, keys.count]];
    case "keys":
      return ordinalsOfNumbers(
        set.keys.map((key) => numberOf(key, keys, unknown)).filter((ordinal) => ordinal >= 0),
      );
    case "ranges":
      return ordinalsOfIntervals(
        set.ranges.flatMap(([first, last]) => {
          const from = numberOf(first, keys, unknown);
          const to = first === last ? from : numberOf(last, keys, unknown);
          return from < 0 || to < 0 ? [] : [[from, to + 1] as const];
        }),
      );
    case "product": {
      if (!(keys instanceof MultiKeys)) {
        unknown.push(...set.boxes.flatMap((box) => Object.keys(box)));
        return noOrdinals;
      }
      return ordinalsOfIntervals(set.boxes.flatMap((box) => [...intervalsOfBox(box, keys, unknown)]));
    }
  }
}

function numberOf(key: string, keys: PartitionKeys, unknown: string[]): number {
  const ordinal = keys.indexOf(key);
  if (ordinal < 0) unknown.push(key);
  return ordinal;
}

function intervalsOfBox(
  box: { readonly [dimension: string]: PartitionSet },
  keys: MultiKeys,
  unknown: string[],
): Iterable<readonly [number, number]> {
  unknown.push(...Object.keys(box).filter((name) => !keys.names.includes(name)));
  const sides = keys.names.map((name, place) =>
    resolve(box[name] ?? { kind: "all" }, keys.dimensions[place] as PartitionKeys, unknown),
  );
  return productIntervals(
    sides,
    keys.dimensions.map((dimension) => dimension.count),
  );
}

/** Intervals of the numbers whose digits lie in `sides`; `counts` are the bases of the digits. */
export function* productIntervals(
  sides: readonly Ordinals[],
  counts: readonly number[],
  base = 0,
): Generator<readonly [number, number]> {
  const [side, ...further] = sides;
  if (side === undefined) {
    yield [base, base + 1];
    return;
  }
  const rest = counts.slice(1);
  const inner = rest.reduce((product, count) => product * count, 1);
  const innerIsWhole = further.every((one, index) => countOrdinals(one) === rest[index]);
  for (const [from, to] of side) {
    if (innerIsWhole) {
      yield [base + from * inner, base + to * inner];
      continue;
    }
    for (let digit = from; digit < to; digit++) yield* productIntervals(further, rest, base + digit * inner);
  }
}

/** Rows with an equal rest share a box. */
function boxesOf(
  ordinals: Ordinals,
  keys: MultiKeys,
  place: number,
): { readonly [dimension: string]: PartitionSet }[] {
  const dimension = keys.dimensions[place] as PartitionKeys;
  const name = keys.names[place] as string;
  if (place === keys.names.length - 1) {
    return ordinals.length === 0 ? [] : [{ [name]: partitionSetOf(ordinals, dimension) }];
  }
  const inner = keys.dimensions.slice(place + 1).reduce((product, one) => product * one.count, 1);
  const rows = new Map<string, { rest: Ordinals; digits: [number, number][] }>();
  for (const { digits, rest } of rowsOf(ordinals, inner)) {
    const text = rest.join(";");
    const row = rows.get(text);
    if (row === undefined) rows.set(text, { rest, digits: [digits] });
    else row.digits.push(digits);
  }
  return [...rows.values()].flatMap(({ rest, digits }) => {
    const side = partitionSetOf(ordinalsOfIntervals(digits), dimension);
    return boxesOf(rest, keys, place + 1).map((box) => ({ [name]: side, ...box }));
  });
}

/** Splits numbers by their first digit; whole rows in a stretch stay together. */
function* rowsOf(ordinals: Ordinals, inner: number): Generator<{ digits: [number, number]; rest: Ordinals }> {
  let open: { digit: number; rest: [number, number][] } | undefined;
  for (const [start, to] of ordinals) {
    let from = start;
    while (from < to) {
      const digit = Math.floor(from / inner);
      if (open !== undefined && open.digit !== digit) {
        yield { digits: [open.digit, open.digit + 1], rest: open.rest };
        open = undefined;
      }
      const wholeRows = from % inner === 0 ? Math.floor((to - from) / inner) : 0;
      if (wholeRows > 0) {
        yield { digits: [digit, digit + wholeRows], rest: [[0, inner]] };
        from += wholeRows * inner;
        continue;
      }
      const end = Math.min(to, (digit + 1) * inner);
      open ??= { digit, rest: [] };
      open.rest.push([from - digit * inner, end - digit * inner]);
      from = end;
    }
  }
  if (open !== undefined) yield { digits: [open.digit, open.digit + 1], rest: open.rest };
}
