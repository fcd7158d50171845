import { automationGroups } from "../automation/automation-groups.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { SensorSpec } from "../core/job.ts";

/** Where the states of schedules are kept, each behind its name. */
export const scheduleCursors = "schedule/";

/** Where a sensor keeps how far it has looked. */
export function sensorCursor(name: string): string {
  return `sensor/${name}`;
}

/** Where it is kept when a sensor last came to something new; of several daemons that did, one gets the turn. */
export function sensorTurn(name: string): string {
  return `sensor-turn/${name}`;
}

/** Name under which the ticks of a schedule, a sensor or an automation group are kept. */
export function instigatorName(kind: "schedule" | "sensor", name: string): string {
  return `${kind}/${name}`;
}

export function sensorsOf({ definitions }: Pick<DefinitionsSnapshot, "definitions">): readonly SensorSpec[] {
  const others = definitions.sensors.filter(({ kind }) => kind !== "automation");
  return [...automationGroups(definitions), ...others];
}
