/** Numbers of a fault test: from the environment for the long form, printed so that a failure can be had again. */
export function faultNumber(
  name: "SEED" | "KILLS" | "RUNS" | "RESTARTS" | "HISTORIES" | "FIRST",
  usual: number,
): number {
  const given = Number(process.env[`DOP_FAULT_${name}`]);
  return Number.isFinite(given) && given > 0 ? given : usual;
}

export interface Seeded {
  /** From 0, below 1. */
  next(): number;
  /** From 0, below `count`. */
  below(count: number): number;
  chance(share: number): boolean;
  pick<const T>(list: readonly [T, ...T[]]): T;
  pick<T>(list: readonly T[]): T | undefined;
}

/** The same numbers for the same seed. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (count: number) => Math.floor(next() * count);
  const pick = <T>(list: readonly T[]) => list[below(list.length)] as T;
  return { next, below, pick, chance: (share) => next() < share };
}
