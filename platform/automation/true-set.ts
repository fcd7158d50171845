import { eachOrdinal, hasOrdinal, type Ordinals, uniteOrdinals } from "../partition/ordinals.ts";

/** When something came true: an event's place in the log, or (`cursor` null) a moment of the clock. */
export interface Moment {
  readonly cursor: number | null;
  readonly at: number;
  /** Of an update: the start of the work that made it, from which on it counts as a reset. */
  readonly from?: Moment;
}

/** Partitions for which a condition holds, and since when for those where that is known. */
export interface TrueSet {
  readonly ordinals: Ordinals;
  readonly moments: ReadonlyMap<number, Moment>;
}

const noMoments: ReadonlyMap<number, Moment> = new Map();

export const nothing: TrueSet = { ordinals: [], moments: noMoments };

export function withoutMoments(ordinals: Ordinals): TrueSet {
  return { ordinals, moments: noMoments };
}

/** The same moment for all of them. */
export function atMoment(ordinals: Ordinals, moment: Moment): TrueSet {
  const moments = new Map<number, Moment>();
  for (const ordinal of eachOrdinal(ordinals)) moments.set(ordinal, moment);
  return { ordinals, moments };
}

/** Whether `a` came after `b`: events by their place in the log, all else by the clock; equal moments do not. */
export function isAfter(a: Moment, b: Moment): boolean {
  if (a.cursor !== null && b.cursor !== null) return a.cursor > b.cursor;
  return a.at > b.at;
}

/**
 * The later of two. As a reset it counts from where the later of their resets does: an update whose work began long ago
 * takes nothing back from a request. A clock that was put back makes nothing earlier.
 */
export function laterOf(a: Moment | undefined, b: Moment | undefined): Moment | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  const [later, earlier] = isAfter(b, a) ? [b, a] : [a, b];
  const at = Math.max(later.at, earlier.at);
  const from = later.from && laterOf(later.from, earlier.from ?? earlier);
  if (at === later.at && from === later.from) return later;
  return from === undefined ? { ...later, at } : { ...later, at, from };
}

/** Those of one set or the other; where both know a moment the later one holds. */
export function uniteTrue(a: TrueSet, b: TrueSet): TrueSet {
  if (a.ordinals.length === 0) return b;
  if (b.ordinals.length === 0) return a;
  return { ordinals: uniteOrdinals(a.ordinals, b.ordinals), moments: mergedMoments(a.moments, b.moments) };
}

/** The moments of those that are left. */
export function limitTrue({ moments }: TrueSet, ordinals: Ordinals): TrueSet {
  if (moments.size === 0 || ordinals.length === 0) return { ordinals, moments: noMoments };
  const kept = new Map<number, Moment>();
  for (const [ordinal, moment] of moments) if (hasOrdinal(ordinals, ordinal)) kept.set(ordinal, moment);
  return { ordinals, moments: kept };
}

export function mergedMoments(
  a: ReadonlyMap<number, Moment>,
  b: ReadonlyMap<number, Moment>,
): ReadonlyMap<number, Moment> {
  if (b.size === 0) return a;
  if (a.size === 0) return b;
  const merged = new Map(a);
  for (const [ordinal, moment] of b) merged.set(ordinal, laterOf(merged.get(ordinal), moment) as Moment);
  return merged;
}
