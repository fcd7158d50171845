import type { FreshnessPolicy, FreshnessState, FreshnessVerdict } from "../core/freshness.ts";
import { tickTimesBack, tickTimesFrom } from "../cron/ticks.ts";

/**
 * How fresh an asset is at a moment (milliseconds since 1970); at exactly a window's length it is outside already.
 *
 * One never materialized is `unknown`, so that a new asset alarms nobody. With deadlines it is judged at the latest
 * one that has passed: late work turns it to `pass` at once, work before the lower bound does not count.
 */
export function freshnessState(
  policy: FreshnessPolicy,
  materializedAt: number | undefined,
  now: number,
): FreshnessState {
  if (materializedAt === undefined) return "unknown";
  if (policy.type === "time_window") {
    const age = now - materializedAt;
    if (age >= policy.failSeconds * 1000) return "fail";
    return policy.warnSeconds !== undefined && age >= policy.warnSeconds * 1000 ? "warn" : "pass";
  }
  const deadline = latestDeadline(policy, now);
  if (deadline === undefined) return "pass";
  return materializedAt >= deadline - policy.lowerBoundSeconds * 1000 ? "pass" : "fail";
}

/** The state at a moment with the moments that say so; `freshnessState` tells how it is judged. */
export function freshnessVerdict(
  policy: FreshnessPolicy,
  materializedAt: number | undefined,
  now: number,
): FreshnessVerdict {
  const state = freshnessState(policy, materializedAt, now);
  if (materializedAt === undefined || state === "unknown") return { state };
  if (policy.type === "time_window") {
    const due = materializedAt + policy.failSeconds * 1000;
    const warnedAt = materializedAt + (policy.warnSeconds ?? policy.failSeconds) * 1000;
    return { state, due, since: { pass: materializedAt, warn: warnedAt, fail: due }[state] };
  }
  if (state === "pass") {
    const due = nextFreshnessChange(policy, materializedAt, now);
    return { state, since: materializedAt, ...(due === undefined ? {} : { due }) };
  }
  const missed = missedDeadline(policy, materializedAt);
  return missed === undefined ? { state } : { state, since: missed, due: missed };
}

/** The first deadline that a materialization was too early for. */
function missedDeadline(
  { deadlineCron, timeZone, lowerBoundSeconds }: Extract<FreshnessPolicy, { type: "cron" }>,
  materializedAt: number,
): number | undefined {
  for (const tick of tickTimesFrom(deadlineCron, timeZone, materializedAt + lowerBoundSeconds * 1000 + 1))
    return tick;
  return undefined;
}

/** The next moment at which the state becomes another one if nothing happens; nothing where it stays. */
export function nextFreshnessChange(
  policy: FreshnessPolicy,
  materializedAt: number | undefined,
  now: number,
): number | undefined {
  if (materializedAt === undefined) return undefined;
  if (policy.type === "time_window") {
    const changes = [policy.warnSeconds, policy.failSeconds]
      .filter((seconds) => seconds !== undefined)
      .map((seconds) => materializedAt + seconds * 1000);
    return changes.find((change) => change > now);
  }
  if (freshnessState(policy, materializedAt, now) === "fail") return undefined;
  const counts = materializedAt + policy.lowerBoundSeconds * 1000;
  for (const tick of tickTimesFrom(policy.deadlineCron, policy.timeZone, now + 1))
    if (tick > counts) return tick;
  return undefined;
}

function latestDeadline(
  { deadlineCron, timeZone }: Extract<FreshnessPolicy, { type: "cron" }>,
  now: number,
): number | undefined {
  for (const tick of tickTimesBack(deadlineCron, timeZone, now)) return tick;
  return undefined;
}
