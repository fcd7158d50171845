import { ticksBack, tickTimesFrom } from "../cron/ticks.ts";

/** When crons tick around one moment, each looked up once however many conditions ask. */
export class CronMoments {
  /** In milliseconds since 1970. */
  readonly nowMs: number;
  readonly #latest = new Map<string, number | undefined>();
  readonly #next = new Map<string, number | undefined>();

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** The latest tick up to now, in milliseconds since 1970; nothing where the cron never ticked. */
  latest(cron: string, timeZone: string): number | undefined {
    return remembered(this.#latest, `${cron}\n${timeZone}`, () => {
      const now = Temporal.Instant.fromEpochMilliseconds(this.nowMs);
      const [tick] = ticksBack(cron, timeZone, now).take(1);
      return tick?.epochMilliseconds;
    });
  }

  /** The first tick after now, in milliseconds since 1970; nothing where the cron never ticks again. */
  next(cron: string, timeZone: string): number | undefined {
    return remembered(this.#next, `${cron}\n${timeZone}`, () => {
      const [tick] = tickTimesFrom(cron, timeZone, this.nowMs + 1);
      return tick;
    });
  }
}

function remembered(
  known: Map<string, number | undefined>,
  name: string,
  find: () => number | undefined,
): number | undefined {
  if (!known.has(name)) known.set(name, find());
  return known.get(name);
}
