import type { PartitionMapping, PartitionsDefinition } from "../../platform/core/partitions.ts";
import { type CadenceOptions, cadencePartitions } from "../../platform/core/time-partitions.ts";
import type { DynamicKeys } from "../../platform/partition/partition-keys.ts";

/** Partitions as the cases write them. */
export interface Written {
  readonly type: string;
  readonly keys?: readonly string[];
  readonly name?: string;
  readonly dims?: { readonly [name: string]: Written };
  readonly cron?: string;
  readonly [field: string]: unknown;
}

export function definitionOf(written: Written): PartitionsDefinition {
  switch (written.type) {
    case "static":
      return { type: "static", keys: written.keys ?? [] };
    case "dynamic":
      return { type: "dynamic", name: written.name ?? "" };
    case "multi": {
      const dimensions = Object.entries(written.dims ?? {}).map(([name, side]) => [name, definitionOf(side)]);
      return { type: "multi", dimensions: Object.fromEntries(dimensions) };
    }
    case "time_window": {
      const { cadence: _cadence, ...windows } = cadencePartitions("daily", optionsOf(written));
      return { ...windows, cron: written.cron ?? "" };
    }
    default:
      return cadencePartitions(written.type as "daily", optionsOf(written));
  }
}

function optionsOf(written: Written): CadenceOptions {
  const names = {
    start: "start",
    end: "end",
    timezone: "timeZone",
    fmt: "format",
    minute_offset: "minuteOffset",
    hour_offset: "hourOffset",
    day_offset: "dayOffset",
    end_offset: "endOffset",
    exclusions: "exclusions",
  };
  const options = Object.entries(names).flatMap(([from, to]) =>
    written[from] === undefined ? [] : [[to, written[from]]],
  );
  return Object.fromEntries(options) as CadenceOptions;
}

export function mappingOf(written: unknown): PartitionMapping | undefined {
  if (written === undefined || written === "default") return undefined;
  const { type, ...fields } = written as { type: string; [field: string]: unknown };
  switch (type) {
    case "time_window":
      return {
        type,
        startOffset: (fields["start_offset"] as number | undefined) ?? 0,
        endOffset: (fields["end_offset"] as number | undefined) ?? 0,
        allowNonexistent:
          ((fields["allow_nonexistent"] ?? fields["allow_nonexistent_upstream_partitions"]) as
            | boolean
            | undefined) ?? false,
      };
    case "static":
      return {
        type,
        map: Object.fromEntries(
          Object.entries(fields["map"] as object).map(([key, to]) => [key, [to].flat()]),
        ),
      };
    case "multi":
      return {
        type,
        dimensions: Object.fromEntries(
          Object.entries(fields["dims"] as { [name: string]: { dimension: string; mapping?: unknown } }).map(
            ([name, side]) => [
              name,
              { dimension: side.dimension, mapping: mappingOf(side.mapping) ?? { type: "identity" } },
            ],
          ),
        ),
      };
    default:
      return written as PartitionMapping;
  }
}

export function momentOf(setup: { readonly [key: string]: unknown }) {
  const now = String(setup["now"]);
  return {
    now: Temporal.Instant.from(now.includes("T") ? now : `${now}T00:00:00Z`),
    dynamicKeys: (setup["dynamic_partitions"] ?? {}) as DynamicKeys,
  };
}

/** The reference joins the values of a multi key by bars. */
export function withBars(key: string): string {
  return key.startsWith("{") ? Object.values(JSON.parse(key) as object).join("|") : key;
}
