import type { ScheduleSpec } from "../../../platform/core/job.ts";
import { isTerminal } from "../../../platform/core/run.ts";
import { tickTimesFrom } from "../../../platform/cron/ticks.ts";
import { readSwitches, statusOf } from "../../../platform/instance/instigator-switches.ts";
import type { Round, SeenTick, Standing, World } from "./world.ts";

/** What must hold after a round that came to its end: nothing failed by itself, and no tick that was due is missing. */
export async function checkRound(world: World, round: Round): Promise<void> {
  const { daemon, snapshot } = round;
  const { actor } = daemon;
  if (!actor.isTroubled)
    for (const error of daemon.errors) world.violated("round", `${actor.name}: ${textOf(error)}`);
  if (actor.failure !== undefined) {
    if (!actor.isTroubled) world.violated("round", `${actor.name}: ${textOf(actor.failure)}`);
    actor.failure = undefined;
    return;
  }
  if (daemon.errors.length > 0 || round.now === undefined) return;
  const switches = await readSwitches(world.storage);
  const cursors = await world.storage.listCursors("schedule/");
  for (const schedule of snapshot.definitions.schedules) {
    const { name } = schedule;
    const [before, after] = [round.switchesBefore.get(name), switches.get(name)];
    if (
      statusOf(schedule, switches) === "stopped" ||
      before?.at !== after?.at ||
      before?.status !== after?.status
    ) {
      daemon.whole.delete(name);
      continue;
    }
    // What a round that failed saw of a later moment is decided already.
    if (round.now < daemon.latestNow) continue;
    const since = standingOf(world, round, schedule);
    await checkDue(world, round, { schedule, since, switchedAt: after?.at });
    const { now = 0 } = round;
    daemon.whole.set(name, {
      cron: cronOf(schedule),
      // What came before it was looked for the first time, by whoever did, never ticks.
      floor: since?.floor ?? Math.max(now, afterOf(cursors.get(name))),
      now,
    });
  }
}

/** From when on a daemon looks: since it looked last, else since what is stored; nothing where it begins now. */
function standingOf(
  world: World,
  { daemon, cursorsBefore, forgottenBefore }: Round,
  schedule: ScheduleSpec,
): Standing | undefined {
  const cron = cronOf(schedule);
  const last = daemon.whole.get(schedule.name);
  if (last !== undefined) return last.cron === cron ? last : undefined;
  // Another daemon, by whose definitions it is off, forgot it meanwhile.
  if (world.forgotten.slice(forgottenBefore).includes(`schedule/${schedule.name}`)) return undefined;
  const stored = cursorsBefore.get(schedule.name);
  const state = stored === undefined ? undefined : (JSON.parse(stored) as { after: number; cron: string });
  return state?.cron === cron ? { cron, now: state.after, floor: state.after } : undefined;
}

function afterOf(stored: string | undefined): number {
  return stored === undefined ? 0 : (JSON.parse(stored) as { readonly after: number }).after;
}

/** By the rule about ticks that passed unwatched, applied to the time since this daemon looked last. */
async function checkDue(
  world: World,
  round: Round,
  {
    schedule,
    since,
    switchedAt = 0,
  }: {
    readonly schedule: ScheduleSpec;
    readonly since: Standing | undefined;
    readonly switchedAt: number | undefined;
  },
): Promise<void> {
  const { name, jitterSeconds = 0 } = schedule;
  if (since === undefined) return;
  const now = (round.now as number) - jitterSeconds * 1000;
  const from = Math.max(since.now - jitterSeconds * 1000, since.floor, switchedAt);
  const due = caughtUp(ticksBetween(schedule, from, now), schedule, round.now as number);
  const recorded = new Set(ticksOf(world, name).map(({ scheduledAtMs }) => scheduledAtMs));
  const missing = due.filter(
    (tick) => !recorded.has(tick) && !isPassedOver(world, { schedule, tick, recorded }),
  );
  if (missing.length === 0 || (await hadToWait(world, round, schedule))) return;
  world.violated(
    "I2",
    `${name}: ${missing.map(momentOf).join()} is lost after a round of ${round.daemon.actor.name}`,
  );
}

