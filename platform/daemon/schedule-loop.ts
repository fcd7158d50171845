import {
  afterTick,
  type FollowedSchedule,
  followedFrom,
  followSchedule,
  overlapOf,
  overtakenBy,
  scheduleRequest,
  scheduleTag,
  scheduleText,
  tickTag,
} from "../automation/follow-schedule.ts";
import { startSchedule } from "../automation/schedule-ticks.ts";
import type { TargetRequests } from "../automation/target-requests.ts";
import type { ScheduleSpec } from "../core/job.ts";
import { isTerminal, type RunRecord, runStatuses } from "../core/run.ts";
import { statusOf } from "../instance/instigator-switches.ts";
import { scheduleCursors as cursorPrefix, instigatorName } from "../instance/instigators.ts";
import { recordTick } from "./record-tick.ts";
import { targetRequests } from "./target-requests.ts";
import { soonest, type TickRound } from "./tick-round.ts";

const unended = runStatuses.filter((status) => !isTerminal(status));

/** A schedule as it is followed here, and the text of what is stored of it. */
interface Known {
  readonly followed: FollowedSchedule;
  readonly stored: string | null;
}

/** Ticks of schedules become runs, each tick once. */
export class ScheduleLoop {
  #known: Map<string, Known> | undefined;

  /** One round; gives the moment of the next tick. */
  async round(round: TickRound): Promise<number | undefined> {
    this.#known ??= await storedOnes(round);
    const known = this.#known;
    const { schedules } = round.snapshot.definitions;
    let next: number | undefined;
    for (const schedule of schedules) {
      try {
        if (statusOf(schedule, round.switches) === "stopped") await forget(schedule, round, known);
        else next = soonest(next, await follow(schedule, round, known));
      } catch (error) {
        round.onError(error, schedule.name);
      }
    }
    return next;
  }
}

async function storedOnes({ desk }: TickRound): Promise<Map<string, Known>> {
  const texts = await desk.storage.listCursors(cursorPrefix);
  return new Map([...texts].map(([name, text]) => [name, { followed: followedFrom(text), stored: text }]));
}

/** Ticks of the time in which it is off never run. */
async function forget({ name }: ScheduleSpec, { desk }: TickRound, known: Map<string, Known>): Promise<void> {
  const one = known.get(name);
  if (one === undefined) return;
  const isForgotten = await desk.storage.swapCursor(cursorPrefix + name, {
    expected: one.stored,
    value: null,
  });
  const stored = isForgotten ? undefined : await desk.storage.getCursor(cursorPrefix + name);
  if (stored === undefined) known.delete(name);
  else known.set(name, { ...one, stored });
}

async function follow(
  schedule: ScheduleSpec,
  round: TickRound,
  known: Map<string, Known>,
): Promise<number | undefined> {
  const { name } = schedule;
  const before = known.get(name) ?? (await begun(schedule, round));
  const { state, waiting, missed, nextWake } = followSchedule(schedule, before.followed, {
    now: round.now.epochMilliseconds,
    switchedAt: round.switches.get(name)?.at,
  });
  let one: Known = { followed: { state, waiting }, stored: before.stored };
  known.set(name, one);
  const isOtherCron = state.cron !== before.followed.state.cron;
  if (isOtherCron) one = await keep(schedule, round, one);
  for (let [tick] = one.followed.waiting; tick !== undefined; [tick] = one.followed.waiting) {
    const after = await tickOf(schedule, round, { tick, missed, one });
    if (after === "waits") break;
    // Neither recorded nor taken by another: the next round tries again.
    if (after.stored === one.stored && after.followed.waiting.includes(tick)) break;
    one = after;
    known.set(name, one);
  }
  // What waits for the end of a run is not lost with this process.
  if (one.followed.waiting.length > 0 && !isKept(one)) one = await keep(schedule, round, one);
  known.set(name, one);
  return nextWake;
}

/** The first time that it is on: ticks from before it was switched on never run, or up to now where nobody did. */
async function begun(schedule: ScheduleSpec, round: TickRound): Promise<Known> {
  const text = await round.desk.storage.getCursor(cursorPrefix + schedule.name);
  if (text !== undefined) return { followed: followedFrom(text), stored: text };
  const switchedAt = round.switches.get(schedule.name)?.at;
  const state = startSchedule(schedule, switchedAt ?? round.now.epochMilliseconds);
  return await keep(schedule, round, { followed: { state, waiting: [] }, stored: null });
}

function isKept({ followed, stored }: Known): boolean {
  return stored !== null && followedFrom(stored).waiting.join() === followed.waiting.join();
}

/** Stores it as it is, unless another was first. */
async function keep(schedule: ScheduleSpec, round: TickRound, { followed, stored }: Known): Promise<Known> {
  const value = scheduleText(followed);
  const name = cursorPrefix + schedule.name;
  const isFirst = await round.desk.storage.swapCursor(name, { expected: stored, value });
  return isFirst ? { followed, stored: value } : await overtaken(schedule, round, followed);
}

/** Another daemon has recorded ticks since: what it has seen to is done with. */
async function overtaken(
  { name }: ScheduleSpec,
  { desk, switches }: TickRound,
  followed: FollowedSchedule,
): Promise<Known> {
  const text = await desk.storage.getCursor(cursorPrefix + name);
  if (text === undefined) return { followed, stored: null };
  return { followed: overtakenBy(followed, followedFrom(text), switches.get(name)?.at), stored: text };
}

/** What there is to follow after the tick; it may wait for the end of an earlier one's runs. */
async function tickOf(
  schedule: ScheduleSpec,
  round: TickRound,
  { tick, missed, one }: { readonly tick: number; readonly missed: number; readonly one: Known },
): Promise<Known | "waits"> {
  const { name, overlap = "allow" } = schedule;
  const earlier = overlap === "allow" ? [] : await going(schedule, round);
  const turn = overlapOf(schedule, () => earlier.length > 0);
  if (turn === "wait") return "waits";
  const asked: TargetRequests =
    turn === "pass"
      ? { requests: [], reason: `the run ${earlier[0]?.id} of an earlier tick goes on` }
      : await targetRequests(
          scheduleRequest(schedule, tick),
          round,
          Temporal.Instant.fromEpochMilliseconds(tick),
        );
  const prepared = await round.desk.prepare(round.snapshot, asked.requests);
  // Before the tick is recorded: whoever fails in between comes back to it.
  if (overlap === "cancel_previous" && prepared.runs.length > 0) {
    const at = scheduleRequest(schedule, tick).tags[tickTag];
    for (const { id, request } of earlier) if (request.tags[tickTag] !== at) await round.desk.cancel(id);
  }
  const followed = afterTick(one.followed, tick);
  const stored = scheduleText(followed);
  const recorded = await recordTick(round, {
    ...prepared,
    instigator: instigatorName("schedule", name),
    scheduledAtMs: tick,
    reasons: asked.reason === undefined ? [] : [asked.reason],
    failed: asked.failed === true,
    body: missed > 0 ? { missed } : undefined,
    turn: { name: cursorPrefix + name, expected: one.stored, value: stored },
    tellsReason: true,
  });
  if (!recorded) return await overtaken(schedule, round, one.followed);
  return { followed, stored };
}

/** Runs of ticks that have not ended. */
async function going({ name }: ScheduleSpec, { desk }: TickRound): Promise<RunRecord[]> {
  return await desk.storage.listRuns({
    limit: 100,
    status: unended,
    tags: { [scheduleTag]: name },
  });
}
