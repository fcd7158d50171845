import type { PartitionKey, PartitionsDefinition } from "../core/partitions.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import type { StepPartition } from "../define/step.ts";
import { parseMultiKey } from "../partition/multi-key.ts";
import { timeDimension, windowOfKey } from "../partition/partition-keys.ts";

/** The slice of a planned step as its code sees it; `undefined` for an unpartitioned one. */
export function stepPartition({ partitions, partitionsDefinition }: PlannedStep): StepPartition | undefined {
  if (partitions === undefined) return undefined;
  const keys = partitions as readonly PartitionKey[];
  const [only] = keys;
  return {
    get key() {
      if (only === undefined || keys.length !== 1) {
        throw new RangeError(`the step runs for ${keys.length} partitions: use \`partition.keys\``);
      }
      return only;
    },
    keys,
    get window() {
      return partitionsDefinition === undefined ? undefined : windowOf(partitionsDefinition, keys);
    },
    dimensions:
      partitionsDefinition?.type === "multi" && only !== undefined && keys.length === 1
        ? (parseMultiKey(partitionsDefinition, only) ?? {})
        : {},
  };
}

/** From the earliest start to the latest end of the keys' windows. */
function windowOf(definition: PartitionsDefinition, keys: readonly string[]): StepPartition["window"] {
  const name = definition.type === "multi" ? timeDimension(definition) : undefined;
  const time = definition.type === "multi" ? definition.dimensions[name ?? ""] : definition;
  if (time?.type !== "time") return undefined;
  const timeKeys =
    definition.type === "multi"
      ? keys.map((key) => parseMultiKey(definition, key)?.[name ?? ""] ?? "")
      : keys;
  const windows = timeKeys.map((key) => windowOfKey(time, key)).filter((window) => window !== undefined);
  if (windows.length === 0) return undefined;
  const starts = windows.map(({ start }) => start).toSorted((a, b) => Temporal.ZonedDateTime.compare(a, b));
  const ends = windows.map(({ end }) => end).toSorted((a, b) => Temporal.ZonedDateTime.compare(a, b));
  return { start: starts[0] as Temporal.ZonedDateTime, end: ends.at(-1) as Temporal.ZonedDateTime };
}
