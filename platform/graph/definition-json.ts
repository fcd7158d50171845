import type { FreshnessPolicy } from "../core/freshness.ts";
import type { Json } from "../core/metadata.ts";
import type { PartitionsDefinition, TimePartitions } from "../core/partitions.ts";

/** A freshness policy as it is written in YAML, with lengths such as `36h`. */
export function freshnessJson(policy: FreshnessPolicy): Json {
  const scope = policy.scope === undefined ? {} : { scope: policy.scope };
  if (policy.type === "time_window") {
    const { failSeconds, warnSeconds } = policy;
    const window = {
      fail_window: durationText(failSeconds),
      ...(warnSeconds === undefined ? {} : { warn_window: durationText(warnSeconds) }),
    };
    return { time_window: window, ...scope };
  }
  const { deadlineCron, lowerBoundSeconds, timeZone } = policy;
  return {
    cron: {
      deadline_cron: deadlineCron,
      lower_bound_delta: durationText(lowerBoundSeconds),
      timezone: timeZone,
    },
    ...scope,
  };
}

/** Partitions as they are written in YAML. */
export function partitionsJson(definition: PartitionsDefinition): Json {
  switch (definition.type) {
    case "time":
      return timeJson(definition);
    case "static":
      return { type: "static", partition_keys: definition.keys };
    case "dynamic":
      return { type: "dynamic", name: definition.name };
    case "multi":
      return {
        type: "multi",
        dimensions: Object.fromEntries(
          Object.entries(definition.dimensions).map(([name, dimension]) => [name, partitionsJson(dimension)]),
        ),
      };
  }
}

function timeJson({
  cron,
  start,
  end,
  timeZone,
  format,
  endOffset,
  exclusions,
  cadence,
}: TimePartitions): Json {
  return {
    ...(cadence === undefined
      ? { type: "time_window", cron_schedule: cron }
      : { type: cadence, ...offsetsOf(cadence, cron) }),
    start_date: start,
    ...(end === undefined ? {} : { end_date: end }),
    timezone: timeZone,
    fmt: format,
    ...(endOffset === 0 ? {} : { end_offset: endOffset }),
    ...(exclusions === undefined ? {} : { exclusions }),
  };
}

/** The offsets that the cron of a cadence was made from; those that are usual are left out. */
function offsetsOf(
  cadence: NonNullable<TimePartitions["cadence"]>,
  cron: string,
): { readonly [name: string]: number } {
  const [minute, hour, day, , weekday] = cron.split(" ").map(Number);
  const offsets: Record<string, number | undefined> = { minute_offset: minute };
  if (cadence !== "hourly") offsets["hour_offset"] = hour;
  if (cadence === "weekly") offsets["day_offset"] = weekday;
  if (cadence === "monthly" && day !== 1) offsets["day_offset"] = day;
  return Object.fromEntries(
    Object.entries(offsets).filter(
      (entry): entry is [string, number] => entry[1] !== undefined && entry[1] !== 0,
    ),
  );
}

const units = [
  ["w", 604_800],
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
] as const;

/** `129600` is `36h`: the largest unit that divides without a rest. */
function durationText(seconds: number): string {
  const unit = units.find(([, length]) => seconds >= length && seconds % length === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`;
}
