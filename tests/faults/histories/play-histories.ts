import { playHistory } from "./play-history.ts";

/** Failures after which no more are looked for. */
const mostFailures = 10;

export interface PlayedHistories {
  /** By seed, with what was wrong first. */
  readonly failed: readonly { readonly seed: number; readonly violations: readonly string[] }[];
  readonly histories: number;
  readonly ticks: number;
  readonly runs: number;
  readonly faults: number;
}

/** Plays the histories of so many seeds, one after the other; with `tells` each prints what happened in it. */
export async function playHistories({
  first,
  count,
  tells = false,
}: {
  readonly first: number;
  readonly count: number;
  readonly tells?: boolean;
}): Promise<PlayedHistories> {
  const failed: { readonly seed: number; readonly violations: readonly string[] }[] = [];
  const sums = { histories: 0, ticks: 0, runs: 0, faults: 0 };
  for (let seed = first; seed < first + count && failed.length < mostFailures; seed++) {
    const { violations, trace, ticks, runs, faults } = await playHistory(seed);
    if (tells) console.log(trace().join("\n"));
    if (violations.length > 0) failed.push({ seed, violations: violations.slice(0, 5) });
    sums.histories += 1;
    sums.ticks += ticks;
    sums.runs += runs;
    sums.faults += faults;
  }
  return { failed, ...sums };
}
