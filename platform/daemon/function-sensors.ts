import { isSensorDue } from "../automation/sensor-tick.ts";
import type { SensorSpec } from "../core/job.ts";
import type { Json } from "../core/metadata.ts";
import { shortRunId } from "../core/run.ts";
import { type StoredDelivery, waitingDeliveries } from "../instance/webhooks.ts";
import type { SensorEvaluation } from "./sensor-evaluation.ts";
import { readStanding, type SensorLook } from "./sensor-tick.ts";
import type { TickRound } from "./tick-round.ts";

/** Deliveries that are seen to in one look. */
const mostDeliveries = 100;
/** A webhook that fails is tried again after so long. */
const failedMs = 30_000;

/** Whether user code looks. */
export function isFunctionSensor({ kind }: SensorSpec): boolean {
  return kind === "function" || kind === "http" || kind === "sql" || kind === "webhook";
}

/** Looks of user code, which may take long: they go on in the background, and their outcome waits for a round. */
export class FunctionSensors {
  readonly #looking = new Set<string>();
  #finished: SensorLook[] = [];

  isLooking(name: string): boolean {
    return this.#looking.has(name);
  }

  /** Looks that have ended since, of sensors that are still wanted; an outcome of any other is lost. */
  finished(wanted: readonly SensorSpec[]): SensorLook[] {
    const found = this.#finished;
    this.#finished = [];
    return found.filter(({ sensor }) =>
      wanted.some(({ name, kind }) => name === sensor.name && kind === sensor.kind),
    );
  }

  start(sensor: SensorSpec, round: TickRound): void {
    const { name } = sensor;
    this.#looking.add(name);
    look(sensor, round)
      .then((done) => {
        if (done !== undefined) this.#finished.push(done);
        this.#looking.delete(name);
        if (done !== undefined) round.desk.wake();
      })
      .catch((error: unknown) => {
        this.#looking.delete(name);
        round.onError(error, name);
      });
  }
}

/** Nothing where another daemon has looked meanwhile, or nothing was delivered. */
async function look(sensor: SensorSpec, round: TickRound): Promise<SensorLook | undefined> {
  const { now } = round;
  const standing = await readStanding(sensor, round);
  const isWebhook = sensor.kind === "webhook";
  const deliveries = isWebhook ? await delivered(sensor, round) : [];
  if (isWebhook && deliveries.length === 0) return undefined;
  if (!isWebhook && !isSensorDue(standing.startedAt, sensor.minimumIntervalSeconds, now.epochMilliseconds))
    return undefined;
  const outcome = await lookByFunction(sensor, round, {
    cursor: standing.cursor,
    ...(isWebhook ? { deliveries } : {}),
  });
  const hasFailed = "failure" in outcome;
  return {
    sensor,
    standing,
    outcome,
    deliveries: hasFailed ? [] : deliveries,
    ...(isWebhook && hasFailed ? { retryMs: failedMs } : {}),
  };
}

/** Calls the function of a sensor; what it throws, and that it gives no answer, is a failure in words. */
export async function lookByFunction(
  sensor: SensorSpec,
  { desk, snapshot, now }: Pick<TickRound, "desk" | "snapshot" | "now">,
  given: { readonly cursor: string | null; readonly deliveries?: readonly StoredDelivery[] },
): Promise<SensorEvaluation | { readonly failure: string; readonly body?: Json }> {
  if (desk.code === undefined) return { failure: "user code is not called by this process" };
  const busy = await poolInUse(sensor, { desk, snapshot });
  if (busy !== undefined) return { requests: [], skipReason: busy };
  const { requests, cursor, skipReason, failure, log } = await desk.code.sensor(snapshot, sensor, {
    ...given,
    now,
  });
  const body = log.length === 0 ? {} : { body: { log: [...log] } };
  if (failure !== undefined) return { failure: failure.message, ...body };
  return {
    requests: requests.map((request) => ({ ...request, tags: request.tags ?? {} })),
    ...(cursor === undefined ? {} : { cursor }),
    ...(skipReason === undefined ? {} : { skipReason, notes: [skipReason] }),
    ...body,
  };
}

/** Oldest first. */
async function delivered({ name }: SensorSpec, { desk }: TickRound): Promise<StoredDelivery[]> {
  const waiting = await desk.storage.listCursors(waitingDeliveries(name));
  return [...waiting.values()]
    .map((text) => JSON.parse(text) as StoredDelivery)
    .toSorted((a, b) => a.receivedAtMs - b.receivedAtMs || (a.id < b.id ? -1 : 1))
    .slice(0, mostDeliveries);
}

/** A file of DuckDB that a step has open cannot be opened a second time; said in words. */
async function poolInUse(
  { resources = [] }: SensorSpec,
  { desk, snapshot }: Pick<TickRound, "desk" | "snapshot">,
): Promise<string | undefined> {
  for (const key of resources) {
    const found = snapshot.definitions.resources.find((resource) => resource.key === key);
    for (const pool of found?.pools ?? []) {
      const [lease] = await desk.storage.poolLeases(pool);
      if (lease !== undefined)
        return `the resource \`${key}\` is in use: \`${lease.step}\` of run ${shortRunId(lease.runId)} holds ${pool}`;
    }
  }
  return undefined;
}
