import { createHash } from "node:crypto";
import { dueTicks, type ScheduleState, startSchedule } from "../automation/schedule-ticks.ts";
import type { ScheduleSpec } from "../core/job.ts";
import { isTerminal, type RunId, runStatuses } from "../core/run.ts";
import { statusOf } from "../instance/instigator-switches.ts";
import { scheduleCursors as cursorPrefix, instigatorName } from "../instance/instigators.ts";
import { recordTick } from "./record-tick.ts";
import { type TargetRequest, type TargetRequests, targetRequests } from "./target-requests.ts";
import { soonest, type TickRound } from "./tick-round.ts";

const unended = runStatuses.filter((status) => !isTerminal(status));

interface Known {
  state: ScheduleState;
  /** Ticks that are due and have not been recorded, oldest first. */
  waiting: number[];
}

/** Ticks of schedules become runs, each tick once. */
export class ScheduleLoop {
  #known: Map<string, Known> | undefined;

  /** One round; gives the moment of the next tick. */
  async round(round: TickRound): Promise<number | undefined> {
    this.#known ??= await stored(round);
    const known = this.#known;
    const { schedules } = round.snapshot.definitions;
    let next: number | undefined;
    for (const schedule of schedules) {
      if (statusOf(schedule, round.switches) === "stopped") {
        // Ticks of the time in which it is off never run.
        if (known.delete(schedule.name))
          await round.desk.storage.setCursor(cursorPrefix + schedule.name, undefined);
        continue;
      }
      try {
        next = soonest(next, await this.#follow(schedule, round, known));
      } catch (error) {
        round.onError(error, schedule.name);
      }
    }
    return next;
  }

  async #follow(
    schedule: ScheduleSpec,
    round: TickRound,
    known: Map<string, Known>,
  ): Promise<number | undefined> {
    const jitterMs = jitterOf(schedule);
    const now = round.now.epochMilliseconds - jitterMs;
    const entry = known.get(schedule.name) ?? (await begun(schedule, round));
    known.set(schedule.name, entry);
    const switched = round.switches.get(schedule.name)?.at;
    if (switched !== undefined && switched > entry.state.after)
      Object.assign(entry, { state: startSchedule(schedule, switched), waiting: [] });
    const { ticks, state, nextWake, missed } = dueTicks(schedule, entry.state, now);
    if (state.cron !== entry.state.cron) await keepState(schedule, round, state);
    entry.state = state;
    entry.waiting.push(...ticks);
    while (entry.waiting.length > 0) {
      const [tick] = entry.waiting as [number];
      if (!(await tickOf(schedule, round, { tick, missed, state }))) break;
      entry.waiting.shift();
    }
    return nextWake === undefined ? undefined : nextWake + jitterMs;
  }
}

async function stored({ desk }: TickRound): Promise<Map<string, Known>> {
  const states = await desk.storage.listCursors(cursorPrefix);
  return new Map(
    [...states].map(([name, text]) => [name, { state: JSON.parse(text) as ScheduleState, waiting: [] }]),
  );
}

/** The first time that it is on: ticks up to now never run. */
async function begun(schedule: ScheduleSpec, round: TickRound): Promise<Known> {
  const text = await round.desk.storage.getCursor(cursorPrefix + schedule.name);
  if (text !== undefined) return { state: JSON.parse(text) as ScheduleState, waiting: [] };
  const state = startSchedule(schedule, round.now.epochMilliseconds);
  await keepState(schedule, round, state);
  return { state, waiting: [] };
}

async function keepState({ name }: ScheduleSpec, { desk }: TickRound, state: ScheduleState): Promise<void> {
  await desk.storage.setCursor(cursorPrefix + name, JSON.stringify(state));
}

/** Whether the tick is done with; otherwise it waits for the end of an earlier one's runs. */
async function tickOf(
  schedule: ScheduleSpec,
  round: TickRound,
  { tick, missed, state }: { readonly tick: number; readonly missed: number; readonly state: ScheduleState },
): Promise<boolean> {
  const { name, overlap = "allow" } = schedule;
  const earlier = overlap === "allow" ? [] : await going(schedule, round);
  if (overlap === "queue" && earlier.length > 0) return false;
  const asked: TargetRequests =
    overlap === "skip" && earlier.length > 0
      ? { requests: [], reason: `the run ${earlier[0]} of an earlier tick goes on` }
      : await targetRequests(askedBy(schedule, tick), round, Temporal.Instant.fromEpochMilliseconds(tick));
  const prepared = await round.desk.prepare(round.snapshot, asked.requests);
  const recorded = await recordTick(round, {
    ...prepared,
    instigator: instigatorName("schedule", name),
    scheduledAtMs: tick,
    reasons: asked.reason === undefined ? [] : [asked.reason],
    failed: asked.failed === true,
    body: missed > 0 ? { missed } : undefined,
    cursors: [{ name: cursorPrefix + name, value: JSON.stringify({ ...state, after: tick }) }],
    tellsReason: true,
  });
  if (recorded && overlap === "cancel_previous") for (const id of earlier) await round.desk.cancel(id);
  return true;
}

function askedBy({ name, target, tags, partition }: ScheduleSpec, tick: number): TargetRequest {
  const at = Temporal.Instant.fromEpochMilliseconds(tick).toString();
  return {
    target,
    tags: { ...tags, "dop/schedule": name, "dop/tick": at },
    ...(partition === undefined ? {} : { partition }),
  };
}

/** Runs of earlier ticks that have not ended. */
async function going({ name }: ScheduleSpec, { desk }: TickRound): Promise<RunId[]> {
  const runs = await desk.storage.listRuns({
    limit: 100,
    status: unended,
    tags: { "dop/schedule": name },
  });
  return runs.map(({ id }) => id);
}

/** The same for a name at all times, below its bound. */
function jitterOf({ name, jitterSeconds = 0 }: ScheduleSpec): number {
  if (jitterSeconds <= 0) return 0;
  return createHash("sha256").update(name).digest().readUInt32BE(0) % Math.floor(jitterSeconds * 1000);
}
