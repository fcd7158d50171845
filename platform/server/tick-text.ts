import type { ToldTick } from "../daemon/tick-round.ts";

/** What a tick asked for, on one line: `schedule/nightly: run 0197c3f2 of raw/orders and 2 more`. */
export function tickText({ instigator, runs, reason }: ToldTick): string {
  const [first] = runs;
  const asked =
    first === undefined
      ? "no run"
      : runs.length === 1
        ? `run ${first.id.slice(0, 8)} of ${listed(first.assets)}`
        : `${runs.length} runs, of ${listed([...new Set(runs.flatMap(({ assets }) => assets))])}`;
  return `${instigator}: ${asked}${reason === undefined ? "" : `; ${reason}`}`;
}

function listed(keys: readonly string[]): string {
  const shown = keys.slice(0, 3).join(", ");
  if (keys.length === 0) return "checks";
  return keys.length > 3 ? `${shown} and ${keys.length - 3} more` : shown;
}
