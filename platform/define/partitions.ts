import type {
  DynamicPartitions,
  MultiPartitions,
  StaticPartitions,
  TimePartitions,
} from "../core/partitions.ts";
import { type CadenceOptions, cadencePartitions } from "../core/time-partitions.ts";

export function hourly(options: CadenceOptions): TimePartitions {
  return cadencePartitions("hourly", options);
}

export function daily(options: CadenceOptions): TimePartitions {
  return cadencePartitions("daily", options);
}

export function weekly(options: CadenceOptions): TimePartitions {
  return cadencePartitions("weekly", options);
}

export function monthly(options: CadenceOptions): TimePartitions {
  return cadencePartitions("monthly", options);
}

type WindowOptions = Omit<CadenceOptions, "minuteOffset" | "hourOffset" | "dayOffset">;

/** Windows between the ticks of any cron text. */
export function timeWindows(options: WindowOptions & { readonly cron: string }): TimePartitions {
  const { cadence: _cadence, ...window } = cadencePartitions("daily", options);
  return { ...window, cron: options.cron };
}

/** Throws RangeError for a key that is given twice. */
export function staticPartitions(keys: readonly string[]): StaticPartitions {
  const seen = new Set<string>();
  const twice = keys.find((key) => seen.size === seen.add(key).size);
  if (twice !== undefined) throw new RangeError(`the partition key ${twice} is given twice`);
  return { type: "static", keys };
}

export function dynamicPartitions(name: string): DynamicPartitions {
  return { type: "dynamic", name };
}

/** Throws RangeError for fewer than two dimensions. */
export function multiPartitions(dimensions: MultiPartitions["dimensions"]): MultiPartitions {
  const names = Object.keys(dimensions).toSorted();
  if (names.length < 2) throw new RangeError("multi partitions need at least two dimensions");
  return {
    type: "multi",
    dimensions: Object.fromEntries(names.map((name) => [name, dimensions[name] as TimePartitions])),
  };
}
