import type { ScheduleSpec } from "../core/job.ts";
import { dueTicks, type ScheduleState, startSchedule } from "./schedule-ticks.ts";
import type { TargetRequest } from "./target-requests.ts";
import { textHash } from "./text-hash.ts";

/** A schedule that is on, from round to round. */
export interface FollowedSchedule {
  readonly state: ScheduleState;
  /** Ticks that are due and have not been seen to, oldest first. */
  readonly waiting: readonly number[];
}

export interface FollowedRound extends FollowedSchedule {
  /** Ticks that passed and are not made up for. */
  readonly missed: number;
  /** When there is the next tick to see to, in milliseconds since 1970; nothing for a cron without any. */
  readonly nextWake: number | undefined;
}

/** The ticks that a schedule has to see to at a moment. Switched on anew, it makes up for nothing from before. */
export function followSchedule(
  schedule: ScheduleSpec,
  before: FollowedSchedule,
  { now, switchedAt }: { readonly now: number; readonly switchedAt: number | undefined },
): FollowedRound {
  const jitterMs = jitterOf(schedule);
  const isSwitched = switchedAt !== undefined && switchedAt > before.state.after;
  const last = isSwitched ? startSchedule(schedule, switchedAt) : before.state;
  const waiting = before.waiting.filter((tick) => switchedAt === undefined || tick > switchedAt);
  const { ticks, state, nextWake, missed } = dueTicks(schedule, last, now - jitterMs);
  return {
    state,
    waiting: [...waiting, ...ticks],
    missed,
    nextWake: nextWake === undefined ? undefined : nextWake + jitterMs,
  };
}

/** What is stored of a followed schedule, as text. */
export function scheduleText({ state, waiting }: FollowedSchedule): string {
  return JSON.stringify(waiting.length === 0 ? state : { ...state, waiting });
}

/** What a stored text tells. */
export function followedFrom(text: string): FollowedSchedule {
  const { waiting = [], ...state } = JSON.parse(text) as ScheduleState & {
    readonly waiting?: readonly number[];
  };
  return { state, waiting };
}

/** The schedule once the tick is recorded. */
export function afterTick({ state, waiting }: FollowedSchedule, tick: number): FollowedSchedule {
  return { state, waiting: waiting.filter((one) => one !== tick) };
}

/** What is left for one who finds that another has recorded ticks meanwhile: those that neither has seen to. */
export function overtakenBy(
  mine: FollowedSchedule,
  theirs: FollowedSchedule,
  switchedAt = Number.NEGATIVE_INFINITY,
): FollowedSchedule {
  const { after } = theirs.state;
  const waiting = new Set([...theirs.waiting, ...mine.waiting.filter((tick) => tick > after)]);
  return {
    state: { ...mine.state, after: Math.max(mine.state.after, after) },
    waiting: [...waiting].filter((tick) => tick > switchedAt).toSorted((a, b) => a - b),
  };
}

/** What a tick does while runs of earlier ticks go on: asks all the same, waits for their end, or is passed over. */
export function overlapOf(
  { overlap = "allow" }: Pick<ScheduleSpec, "overlap">,
  isGoing: () => boolean,
): "ask" | "wait" | "pass" {
  if ((overlap !== "queue" && overlap !== "skip") || !isGoing()) return "ask";
  return overlap === "queue" ? "wait" : "pass";
}

/** What a tick asks for; its runs carry the schedule's name and the moment. */
export function scheduleRequest(
  { name, target, tags, partition }: Pick<ScheduleSpec, "name" | "target" | "tags" | "partition">,
  tick: number,
): TargetRequest {
  const at = Temporal.Instant.fromEpochMilliseconds(tick).toString();
  return {
    target,
    tags: { ...tags, [scheduleTag]: name, [tickTag]: at },
    ...(partition === undefined ? {} : { partition }),
  };
}

/** Tag by which the runs of a schedule are known. */
export const scheduleTag = "dop/schedule";
/** Tag that tells the moment of a run's tick. */
export const tickTag = "dop/tick";

/** Milliseconds, the same for a name at all times, below its bound. */
export function jitterOf({ name, jitterSeconds = 0 }: Pick<ScheduleSpec, "name" | "jitterSeconds">): number {
  return jitterSeconds <= 0 ? 0 : textHash(name) % Math.floor(jitterSeconds * 1000);
}
