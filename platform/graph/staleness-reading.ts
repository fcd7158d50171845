import type { Asset } from "../core/definitions-snapshot.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { createSliceMappings, type SliceMapping, type Slices } from "./staleness-mapping.ts";
import { createRangeIndex, longStretch, type RangeIndex } from "./staleness-range.ts";
import { createStaleRoots, type StaleRoot } from "./staleness-roots.ts";
import { type SliceTable, sliceStatuses } from "./staleness-slices.ts";

/** Judges assets one after the other, each after those that it reads. */
export interface SliceReader {
  judgeCode(node: number): void;
  judgeDep(node: number, upstream: number): void;
  /** To be called when all deps are judged. */
  settle(node: number): void;
  rootsOf(node: number): readonly StaleRoot[];
}

/** One dep while it is judged. */
interface Dep {
  readonly node: number;
  readonly upstream: number;
  /** Places of the upstream asset's slices. */
  readonly above: number;
  readonly end: number;
  readonly carried: (mask: number) => number;
}

export function createSliceReader(
  assets: readonly Asset[],
  table: SliceTable,
  moment: PartitionMoment,
): SliceReader {
  const { slices, offsets, started, changed, changedAt, statuses, otherCode } = table;
  const mappingOf = createSliceMappings(moment);
  const roots = createStaleRoots(assets.length);
  const masks = new Uint16Array(started.length);
  const indexes = new Map<number, RangeIndex>();
  /** Of slices that are looked through: the place of the slice whose change shows through them. */
  const origins = new Map<number, Float64Array>();

  const firstOf = (node: number) => offsets[node] as number;
  const sourceOf = (dep: Dep, place: number) => origins.get(dep.upstream)?.[place - dep.above] ?? place;

  /** Nothing for short stretches, and for an asset's own slices, which change while they are judged. */
  const indexFor = (dep: Dep, from: number, to: number): RangeIndex | undefined => {
    if (to - from < longStretch || dep.node === dep.upstream) return undefined;
    const known =
      indexes.get(dep.upstream) ?? createRangeIndex({ first: dep.above, end: dep.end }, changed, masks);
    indexes.set(dep.upstream, known);
    return known;
  };

  const dataRoot = (dep: Dep, place: number): StaleRoot => {
    const source = sourceOf(dep, place);
    const node = source === place ? dep.upstream : assetAt(offsets, source);
    const through = source === place ? undefined : { node: dep.upstream, rest: undefined };
    return {
      kind: "data",
      node,
      ordinal: source - firstOf(node),
      sinceMs: changedAt[place] as number,
      through,
    };
  };

  const carry = (dep: Dep, at: number, [from, to]: readonly [number, number]): void => {
    const mask = indexFor(dep, from, to)?.joined(from, to) ?? joinedMask(masks, from, to);
    if (mask !== 0) masks[at] = (masks[at] as number) | dep.carried(mask);
  };

  const judge = (dep: Dep, at: number, [from, to]: readonly [number, number]): void => {
    const since = started[at] as number;
    const index = indexFor(dep, from, to);
    let found = 0;
    for (let place = from; ; place++) {
      place = index?.nextAbove(place, to, since) ?? nextAbove(changed, place, to, since);
      if (place >= to) break;
      if (started[sourceOf(dep, place)] === since) continue;
      masks[at] = (masks[at] as number) | roots.maskOf(dep.node, dataRoot(dep, place));
      found += 1;
      // In a long stretch two say that there are several; the others would cost more than they tell.
      if (index !== undefined && found === 2) break;
    }
    carry(dep, at, [from, to]);
  };

  /** Takes over the newest change; what is behind it is told as the root. */
  const lookThrough = (dep: Dep, at: number, [from, to]: readonly [number, number]): void => {
    for (let place = from; place < to; place++) {
      if ((changed[place] as number) <= (changed[at] as number)) continue;
      changed[at] = changed[place] as number;
      changedAt[at] = changedAt[place] as number;
      const first = firstOf(dep.node);
      const own = origins.get(dep.node) ?? consecutive(first, firstOf(dep.node + 1));
      own[at - first] = sourceOf(dep, place);
      origins.set(dep.node, own);
    }
    carry(dep, at, [from, to]);
  };

  const judgeOnce = (dep: Dep, mapping: SliceMapping): void => {
    const { materializable } = assets[dep.node] as Asset;
    const take = materializable ? judge : lookThrough;
    const first = firstOf(dep.node);
    for (let at = first; at < firstOf(dep.node + 1); at++) {
      // What is missing is not judged, and what is not made here speaks for itself where it has facts.
      if (materializable ? statuses[at] === sliceStatuses.missing : (started[at] as number) >= 0) continue;
      if (mapping.kind === "same") {
        const place = dep.above + at - first;
        // Most slices are up to date: they end here, before anything is allocated.
        if (place >= dep.end || (masks[place] === 0 && (changed[place] as number) <= (started[at] as number)))
          continue;
        take(dep, at, [place, place + 1]);
      } else {
        forEachInterval(mapping, at - first, (from, to) => take(dep, at, [dep.above + from, dep.above + to]));
      }
    }
  };

  return {
    judgeCode(node) {
      const first = firstOf(node);
      for (let at = first; at < firstOf(node + 1); at++) {
        if (otherCode[at] === 0) continue;
        const root = { kind: "code", node, ordinal: at - first, sinceMs: null, through: undefined } as const;
        masks[at] = roots.maskOf(node, root);
      }
    },
    judgeDep(node, upstream) {
      const named = assets[node]?.partitionMappings?.[(assets[upstream] as Asset).key];
      const mapping = mappingOf(slices[node] as Slices, slices[upstream] as Slices, named);
      const above = firstOf(upstream);
      const end = firstOf(upstream + 1);
      const dep = { node, upstream, above, end, carried: roots.carrier(node, upstream) };
      judgeOnce(dep, mapping);
      if (node !== upstream) return;
      // An asset that reads its own earlier slices: until nothing is handed on any more.
      for (let before: Uint16Array | undefined; !isEqual(before, masks.subarray(above, end)); ) {
        before = masks.slice(above, end);
        judgeOnce(dep, mapping);
      }
    },
    settle(node) {
      if (!(assets[node] as Asset).materializable) return;
      for (let at = firstOf(node); at < firstOf(node + 1); at++)
        if (masks[at] !== 0) statuses[at] = sliceStatuses.stale;
    },
    rootsOf: (node) => roots.of(node),
  };
}

