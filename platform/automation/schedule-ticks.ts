import type { CatchUp, ScheduleSpec } from "../core/job.ts";
import { tickTimesFrom } from "../cron/ticks.ts";

/** What is remembered of a schedule that is on: plain JSON. */
export interface ScheduleState {
  /** Its ticks are looked for after this moment, in milliseconds since 1970. */
  readonly after: number;
  /** Cron texts and time zone that it had then: another cron begins anew, so an edit runs no past tick. */
  readonly cron: string;
}

export interface DueTicks {
  /** Milliseconds since 1970, oldest first. */
  readonly ticks: readonly number[];
  /** Ticks that passed and are not made up for. */
  readonly missed: number;
  readonly state: ScheduleState;
  /** The next tick; nothing for a cron without any. */
  readonly nextWake: number | undefined;
}

/** More past ticks than these are not counted one by one. */
const mostPast = 10_000;

/** State of a schedule that is switched on: ticks up to now never run. */
export function startSchedule(spec: Pick<ScheduleSpec, "cron" | "timeZone">, now: number): ScheduleState {
  return { after: now, cron: cronOf(spec) };
}

/** The ticks that are due, by the schedule's rule about those that passed unwatched (`latest` unless it says otherwise). */
export function dueTicks(
  spec: Pick<ScheduleSpec, "cron" | "timeZone" | "catchUp">,
  state: ScheduleState,
  now: number,
): DueTicks {
  const cron = cronOf(spec);
  const after = state.cron === cron ? state.after : now;
  const past: number[] = [];
  let nextWake: number | undefined;
  for (const tick of tickTimesFrom(spec.cron, spec.timeZone, after + 1)) {
    if (tick > now) {
      nextWake = tick;
      break;
    }
    past.push(tick);
    if (past.length > mostPast) past.shift();
  }
  const ticks = caughtUp(past, spec.catchUp ?? { type: "latest" }, now);
  return {
    ticks,
    missed: past.length - ticks.length,
    state: { after: Math.max(now, after), cron },
    nextWake,
  };
}

/** A tick that comes when it is due is none that passed: within a minute even `none` runs it. */
const punctualMs = 60_000;

function caughtUp(past: readonly number[], rule: CatchUp, now: number): readonly number[] {
  switch (rule.type) {
    case "none":
      return past.slice(-1).filter((tick) => now - tick <= punctualMs);
    case "latest":
      return past.slice(-1);
    case "all":
      return past.slice(-rule.max);
    case "window":
      return past.filter((tick) => now - tick <= rule.seconds * 1000);
  }
}

function cronOf({ cron, timeZone }: Pick<ScheduleSpec, "cron" | "timeZone">): string {
  return `${[cron].flat().join("; ")} ${timeZone}`;
}
