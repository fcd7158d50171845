import { randomUUIDv7 } from "node:crypto";

/** So many ids fit in one millisecond; the next are of the millisecond after. */
const mostInMs = 0x1000;

let last = { ms: 0, counter: 0 };

/**
 * An id that sorts after every other that this process made, also within a millisecond and after the clock was put
 * back: a UUIDv7 with a counter where others have random bits (RFC 9562 §6.2, method 1). Of several processes the
 * clocks decide.
 */
export function risingId(): string {
  const fresh = randomUUIDv7();
  last = after(last, Number.parseInt(fresh.slice(0, 8) + fresh.slice(9, 13), 16), fresh);
  const time = last.ms.toString(16).padStart(12, "0");
  const counter = last.counter.toString(16).padStart(3, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}${fresh.slice(18)}`;
}

/** A new millisecond begins at random in the lower half, so that there is room to count up. */
function after({ ms, counter }: typeof last, now: number, fresh: string): typeof last {
  if (now > ms) return { ms: now, counter: Number.parseInt(fresh.slice(15, 18), 16) % (mostInMs / 2) };
  return counter + 1 < mostInMs ? { ms, counter: counter + 1 } : { ms: ms + 1, counter: 0 };
}
