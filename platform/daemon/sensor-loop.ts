import { isSensorDue, settleSensorTick } from "../automation/sensor-tick.ts";
import type { SensorSpec } from "../core/job.ts";
import type { RunRequest } from "../core/run.ts";
import { statusOf } from "../instance/instigator-switches.ts";
import { instigatorName, sensorCursor } from "../instance/instigators.ts";
import { watchedFiles } from "../instance/watched-files.ts";
import { evaluateAssets, evaluateRunStatus } from "./event-sensors.ts";
import { evaluateFiles } from "./file-sensor.ts";
import { reasonOf, recordTick } from "./record-tick.ts";
import type { SensorEvaluation, SensorRequest } from "./sensor-evaluation.ts";
import { targetRequests } from "./target-requests.ts";
import { soonest, type TickRound } from "./tick-round.ts";

/** A file rests for so long before it is asked for, unless the sensor says otherwise. */
const settleSeconds = 5;

/** Sensors that look at files, runs and assets; what they see becomes runs, each once. */
export class SensorLoop {
  readonly #lastStart = new Map<string, number>();
  /** What was recorded last of each, so that one that sees nothing writes nothing. */
  readonly #lastReason = new Map<string, string>();

  /** One round; gives the moment at which a sensor is due next. */
  async round(round: TickRound): Promise<number | undefined> {
    const now = round.now.epochMilliseconds;
    let next: number | undefined;
    for (const sensor of round.snapshot.definitions.sensors) {
      if (!isEvaluatedHere(sensor) || statusOf(sensor, round.switches) === "stopped") continue;
      const { name, minimumIntervalSeconds } = sensor;
      if (isSensorDue(this.#lastStart.get(name), minimumIntervalSeconds, now)) {
        this.#lastStart.set(name, now);
        try {
          await this.#look(sensor, round);
        } catch (error) {
          round.onError(error, name);
        }
      }
      next = soonest(next, (this.#lastStart.get(name) ?? now) + minimumIntervalSeconds * 1000);
    }
    return next;
  }

  async #look(sensor: SensorSpec, round: TickRound): Promise<void> {
    const { desk, snapshot } = round;
    const { name } = sensor;
    const before = (await desk.storage.getCursor(sensorCursor(name))) ?? null;
    const outcome = await evaluate(sensor, round, before).catch((error: unknown) => ({
      failure: error instanceof Error ? error.message : String(error),
    }));
    const decision = settleSensorTick({ cursor: before, isKnown: () => false }, outcome);
    const asked = await requestsOf(sensor, round, decision.launched);
    const prepared = await desk.prepare(snapshot, asked.requests);
    const tick = {
      ...prepared,
      reasons: [...(decision.reason === undefined ? [] : [decision.reason]), ...asked.reasons],
      failed: decision.status === "failure" || (decision.launched.length > 0 && prepared.runs.length === 0),
    };
    // What could not be asked for is looked at again.
    const value = tick.failed || decision.cursor === before ? null : decision.cursor;
    const reason = reasonOf(tick) ?? "";
    if (tick.runs.length === 0 && value === null && reason === this.#lastReason.get(name)) return;
    const recorded = await recordTick(round, {
      ...tick,
      instigator: instigatorName("sensor", name),
      // Of several daemons that saw the same, one asks for it.
      turn: value === null ? undefined : { name: sensorCursor(name), expected: before, value },
      tellsReason: false,
    });
    if (recorded) this.#lastReason.set(name, reason);
  }
}

function isEvaluatedHere({ kind }: SensorSpec): boolean {
  return kind === "file" || kind === "run_status" || kind === "asset";
}

async function evaluate(
  sensor: SensorSpec,
  round: TickRound,
  cursor: string | null,
): Promise<SensorEvaluation> {
  if (sensor.kind === "run_status") return await evaluateRunStatus(sensor, round, cursor);
  if (sensor.kind === "asset") return await evaluateAssets(sensor, round, cursor);
  const {
    folder,
    pattern,
    settle = settleSeconds,
    partition_from: partitionFrom,
  } = sensor.settings as {
    readonly folder: string;
    readonly pattern?: string;
    readonly settle?: number;
    readonly partition_from?: string;
  };
  const files = await watchedFiles(round.desk.root, folder, pattern);
  return evaluateFiles(files, {
    cursor,
    settleMs: settle * 1000,
    now: round.now.epochMilliseconds,
    partitionFrom,
  });
}

async function requestsOf(
  { name, target, tags = {} }: SensorSpec,
  round: TickRound,
  launched: readonly SensorRequest[],
): Promise<{ readonly requests: readonly RunRequest[]; readonly reasons: readonly string[] }> {
  const requests: RunRequest[] = [];
  const reasons: string[] = [];
  if (target === undefined) return { requests, reasons };
  for (const { runKey, tags: own, partition } of launched) {
    const asked = { target, tags: { ...tags, ...own, "dop/sensor": name } };
    const found = await targetRequests(
      partition === undefined ? asked : { ...asked, partition },
      round,
      round.now,
    );
    if (found.reason !== undefined) reasons.push(found.reason);
    // A request for several partitions has a key for each run.
    for (const [place, request] of found.requests.entries())
      requests.push({ ...request, runKey: place === 0 ? runKey : `${runKey} ${place}` });
  }
  return { requests, reasons };
}
