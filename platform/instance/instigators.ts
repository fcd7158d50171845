import type { DefinitionsSnapshot, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import type { SensorSpec } from "../core/job.ts";

/** The automation group of all conditions that no other group has. */
export const defaultGroup: SensorSpec = {
  name: "automation",
  kind: "automation",
  description: "Conditions of assets and checks that no other group evaluates",
  minimumIntervalSeconds: 1,
  defaultStatus: "running",
};

/** Those that the definitions name, and the default one unless they name another so. */
export function automationGroups({ sensors }: SnapshotDefinitions): readonly SensorSpec[] {
  const named = sensors.filter(({ kind }) => kind === "automation");
  return named.some(({ name }) => name === defaultGroup.name) ? named : [...named, defaultGroup];
}

/** Where the states of schedules are kept, each behind its name. */
export const scheduleCursors = "schedule/";

/** Where a sensor keeps how far it has looked. */
export function sensorCursor(name: string): string {
  return `sensor/${name}`;
}

/** Name under which the ticks of a schedule, a sensor or an automation group are kept. */
export function instigatorName(kind: "schedule" | "sensor", name: string): string {
  return `${kind}/${name}`;
}

export function sensorsOf({ definitions }: Pick<DefinitionsSnapshot, "definitions">): readonly SensorSpec[] {
  const others = definitions.sensors.filter(({ kind }) => kind !== "automation");
  return [...automationGroups(definitions), ...others];
}
