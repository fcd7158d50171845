import { isActive, nextActive } from "../automation/sensor-active.ts";
import { isSensorDue } from "../automation/sensor-tick.ts";
import type { SensorSpec } from "../core/job.ts";
import { statusOf } from "../instance/instigator-switches.ts";
import { evaluateSensor } from "./evaluate-sensor.ts";
import { FunctionSensors, isFunctionSensor } from "./function-sensors.ts";
import { readStanding, recordLook } from "./sensor-tick.ts";
import { soonest, type TickRound } from "./tick-round.ts";

/** Sensors: what they see becomes runs, each once. Those of user code look in the background. */
export class SensorLoop {
  readonly #lastStart = new Map<string, number>();
  /** What was recorded last of each, so that one that sees nothing writes nothing. */
  readonly #lastReason = new Map<string, string>();
  readonly #functions = new FunctionSensors();

  /** One round; gives the moment at which a sensor is due next. */
  async round(round: TickRound): Promise<number | undefined> {
    const now = round.now.epochMilliseconds;
    const running = round.snapshot.definitions.sensors.filter(
      (sensor) => sensor.kind !== "automation" && statusOf(sensor, round.switches) === "running",
    );
    for (const look of this.#functions.finished(running)) {
      await this.#guarded(look.sensor, round, () => recordLook(look, round, this.#lastReason));
      if (look.retryMs !== undefined) this.#lastStart.set(look.sensor.name, now + look.retryMs);
    }
    let next: number | undefined;
    for (const sensor of running) next = soonest(next, await this.#see(sensor, round));
    return next;
  }

  async #see(sensor: SensorSpec, round: TickRound): Promise<number | undefined> {
    const { name, active, minimumIntervalSeconds } = sensor;
    const now = round.now.epochMilliseconds;
    if (active !== undefined && !isActive(active, round.now)) return nextActive(active, round.now);
    // It tells by itself when it is done.
    if (this.#functions.isLooking(name)) return undefined;
    if (isSensorDue(this.#lastStart.get(name), minimumIntervalSeconds, now)) {
      this.#lastStart.set(name, now);
      if (isFunctionSensor(sensor)) this.#functions.start(sensor, round);
      else await this.#guarded(sensor, round, () => this.#look(sensor, round));
    }
    return (this.#lastStart.get(name) ?? now) + minimumIntervalSeconds * 1000;
  }

  async #look(sensor: SensorSpec, round: TickRound): Promise<void> {
    const standing = await readStanding(sensor, round);
    const outcome = await evaluateSensor(sensor, round, standing.cursor).catch((error: unknown) => ({
      failure: error instanceof Error ? error.message : String(error),
    }));
    await recordLook({ sensor, standing, outcome, deliveries: [] }, round, this.#lastReason);
    // What was left over for the next look is seen at once.
    if ("hasMore" in outcome && outcome.hasMore === true) this.#lastStart.delete(sensor.name);
  }

  async #guarded({ name }: SensorSpec, round: TickRound, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      round.onError(error, name);
    }
  }
}
