import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Json } from "../core/metadata.ts";
import { didYouMean } from "../core/suggest.ts";
import type { AutomationDesk } from "../instance/automation-desk.ts";
import { InstanceError } from "../instance/instance-error.ts";
import { evaluateSensor } from "./evaluate-sensor.ts";
import { isFunctionSensor, lookByFunction } from "./function-sensors.ts";
import { readStanding, requestsOf } from "./sensor-tick.ts";

/** What one look would come to. */
export interface SensorTestView {
  readonly name: string;
  readonly kind: string;
  readonly cursor: string | null;
  /** Where the next look would go on. */
  readonly next_cursor: string | null;
  readonly skip_reason: string | null;
  readonly failure: string | null;
  readonly log: readonly string[];
  readonly requests: readonly {
    readonly run_key: string | null;
    readonly assets: readonly string[];
    readonly partitions: Json;
    readonly tags: { readonly [key: string]: string };
    readonly config: Json;
  }[];
  /** Why some of what it asks for cannot be met. */
  readonly faults: readonly string[];
}

/** Evaluates a sensor once and commits nothing. Throws InstanceError `unknown-instigator` and `not-supported`. */
export async function testSensor(
  desk: AutomationDesk,
  snapshot: DefinitionsSnapshot,
  asked: { readonly name: string; readonly cursor?: string | null; readonly now: Temporal.Instant },
): Promise<SensorTestView> {
  const { name, now } = asked;
  const { sensors } = snapshot.definitions;
  const sensor = sensors.find((one) => one.name === name);
  if (sensor === undefined) {
    const names = sensors.map((one) => one.name);
    throw new InstanceError("unknown-instigator", `there is no sensor \`${name}\``, didYouMean(name, names));
  }
  if (sensor.kind === "automation" || sensor.kind === "webhook") {
    const [what, hint] =
      sensor.kind === "webhook"
        ? ["webhook waits for requests and does not look", "send a signed request to `/api/v1/hooks/`"]
        : ["automation group", "`dop explain ASSET` tells what its conditions come to"];
    throw new InstanceError("not-supported", `\`${name}\` is a ${what}`, hint);
  }
  const round = { desk, snapshot, now };
  const { cursor: kept } = await readStanding(sensor, round);
  const cursor = asked.cursor === undefined ? kept : asked.cursor;
  const outcome = isFunctionSensor(sensor)
    ? await lookByFunction(sensor, round, { cursor })
    : await evaluateSensor(sensor, round, cursor).catch((error: unknown) => ({
        failure: error instanceof Error ? error.message : String(error),
      }));
  const hasFailed = "failure" in outcome;
  const found = hasFailed ? { requests: [], reasons: [] } : await requestsOf(sensor, round, outcome.requests);
  const log = ("body" in outcome ? (outcome.body as { log?: string[] } | undefined)?.log : undefined) ?? [];
  return {
    name,
    kind: sensor.kind,
    cursor,
    next_cursor: hasFailed || outcome.cursor === undefined ? cursor : outcome.cursor,
    skip_reason: hasFailed ? null : (outcome.skipReason ?? null),
    failure: hasFailed ? outcome.failure : null,
    log,
    requests: found.requests.map(({ runKey, assets, partitions, tags, config }) => ({
      run_key: runKey ?? null,
      assets,
      partitions: (partitions ?? null) as unknown as Json,
      tags,
      config: (config ?? null) as unknown as Json,
    })),
    faults: found.reasons,
  };
}