/** Number of the asset whose slices a place is among. */
function assetAt(offsets: Float64Array, place: number): number {
  let low = 0;
  let high = offsets.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((offsets[middle] as number) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

function consecutive(from: number, to: number): Float64Array {
  return Float64Array.from({ length: to - from }, (_, ordinal) => from + ordinal);
}

function nextAbove(values: Float64Array, from: number, to: number, limit: number): number {
  let place = from;
  while (place < to && (values[place] as number) <= limit) place++;
  return place;
}

function joinedMask(masks: Uint16Array, from: number, to: number): number {
  let mask = 0;
  for (let place = from; place < to; place++) mask |= masks[place] as number;
  return mask;
}

function isEqual(a: Uint16Array | undefined, b: Uint16Array): boolean {
  return a?.every((mask, place) => mask === b[place]) === true;
}

function forEachInterval(
  mapping: Exclude<SliceMapping, { kind: "same" }>,
  ordinal: number,
  visit: (from: number, to: number) => void,
): void {
  if (mapping.kind === "constant") {
    for (const [from, to] of mapping.ordinals) visit(from, to);
  } else {
    const { starts, bounds } = mapping;
    for (let at = starts[ordinal] as number; at < (starts[ordinal + 1] as number); at += 2)
      visit(bounds[at] as number, bounds[at + 1] as number);
  }
}
