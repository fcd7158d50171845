import { expect, test } from "vitest";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { tickTimesFrom } from "../../platform/cron/ticks.ts";
import { timeWindowsOf } from "../../platform/partition/time-windows.ts";

const minuteMs = 60_000;
const start = Date.UTC(2016, 0, 1);
const end = Date.UTC(2026, 0, 1);

/** Gaps and repetitions of an hour, of half an hour, off the full hour, and a summer time that Ramadan interrupts. */
const zones = [
  "Europe/Berlin",
  "America/New_York",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Africa/Casablanca",
];

interface WallMinute {
  readonly minute: number;
  readonly hour: number;
  readonly dayOfMonth: number;
  readonly weekday: number;
}

interface OracleCron {
  readonly cron: string;
  /** Whether it repeats every hour, so that it follows real time. */
  readonly isHourly?: boolean;
  readonly names: (wall: WallMinute) => boolean;
}

const crons: readonly OracleCron[] = [
  { cron: "0 * * * *", isHourly: true, names: ({ minute }) => minute === 0 },
  { cron: "*/30 * * * *", isHourly: true, names: ({ minute }) => minute % 30 === 0 },
  {
    cron: "15 * * * 0",
    isHourly: true,
    names: ({ minute, weekday }) => minute === 15 && weekday === 0,
  },
  { cron: "0 0 * * *", names: ({ minute, hour }) => hour === 0 && minute === 0 },
  { cron: "30 2 * * *", names: ({ minute, hour }) => hour === 2 && minute === 30 },
  { cron: "0 3 * * *", names: ({ minute, hour }) => hour === 3 && minute === 0 },
  { cron: "*/20 0-5 * * *", names: ({ minute, hour }) => hour <= 5 && minute % 20 === 0 },
  {
    cron: "45 2 * * 0",
    names: ({ minute, hour, weekday }) => hour === 2 && minute === 45 && weekday === 0,
  },
  {
    cron: "30 1 1,15 * *",
    names: ({ minute, hour, dayOfMonth }) =>
      hour === 1 && minute === 30 && (dayOfMonth === 1 || dayOfMonth === 15),
  },
];

/** Stretches without a change of the clock, with their offset in minutes. */
function spellsOf(
  timeZone: string,
): { readonly from: number; readonly to: number; readonly offset: number }[] {
  const spells: { from: number; to: number; offset: number }[] = [];
  let from = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(timeZone);
  while (from.epochMilliseconds < end) {
    const next = from.getTimeZoneTransition("next");
    const to = Math.min(end, next?.epochMilliseconds ?? end);
    const offset = from.offsetNanoseconds / 60e9;
    const last = spells.at(-1);
    // Some changes concern the name alone.
    if (last?.offset === offset) last.to = to;
    else spells.push({ from: from.epochMilliseconds, to, offset });
    if (next === null) break;
    from = next;
  }
  return spells;
}

const weekdayOfFirstDay = 4;

function wallAt(wallMinute: number): WallMinute {
  const day = Math.floor(wallMinute / 1440);
  return {
    minute: wallMinute % 60,
    hour: Math.floor(wallMinute / 60) % 24,
    dayOfMonth: new Date(day * 86_400_000).getUTCDate(),
    weekday: (day + weekdayOfFirstDay) % 7,
  };
}

const known = new Map<string, ReadonlyMap<string, number[]>>();

/** Ticks of all crons, found by looking at each minute of ten years. */
function oracleTicks(timeZone: string): ReadonlyMap<string, number[]> {
  const ticks = known.get(timeZone) ?? findTicks(timeZone);
  known.set(timeZone, ticks);
  return ticks;
}

function findTicks(timeZone: string): ReadonlyMap<string, number[]> {
  const ticks = new Map(crons.map(({ cron }) => [cron, [] as number[]]));
  const spells = spellsOf(timeZone);
  for (const [at, { from, to, offset }] of spells.entries()) {
    const before = spells[at - 1]?.offset ?? offset;
    const repeated = offset > (spells[at + 1]?.offset ?? offset) ? offset - (spells[at + 1]?.offset ?? 0) : 0;
    for (let skipped = from / minuteMs + before; skipped < from / minuteMs + offset; skipped++) {
      const wall = wallAt(skipped);
      for (const { cron, isHourly, names } of crons) {
        const found = ticks.get(cron) as number[];
        if (isHourly !== true && names(wall) && found.at(-1) !== from) found.push(from);
      }
    }
    for (let minute = from / minuteMs; minute < to / minuteMs; minute++) {
      // No cron here names another minute.
      if ((minute + offset) % 5 !== 0) continue;
      const wall = wallAt(minute + offset);
      for (const { cron, isHourly, names } of crons) {
        if (!names(wall)) continue;
        const isFirstOfTwo = to < end && minute >= to / minuteMs - repeated;
        const found = ticks.get(cron) as number[];
        const tick = minute * minuteMs;
        if ((isHourly === true || !isFirstOfTwo) && found.at(-1) !== tick) found.push(tick);
      }
    }
  }
  return ticks;
}

function ticksOf(cron: string, timeZone: string): number[] {
  const found: number[] = [];
  for (const tick of tickTimesFrom(cron, timeZone, start)) {
    if (tick >= end) return found;
    found.push(tick);
  }
  return found;
}

test.for(zones)(
  "for ten years crons tick in %s as a look at each minute tells",
  { timeout: 120_000 },
  (timeZone) => {
    for (const [cron, ticks] of oracleTicks(timeZone)) {
      const found = ticksOf(cron, timeZone);
      const wrong = found.findIndex((tick, at) => tick !== ticks[at]);
      expect([
        cron,
        wrong < 0 ? "right" : new Date(found[wrong] as number).toISOString(),
        found.length,
      ]).toEqual([cron, "right", ticks.length]);
    }
  },
);

test.for(
  zones.flatMap((timeZone) =>
    (["hourly", "daily"] as const).map((cadence) => ({
      timeZone,
      cadence,
      cron: cadence === "hourly" ? "0 * * * *" : "0 0 * * *",
    })),
  ),
)(
  "for ten years $cadence partitions of $timeZone begin and end at its ticks",
  { timeout: 120_000 },
  ({ timeZone, cadence, cron }) => {
    const written = cadence === "hourly" ? "2016-01-02-00:00" : "2016-01-02";
    const windows = timeWindowsOf(cadencePartitions(cadence, { start: written, timeZone }));
    const ticks = (oracleTicks(timeZone).get(cron) as number[]).filter((tick) => tick >= windows.firstTick);
    expect(ticks[0]).toBe(windows.firstTick);
    const count = ticks.length - 1;
    expect(windows.count(ticks.at(-1) as number)).toBe(count);
    const keys = new Set<string>();
    for (let index = 0; index < count; index++) {
      const window = windows.window(index);
      const key = windows.key(index);
      keys.add(key);
      if (window.start !== ticks[index] || window.end !== ticks[index + 1] || windows.indexOf(key) !== index)
        expect({ index, key, ...window }).toBe("right");
    }
    expect(keys.size).toBe(count);
  },
);
