import { namesText } from "../core/names-text.ts";
import { shortRunId } from "../core/run.ts";
import type { ToldTick } from "../daemon/tick-round.ts";

/** What a tick asked for, on one line: `schedule/nightly: run 0197c3f2-5a10 of raw/orders and 2 more`. */
export function tickText({ instigator, runs, reason }: ToldTick): string {
  const [first] = runs;
  const asked =
    first === undefined
      ? "no run"
      : runs.length === 1
        ? `run ${shortRunId(first.id)} of ${listed(first.assets)}`
        : `${runs.length} runs, of ${listed([...new Set(runs.flatMap(({ assets }) => assets))])}`;
  return `${instigator}: ${asked}${reason === undefined ? "" : `; ${reason}`}`;
}

function listed(keys: readonly string[]): string {
  return keys.length === 0 ? "checks" : namesText(keys, 3);
}
