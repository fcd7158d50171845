import type { ExplainCause, ExplainNext, Explanation } from "../core/explanation.ts";
import { tickTimesBack, tickTimesFrom } from "../cron/ticks.ts";
import type { Entity } from "./entity-graph.ts";
import { explainCause, timeText } from "./explain-cause.ts";
import type { ExplainSurroundings, SurroundingSchedule } from "./explain-surroundings.ts";
import { runCause } from "./explain-why-not.ts";

interface ScheduledInput {
  readonly entity: Entity;
  readonly partition?: string;
  readonly surroundings: ExplainSurroundings;
  readonly now: Temporal.Instant;
}

/** Of what has no condition the schedules decide. */
export function explainSchedules(
  { entity, partition, surroundings, now }: ScheduledInput,
  blocks: readonly ExplainCause[],
): Omit<Explanation, "schema" | "entity" | "at_ms" | "last_request"> {
  const nowMs = now.epochMilliseconds;
  const run = surroundings.runs.find((one) => one.isOf(entity.key, partition ?? ""));
  const running = run === undefined ? [] : [{ run, ...runCause(run, entity.key) }];
  const causes = [
    ...blocks,
    ...running.map(({ run: { id, createdAtMs }, code, text }) =>
      explainCause(code, entity.key, { text, run_id: id, at_ms: createdAtMs }),
    ),
    ...surroundings.schedules.map((schedule) => scheduleCause(schedule, nowMs)),
  ];
  return {
    partition: partition ?? null,
    answer: "not_automated",
    causes:
      causes.length > 0
        ? causes
        : [
            explainCause("not_automated", entity.key, {
              text: `${entity.key} has no automation condition, and no schedule or sensor asks for it`,
            }),
          ],
    condition: null,
    flip: null,
    next: nextScheduled(surroundings.schedules, nowMs) ?? { kind: "never" },
    missing_evidence: [],
  };
}

function scheduleCause(
  { spec, isOn, onSinceMs, lastTickAtMs }: SurroundingSchedule,
  now: number,
): ExplainCause {
  const name = spec.name;
  if (!isOn) return explainCause("paused", name, { text: `the schedule ${name} is switched off` });
  const upcoming = nextScheduled([{ spec, isOn, onSinceMs, lastTickAtMs }], now);
  const next = upcoming?.kind === "at" ? upcoming.at_ms : null;
  const nextText = next === null ? "" : `; the next is at ${timeText(next)}`;
  for (const tick of tickTimesBack(spec.cron, spec.timeZone, now)) {
    const isMissed = tick > (onSinceMs ?? 0) && tick > (lastTickAtMs ?? 0);
    if (isMissed && spec.catchUp?.type === "none")
      return explainCause("catch_up_off", name, {
        text: `the tick of the schedule ${name} at ${timeText(tick)} passed while nobody watched, and \`catch_up: none\` makes up for none${nextText}`,
        at_ms: tick,
      });
    break;
  }
  return explainCause("cron_not_reached", name, {
    text: `the schedule ${name} asks for it; its last tick was ${lastTickAtMs === undefined ? "never" : `at ${timeText(lastTickAtMs)}`}${nextText}`,
    at_ms: next,
  });
}

/** The next tick of the schedules that are on. */
export function nextScheduled(
  schedules: readonly SurroundingSchedule[],
  now: number,
): ExplainNext | undefined {
  let soonest: ExplainNext | undefined;
  for (const { spec, isOn } of schedules) {
    if (!isOn) continue;
    for (const tick of tickTimesFrom(spec.cron, spec.timeZone, now + 1)) {
      if (soonest?.kind !== "at" || tick < soonest.at_ms)
        soonest = { kind: "at", at_ms: tick, by: spec.name, partitions: null };
      break;
    }
  }
  return soonest;
}
