import { assetKeyParts } from "../../platform/core/asset-key.ts";
import type { Asset } from "../../platform/core/definitions-snapshot.ts";
import type { PartitionsDefinition, TimePartitions } from "../../platform/core/partitions.ts";

/** A field of an asset as the cases write it; `undefined` for a field that no case may name. */
export function expectedForm(asset: Asset, field: string): unknown {
  switch (field) {
    case "key":
      return assetKeyParts(asset.key);
    case "deps":
      return asset.deps.map(assetKeyParts);
    case "tags":
      return asset.tags;
    case "kinds":
      return asset.kinds;
    case "owners":
      return asset.owners;
    case "group_name":
      return asset.groupName;
    case "description":
      return asset.description ?? null;
    case "code_version":
      return asset.codeVersion ?? null;
    case "skippable":
      return asset.skippable ?? false;
    case "metadata":
    case "metadata_contains":
      return Object.fromEntries(
        Object.entries(asset.metadata ?? {}).map(([name, { value }]) => [name, value]),
      );
    case "partitions_def":
      return asset.partitions === undefined ? null : partitionsForm(asset.partitions);
    default:
      return undefined;
  }
}

function partitionsForm(definition: PartitionsDefinition): object {
  switch (definition.type) {
    case "static":
      return { type: "static", partition_keys: definition.keys };
    case "dynamic":
      return { type: "dynamic", name: definition.name };
    case "multi":
      return {
        type: "multi",
        dimensions: Object.fromEntries(
          Object.entries(definition.dimensions).map(([name, dimension]) => [name, partitionsForm(dimension)]),
        ),
      };
    case "time":
      return timeForm(definition);
  }
}

/** Offsets that a cadence has are always written, other fields where they differ from the default. */
function timeForm({ cadence, cron, start, end, timeZone, format, endOffset }: TimePartitions): object {
  const [minute, hour, dayOfMonth, , dayOfWeek] = cron.split(" ").map(Number);
  const usualFormat = cadence === "hourly" ? "%Y-%m-%d-%H:%M" : "%Y-%m-%d";
  return {
    type: cadence ?? "time_window",
    start_date: start,
    ...(end === undefined ? {} : { end_date: end }),
    ...(timeZone === "UTC" ? {} : { timezone: timeZone }),
    ...(cadence !== undefined && format === usualFormat ? {} : { fmt: format }),
    ...(endOffset === 0 ? {} : { end_offset: endOffset }),
    ...(cadence === undefined ? { cron_schedule: cron } : { minute_offset: minute }),
    ...(cadence === undefined || cadence === "hourly" ? {} : { hour_offset: hour }),
    ...(cadence === "weekly" ? { day_offset: dayOfWeek } : {}),
    ...(cadence === "monthly" ? { day_offset: dayOfMonth } : {}),
  };
}
