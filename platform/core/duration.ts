const secondsOf: { readonly [unit: string]: number } = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/**
 * Seconds of a fixed length: `90m`, `36h`, `1d12h`, `PT36H`, `P1DT12H`. A day is 24 hours.
 *
 * `undefined` for anything else; months and years have no fixed length.
 */
export function parseDurationSeconds(text: string): number | undefined {
  const trimmed = text.trim();
  const iso = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i.exec(trimmed);
  if (iso !== null && /\d/.test(trimmed)) {
    const [, weeks, days, hours, minutes, seconds] = iso.map((part) => Number(part ?? 0));
    return (
      (weeks ?? 0) * 604_800 +
      (days ?? 0) * 86_400 +
      (hours ?? 0) * 3600 +
      (minutes ?? 0) * 60 +
      (seconds ?? 0)
    );
  }
  if (!/^(\d+(\.\d+)?[smhdw])+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, amount, unit] of trimmed.matchAll(/(\d+(?:\.\d+)?)([smhdw])/g)) {
    total += Number(amount) * (secondsOf[unit as string] as number);
  }
  return total;
}

/** `129600` is `36h`; the largest unit that divides without a rest. */
export function durationText(seconds: number): string {
  for (const unit of ["w", "d", "h", "m"]) {
    const length = secondsOf[unit] as number;
    if (seconds >= length && seconds % length === 0) return `${seconds / length}${unit}`;
  }
  return `${seconds}s`;
}