/** Whether another daemon may have decided that the tick is not made up for. */
function isPassedOver(
  world: World,
  {
    schedule,
    tick,
    recorded,
  }: { readonly schedule: ScheduleSpec; readonly tick: number; readonly recorded: ReadonlySet<number> },
): boolean {
  const crons = world.project.versions.flatMap(({ definitions }) =>
    definitions.schedules.filter(({ name }) => name === schedule.name).map(cronOf),
  );
  // With another cron it begins anew; and a clock that was put back had shown the moment before.
  if (new Set(crons).size > 1 || tick <= world.latestAt) return true;
  const { catchUp } = schedule;
  const takesAll = catchUp?.type === "all" && catchUp.max > 100;
  return !takesAll && [...recorded].some((other) => other > tick);
}

/** Whether in the course of the round runs went on that ticks wait for. */
async function hadToWait(world: World, round: Round, schedule: ScheduleSpec): Promise<boolean> {
  if (schedule.overlap !== "queue") return false;
  const hasTicked = world.ticks
    .slice(round.ticksBefore)
    .some(({ instigator }) => instigator === `schedule/${schedule.name}`);
  return hasTicked || round.waiting.has(schedule.name) || (await waits(world, schedule));
}

/** Whether a tick waits for the end of an earlier one's runs. */
export async function waits(world: World, { name, overlap }: ScheduleSpec): Promise<boolean> {
  if (overlap !== "queue") return false;
  const runs = await world.storage.listRuns({ limit: 100, tags: { "dop/schedule": name } });
  return runs.some(({ status }) => !isTerminal(status));
}

/** What must hold of all ticks of schedules when everything has come to rest. */
export function checkScheduleTicks(world: World): void {
  const schedules = new Map<string, ScheduleSpec[]>();
  for (const { definitions } of world.project.versions)
    for (const schedule of definitions.schedules)
      schedules.set(schedule.name, [...(schedules.get(schedule.name) ?? []), schedule]);
  for (const [name, forms] of schedules) {
    const ticks = ticksOf(world, name);
    for (const [moment, same] of Map.groupBy(ticks, ({ scheduledAtMs }) => scheduledAtMs)) {
      if (same.length > 1) world.violated("I2", `${name}: ${momentOf(moment)} ticked ${same.length} times`);
      if (!forms.some((form) => isTick(form, moment)))
        world.violated("tick", `${name}: ${momentOf(moment)} is no moment of its cron`);
    }
    for (const { round, latestSeen, scheduledAtMs } of ticks) {
      const spec = round.snapshot.definitions.schedules.find((one) => one.name === name) as ScheduleSpec;
      const status = statusOf(spec, round.switchesBefore);
      const switched = round.switchesBefore.get(name);
      if (status === "running" && switched !== undefined && scheduledAtMs <= switched.at)
        world.violated("tick", `${name}: ${momentOf(scheduledAtMs)} was before it was switched on`);
      if (scheduledAtMs > latestSeen)
        world.violated("tick", `${name}: ${momentOf(scheduledAtMs)} had not come yet`);
    }
  }
}

function ticksOf(world: World, schedule: string): SeenTick[] {
  return world.ticks.filter(({ instigator }) => instigator === `schedule/${schedule}`);
}

function cronOf({ cron, timeZone }: ScheduleSpec): string {
  return `${[cron].flat().join("; ")} ${timeZone}`;
}

function ticksBetween({ cron, timeZone }: ScheduleSpec, after: number, upTo: number): number[] {
  const found: number[] = [];
  for (const tick of tickTimesFrom(cron, timeZone, after + 1)) {
    if (tick > upTo) break;
    found.push(tick);
  }
  return found;
}

function isTick({ cron, timeZone }: ScheduleSpec, moment: number): boolean {
  const [first] = tickTimesFrom(cron, timeZone, moment);
  return first === moment;
}

function caughtUp(past: readonly number[], { catchUp }: ScheduleSpec, now: number): readonly number[] {
  switch (catchUp?.type) {
    case "none":
      return past.slice(-1).filter((tick) => now - tick <= 60_000);
    case "all":
      return past.slice(-catchUp.max);
    case "window":
      return past.filter((tick) => now - tick <= catchUp.seconds * 1000);
    default:
      return past.slice(-1);
  }
}

export function momentOf(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString();
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
