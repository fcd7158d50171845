import { Cron } from "croner";
import { expect, test } from "vitest";
import {
  nextTick,
  ticksBack,
  ticksBetween,
  tickTimesBack,
  tickTimesFrom,
} from "../../platform/cron/ticks.ts";

const instant = Temporal.Instant.from;

test.for([
  { cron: "0 3 * * *", at: "2026-01-01T03:00:00Z", next: "2026-01-01T03:00:00Z" },
  { cron: "0 3 * * *", at: "2026-01-01T03:00:00.000000001Z", next: "2026-01-02T03:00:00Z" },
  { cron: "0 0 29 2 1", at: "2026-01-01T00:00:00Z", next: "2026-02-02T00:00:00Z" },
  { cron: "0 0 19 * */1", at: "2026-01-01T00:00:00Z", next: "2026-01-01T00:00:00Z" },
  { cron: "0 0 19 * *", at: "2026-01-01T00:00:00Z", next: "2026-01-19T00:00:00Z" },
  { cron: "0 0 13 * 5#2", at: "2026-01-01T00:00:00Z", next: "2026-01-09T00:00:00Z" },
  { cron: "0 0 * * 5L", at: "2026-01-01T00:00:00Z", next: "2026-01-30T00:00:00Z" },
  { cron: "0 0 L 2 *", at: "2027-12-01T00:00:00Z", next: "2028-02-29T00:00:00Z" },
  { cron: "0 0 29 2 *", at: "2096-03-01T00:00:00Z", next: "2104-02-29T00:00:00Z" },
  { cron: "0 0 * * 7", at: "2026-01-01T00:00:00Z", next: "2026-01-04T00:00:00Z" },
])("after $at, '$cron' ticks at $next", ({ cron, at, next }) => {
  expect(String(nextTick(cron, "UTC", instant(at)))).toBe(next);
});

test("the tick before an instant may be the instant itself", () => {
  const tick = instant("2026-01-01T03:00:00Z");
  const last = (at: Temporal.Instant) => String([...ticksBack("0 3 * * *", "UTC", at).take(1)][0]);
  expect(last(tick)).toBe("2026-01-01T03:00:00Z");
  expect(last(tick.subtract({ nanoseconds: 1 }))).toBe("2025-12-31T03:00:00Z");
});

test("ticks between two instants include the first and not the last", () => {
  const ticks = ticksBetween("0 0 * * *", "Asia/Seoul", {
    from: instant("2026-01-01T15:00Z"),
    to: instant("2026-01-03T15:00Z"),
  });
  expect([...ticks].map(String)).toEqual(["2026-01-01T15:00:00Z", "2026-01-02T15:00:00Z"]);
});

test("several cron texts tick in order, and once where they agree", () => {
  const ticks = ticksBetween(["0 */12 * * *", "0 0,6 * * *"], "UTC", {
    from: instant("2026-01-01T00:00Z"),
    to: instant("2026-01-02T00:00Z"),
  });
  expect([...ticks].map((tick) => tick.toString().slice(11, 16))).toEqual(["00:00", "06:00", "12:00"]);
});

test("a daily time inside a skipped day moves to the first instant after it", () => {
  // Samoa crossed the date line: 30 December 2011 did not take place.
  const ticks = ticksBetween("0 9 * * *", "Pacific/Apia", {
    from: instant("2011-12-29T00:00Z"),
    to: instant("2012-01-01T00:00Z"),
  });
  expect(
    [...ticks].map((tick) => tick.toZonedDateTimeISO("Pacific/Apia").toPlainDateTime().toString()),
  ).toEqual(["2011-12-29T09:00:00", "2011-12-31T00:00:00", "2011-12-31T09:00:00", "2012-01-01T09:00:00"]);
});

test("a cron text that is wrong throws", () => {
  expect(() => nextTick("nonsense", "UTC", instant("2026-01-01T00:00Z"))).toThrow(RangeError);
  expect(() => nextTick("0 0 * * *", "Mars/Olympus", instant("2026-01-01T00:00Z"))).toThrow(RangeError);
});

const zones = [
  "UTC",
  "America/New_York",
  "Europe/Berlin",
  "Australia/Lord_Howe",
  "Asia/Kathmandu",
  "America/Santiago",
  "Africa/Casablanca",
];

test("ticks backward are the ticks forward, backward, in every zone", () => {
  const random = randomNumbers(7);
  for (let round = 0; round < 150; round++) {
    const cron = randomCron(random);
    const zone = zones[random(zones.length)] as string;
    const from = Date.UTC(2020 + random(8), random(12), 1 + random(28));
    const forward = firstTicks(cron, zone, { from, count: 40 });
    const last = forward.at(-1) as number;
    const back: number[] = [];
    for (const tick of tickTimesBack(cron, zone, last)) {
      if (tick < from) break;
      back.push(tick);
    }
    expect(back.reverse(), `${cron} in ${zone} from ${from}`).toEqual(forward);
    expect(
      forward.every((tick, index) => index === 0 || tick > (forward[index - 1] as number)),
      cron,
    ).toBe(true);
  }
});

test("in UTC, random cron texts tick as croner's do", () => {
  const random = randomNumbers(11);
  for (let round = 0; round < 300; round++) {
    const cron = randomCron(random);
    const from = new Date(Date.UTC(2020 + random(8), random(12), 1 + random(28), random(24)));
    const theirs = new Cron(cron, { timezone: "UTC", mode: "5-part" }).nextRuns(
      10,
      new Date(from.getTime() - 1),
    );
    expect(firstTicks(cron, "UTC", { from: from.getTime(), count: 10 }), cron).toEqual(
      theirs.map((date) => date.getTime()),
    );
  }
});

function firstTicks(cron: string, zone: string, { from, count }: { from: number; count: number }): number[] {
  const ticks: number[] = [];
  for (const tick of tickTimesFrom(cron, zone, from)) {
    ticks.push(tick);
    if (ticks.length === count) break;
  }
  return ticks;
}

/** A linear congruential generator: the same numbers below `limit` for the same seed. */
function randomNumbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

function randomCron(random: (limit: number) => number): string {
  const field = (first: number, last: number): string => {
    const one = (): number => first + random(last - first + 1);
    switch (random(6)) {
      case 0:
      case 1:
        return "*";
      case 2:
        return `*/${1 + random(last - first)}`;
      case 3: {
        const from = one();
        return `${from}-${from + random(last - from + 1)}`;
      }
      case 4:
        return `${one()},${one()}`;
      default:
        return String(one());
    }
  };
  return [
    field(0, 59),
    field(0, 23),
    random(2) === 0 ? "*" : field(1, 28),
    field(1, 12),
    random(2) === 0 ? "*" : field(0, 6),
  ].join(" ");
}
