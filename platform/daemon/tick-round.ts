import type { AutomationDesk } from "../instance/automation-desk.ts";
import type { InstigatorSwitches } from "../instance/instigator-switches.ts";

/** What one round of all loops shares. */
export interface TickRound {
  readonly desk: AutomationDesk;
  readonly snapshot: NonNullable<ReturnType<AutomationDesk["snapshot"]>>;
  readonly now: Temporal.Instant;
  readonly switches: InstigatorSwitches;
  /** Told of each tick that was recorded here. */
  onTick(tick: ToldTick): void;
  onError(error: unknown, instigator: string): void;
}

/** A tick in short, for whoever watches. */
export interface ToldTick {
  readonly instigator: string;
  readonly runs: readonly { readonly id: string; readonly assets: readonly string[] }[];
  readonly reason?: string;
}

/** Milliseconds since 1970 at which there may be something to do even if nothing happens; the soonest of several. */
export function soonest(...moments: readonly (number | undefined)[]): number | undefined {
  const known = moments.filter((moment) => moment !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
