import { randomUUID } from "node:crypto";
import { settleSensorTick } from "../automation/sensor-tick.ts";
import type { SensorSpec } from "../core/job.ts";
import type { Json } from "../core/metadata.ts";
import type { RunRequest } from "../core/run.ts";
import { instigatorName, sensorCursor, sensorTurn } from "../instance/instigators.ts";
import {
  deliveryMark,
  handledDelivery,
  type StoredDelivery,
  waitingDeliveries,
} from "../instance/webhooks.ts";
import { reasonOf, recordTick } from "./record-tick.ts";
import type { SensorEvaluation, SensorRequest } from "./sensor-evaluation.ts";
import { targetRequests } from "./target-requests.ts";
import type { TickRound } from "./tick-round.ts";

/** What is kept of a sensor before a look. */
export interface SensorStanding {
  readonly cursor: string | null;
  /** The turn that was over last, as it is stored. */
  readonly turn: string | null;
  /** When the look began that was recorded last with something new. */
  readonly startedAt?: number;
}

/** A look that has ended, with what was known when it began. */
export interface SensorLook {
  readonly sensor: SensorSpec;
  readonly standing: SensorStanding;
  readonly outcome: SensorEvaluation | { readonly failure: string; readonly body?: Json };
  /** Those that the look has seen to. */
  readonly deliveries: readonly StoredDelivery[];
  /** After so long it is tried again. */
  readonly retryMs?: number;
}

interface Turn {
  readonly at: number;
  readonly token: string;
}

export async function readStanding(
  { name }: SensorSpec,
  { desk }: Pick<TickRound, "desk">,
): Promise<SensorStanding> {
  const turn = (await desk.storage.getCursor(sensorTurn(name))) ?? null;
  const cursor = (await desk.storage.getCursor(sensorCursor(name))) ?? null;
  return { cursor, turn, ...(turn === null ? {} : { startedAt: (JSON.parse(turn) as Turn).at }) };
}

/** Commits what a look came to, with its runs; one that came to nothing new writes nothing. */
export async function recordLook(
  { sensor, standing, outcome, deliveries }: SensorLook,
  round: TickRound,
  lastReason: Map<string, string>,
): Promise<void> {
  const { desk, snapshot, now } = round;
  const { name } = sensor;
  const decision = settleSensorTick({ cursor: standing.cursor, isKnown: () => false }, outcome);
  const asked = await requestsOf(sensor, round, decision.launched);
  const prepared = await desk.prepare(snapshot, asked.requests);
  const notes = decision.status === "success" && "notes" in outcome ? (outcome.notes ?? []) : [];
  const tick = {
    ...prepared,
    reasons: [...(decision.reason === undefined ? [] : [decision.reason]), ...notes, ...asked.reasons],
    failed: decision.status === "failure" || (decision.launched.length > 0 && prepared.runs.length === 0),
  };
  // What could not be asked for is looked at again.
  const moves = !tick.failed && decision.cursor !== standing.cursor;
  const handled = tick.failed ? [] : deliveries;
  const reason = reasonOf(tick) ?? "";
  const isNews = tick.runs.length > 0 || moves || handled.length > 0;
  if (!isNews && reason === lastReason.get(name)) return;
  const recorded = await recordTick(round, {
    ...tick,
    instigator: instigatorName("sensor", name),
    body: outcome.body,
    cursors: [
      ...(moves ? [{ name: sensorCursor(name), value: decision.cursor }] : []),
      ...handled.flatMap((one) => [
        { name: `${waitingDeliveries(name)}${one.id}`, value: null },
        { name: handledDelivery(name, one.id), value: deliveryMark(one) },
      ]),
    ],
    // Of several daemons that saw the same, one asks for it.
    turn: isNews ? { name: sensorTurn(name), expected: standing.turn, value: turnOf(now) } : undefined,
    tellsReason: false,
  });
  if (recorded) lastReason.set(name, reason);
}

function turnOf(now: Temporal.Instant): string {
  return JSON.stringify({ at: now.epochMilliseconds, token: randomUUID() } satisfies Turn);
}

/** The requests of a look as those of its target, with the tags of the sensor. */
export async function requestsOf(
  { name, target, tags = {} }: SensorSpec,
  { desk, snapshot, now }: Pick<TickRound, "desk" | "snapshot" | "now">,
  launched: readonly SensorRequest[],
): Promise<{ readonly requests: readonly RunRequest[]; readonly reasons: readonly string[] }> {
  const requests: RunRequest[] = [];
  const reasons: string[] = [];
  if (target === undefined) return { requests, reasons };
  for (const { runKey, tags: own, partition, config } of launched) {
    const found = await targetRequests(
      {
        target,
        tags: { ...tags, ...own, "dop/sensor": name },
        ...(partition === undefined ? {} : { partition }),
        ...(config === undefined ? {} : { config }),
      },
      { desk, snapshot },
      now,
    );
    if (found.reason !== undefined) reasons.push(found.reason);
    // A request for several partitions has a key for each run.
    for (const [place, request] of found.requests.entries())
      requests.push(
        runKey === undefined ? request : { ...request, runKey: place === 0 ? runKey : `${runKey} ${place}` },
      );
  }
  return { requests, reasons };
}
