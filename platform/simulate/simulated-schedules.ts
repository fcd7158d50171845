import {
  type FollowedSchedule,
  followSchedule,
  overlapOf,
  scheduleRequest,
  scheduleTag,
} from "../automation/follow-schedule.ts";
import { startSchedule } from "../automation/schedule-ticks.ts";
import type { TargetRequest, TargetRequests } from "../automation/target-requests.ts";
import type { ScheduleSpec } from "../core/job.ts";
import type { RunRequest } from "../core/run.ts";
import type { SimulatedRun } from "./simulated-run.ts";
import type { SimulatedSchedule } from "./simulation.ts";
import type { SimulationHistory } from "./simulation-history.ts";

export interface SimulatedSchedulesOptions {
  readonly schedules: readonly ScheduleSpec[];
  readonly history: Pick<SimulationHistory, "schedules" | "switches">;
  readonly fromMs: number;
  /** What is asked for at a tick (milliseconds since 1970). */
  requestsAt(asked: TargetRequest, tick: number): TargetRequests;
  /** Runs that have not ended. */
  unended(): readonly SimulatedRun[];
  /** How many of the requests became runs, and why others did not. */
  ask(
    requests: readonly RunRequest[],
    schedule: ScheduleSpec,
    tick: number,
  ): { readonly runs: number; readonly faults: readonly string[] };
  cancel(run: SimulatedRun): void;
}

interface Known {
  readonly spec: ScheduleSpec;
  readonly switchedAt: number | undefined;
  followed: FollowedSchedule;
  nextWake: number | undefined;
  ticks: number;
  runs: number;
  readonly skipped: Map<string, number>;
}

/** Schedules in virtual time: those that are on tick, those that are off never do. */
export class SimulatedSchedules {
  readonly #options: SimulatedSchedulesOptions;
  readonly #on: readonly Known[];

  constructor(options: SimulatedSchedulesOptions) {
    const { schedules, history, fromMs } = options;
    this.#options = options;
    this.#on = schedules
      .filter(({ name, defaultStatus }) => (history.switches[name]?.status ?? defaultStatus) === "running")
      .map((spec) => ({
        spec,
        switchedAt: history.switches[spec.name]?.at,
        followed: { state: history.schedules[spec.name] ?? startSchedule(spec, fromMs), waiting: [] },
        nextWake: fromMs,
        ticks: 0,
        runs: 0,
        skipped: new Map(),
      }));
  }

  get next(): number | undefined {
    let next: number | undefined;
    for (const { nextWake } of this.#on)
      if (nextWake !== undefined && (next === undefined || nextWake < next)) next = nextWake;
    return next;
  }

  /** Sees to the ticks that are due, and to those that waited for earlier runs. */
  round(now: number): void {
    for (const known of this.#on) {
      const isDue = known.nextWake !== undefined && known.nextWake <= now;
      if (isDue || known.followed.waiting.length > 0) this.#follow(known, now);
    }
  }

  view(): SimulatedSchedule[] {
    const on = new Map(this.#on.map((known) => [known.spec, known]));
    return this.#options.schedules.map((spec) => {
      const known = on.get(spec);
      return {
        schedule: spec.name,
        status: known === undefined ? "stopped" : "running",
        ticks: known?.ticks ?? 0,
        runs: known?.runs ?? 0,
        skipped: Object.fromEntries(known?.skipped ?? []),
      };
    });
  }

  #follow(known: Known, now: number): void {
    const { spec, switchedAt } = known;
    const { state, waiting, nextWake } = followSchedule(spec, known.followed, { now, switchedAt });
    known.nextWake = nextWake;
    let done = 0;
    for (const tick of waiting) {
      if (!this.#tick(known, tick)) break;
      done += 1;
    }
    known.followed = { state, waiting: waiting.slice(done) };
  }

  /** Whether the tick is done with. */
  #tick(known: Known, tick: number): boolean {
    const { spec } = known;
    const { unended, requestsAt, ask, cancel } = this.#options;
    const { overlap = "allow" } = spec;
    const earlier =
      overlap === "allow" ? [] : unended().filter(({ tags }) => tags[scheduleTag] === spec.name);
    const turn = overlapOf(spec, () => earlier.length > 0);
    if (turn === "wait") return false;
    known.ticks += 1;
    if (turn === "pass") {
      skip(known, "a run of an earlier tick goes on");
      return true;
    }
    const { requests, reason } = requestsAt(scheduleRequest(spec, tick), tick);
    if (reason !== undefined) skip(known, reason);
    const { runs, faults } = ask(requests, spec, tick);
    known.runs += runs;
    for (const fault of faults) skip(known, fault);
    if (overlap === "cancel_previous") for (const run of earlier) cancel(run);
    return true;
  }
}

function skip({ skipped }: Known, reason: string): void {
  skipped.set(reason, (skipped.get(reason) ?? 0) + 1);
}
