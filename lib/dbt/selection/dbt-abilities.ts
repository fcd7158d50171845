/** What a version of dbt can do in selections that others can't. */
export interface DbtAbilities {
  /** A pattern without dots is also held against the last part of the name: `stg_*` finds models of any folder. */
  readonly matchesLastPart: boolean;
  /** `selector:name` is a method as others are. */
  readonly hasSelectorMethod: boolean;
  readonly hasFunctionMethod: boolean;
}

/** `version` as a manifest names it, such as `1.11.2` or `2.0.0-preview.203`; one that can't be read counts as new. */
export function dbtAbilities(version: string): DbtAbilities {
  const isAtLeast = (...wanted: readonly number[]): boolean => compare(numbersOf(version), wanted) >= 0;
  return {
    // Repaired in both series that were kept up at the time.
    matchesLastPart: isAtLeast(1, 12, 6) || (isAtLeast(1, 11, 16) && !isAtLeast(1, 12)),
    hasSelectorMethod: isAtLeast(1, 12),
    hasFunctionMethod: isAtLeast(2),
  };
}

function numbersOf(version: string): readonly number[] {
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  return numbers ?? [Number.POSITIVE_INFINITY];
}

function compare(numbers: readonly number[], wanted: readonly number[]): number {
  for (const [at, number] of wanted.entries()) {
    const difference = (numbers[at] ?? 0) - number;
    if (difference !== 0) return difference;
  }
  return 0;
}
