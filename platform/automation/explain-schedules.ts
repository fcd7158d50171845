import type { ExplainCause, ExplainNext, Explanation } from "../core/explanation.ts";
import { tickTimesBack, tickTimesFrom } from "../cron/ticks.ts";
import type { Entity } from "./entity-graph.ts";
import { explainCause, timeText } from "./explain-cause.ts";
import type { ExplainSurroundings, SurroundingSchedule, SurroundingSensor } from "./explain-surroundings.ts";
import { runCause } from "./explain-why-not.ts";

interface ScheduledInput {
  readonly entity: Entity;
  readonly partition?: string;
  readonly surroundings: ExplainSurroundings;
  readonly now: Temporal.Instant;
}

/** Of what has no condition schedules and sensors decide. */
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
    ...surroundings.sensors.map(sensorCause),
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
    next:
      nextScheduled(surroundings.schedules, nowMs) ??
      (surroundings.sensors.some(({ isOn }) => isOn)
        ? { kind: "event", until_ms: null, upstream: null }
        : { kind: "never" }),
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
    text: `the schedule ${name} asks for it; ${lastTickAtMs === undefined ? "it has not ticked yet" : `its last tick was at ${timeText(lastTickAtMs)}`}${nextText}`,
    at_ms: next,
  });
}

function sensorCause({ name, isOn, lastTick }: SurroundingSensor): ExplainCause {
  if (!isOn) return explainCause("paused", name, { text: `the sensor ${name} is switched off` });
  const found = lastTick?.runs === 0 ? "no run" : lastTick?.runs === 1 ? "one run" : `${lastTick?.runs} runs`;
  const reason = lastTick?.reason === undefined ? "" : ` (${lastTick.reason})`;
  const lastText =
    lastTick === undefined
      ? "it has not ticked yet"
      : `its last tick, at ${timeText(lastTick.atMs)}, asked for ${found}${reason}`;
  return explainCause("nothing_new", name, {
    text: `the sensor ${name} asks for it when it sees something new; ${lastText}`,
    at_ms: lastTick?.atMs ?? null,
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
