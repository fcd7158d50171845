import { parseDurationSeconds } from "../core/duration.ts";
import type { InstigatorStatus, SensorSpec } from "../core/job.ts";
import type { AssetReference } from "./asset-reference.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { selectionText } from "./job.ts";

export interface AutomationGroupDefinition extends Required<Pick<Definitions, "sensors">> {
  readonly spec: SensorSpec;
  readonly [definitionsMark]: true;
}

export interface AutomationGroupOptions {
  /** Whose conditions it evaluates, with those of their checks: text of a selection, or the assets themselves. */
  readonly target: string | readonly (AssetReference | string)[];
  /** Least time between two evaluations, such as `5m`; 30 seconds unless given. */
  readonly every?: string;
  /** Tags of its runs. */
  readonly tags?: { readonly [key: string]: string };
  readonly description?: string;
  /** Whether it is on when nobody has switched it; `stopped` unless given. */
  readonly defaultStatus?: InstigatorStatus;
}

/**
 * Defines an automation group: assets whose conditions are evaluated together, apart from all others, with an interval,
 * tags and a switch of their own. Throws RangeError where its interval is none.
 */
export function automationGroup(name: string, options: AutomationGroupOptions): AutomationGroupDefinition {
  const { target, every = "30s", tags, description, defaultStatus = "stopped" } = options;
  const minimumIntervalSeconds = parseDurationSeconds(every);
  if (minimumIntervalSeconds === undefined || minimumIntervalSeconds <= 0)
    throw new RangeError(`\`every\` of \`${name}\` is no length of time: \`${every}\``);
  const spec: SensorSpec = {
    name,
    kind: "automation",
    target: { selection: selectionText(target) },
    minimumIntervalSeconds,
    defaultStatus,
    ...(tags === undefined ? {} : { tags }),
    ...(description === undefined ? {} : { description }),
  };
  return { spec, sensors: [spec], [definitionsMark]: true };
}
