import { CommandError } from "./command-context.ts";

/** Milliseconds since 1970 of a time that a command was given; without an offset it is in UTC. Throws CommandError. */
export function momentOf(option: string, text: string): number {
  for (const written of [text, `${text}Z`, `${text}T00:00Z`]) {
    try {
      return Temporal.Instant.from(written).epochMilliseconds;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new CommandError(
    `\`${option} ${text}\` is no moment`,
    "such as 2026-11-21, 2026-11-21T03:00 or 2026-11-21T03:00+09:00",
  );
}
