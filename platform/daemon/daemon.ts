// `daemon` ticks: schedules, conditions and sensors ask for runs, each tick once.

import type { AutomationDesk } from "../instance/automation-desk.ts";
import { readSwitches } from "../instance/instigator-switches.ts";
import { AutomationLoop } from "./automation-loop.ts";
import { BackfillLoop } from "./backfill-loop.ts";
import { ScheduleLoop } from "./schedule-loop.ts";
import { SensorLoop } from "./sensor-loop.ts";
import { soonest, type ToldTick } from "./tick-round.ts";

export interface DaemonOptions {
  readonly desk: AutomationDesk;
  now(): Temporal.Instant;
  onTick(tick: ToldTick): void;
  onError(error: unknown, instigator: string): void;
  /** All unless given. */
  readonly only?: readonly LoopName[];
}

export type LoopName = "schedules" | "automation" | "sensors" | "backfills";

/** All loops, one round at a time. */
export interface Daemon {
  /**
   * Does everything that is due; gives the moment (milliseconds since 1970) at which there is next something to do
   * even if nothing happens. Without definitions there is nothing.
   */
  round(): Promise<number | undefined>;
}

export function createDaemon({ desk, now, onTick, onError, only }: DaemonOptions): Daemon {
  const schedules = new ScheduleLoop();
  const automation = new AutomationLoop();
  const sensors = new SensorLoop();
  const backfills = new BackfillLoop();
  return {
    async round() {
      const snapshot = desk.snapshot();
      if (snapshot === undefined) return undefined;
      const switches = await readSwitches(desk.storage);
      const round = { desk, snapshot, now: now(), switches, onTick, onError };
      let next: number | undefined;
      for (const [name, loop] of [
        ["schedules", schedules],
        ["automation", automation],
        ["sensors", sensors],
        ["backfills", backfills],
      ] as const) {
        if (only?.includes(name) === false) continue;
        try {
          next = soonest(next, await loop.round(round));
        } catch (error) {
          onError(error, name);
          next = soonest(next, round.now.epochMilliseconds + retryMs);
        }
      }
      return next;
    },
  };
}

/** After so long a loop that failed is tried again. */
const retryMs = 5_000;
