import type { SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import { isPartitionsDefinition, type PartitionsDefinition } from "../core/partitions.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import type { Storage } from "../storage/storage.ts";

/** What decides which partitions there are at `now`: dynamic keys are those that the storage has. */
export async function partitionMoment(
  { assets, jobs }: Pick<SnapshotDefinitions, "assets" | "jobs">,
  storage: Pick<Storage, "listPartitions">,
  now: Temporal.Instant,
): Promise<PartitionMoment> {
  const names = new Set([...assets, ...jobs].flatMap(({ partitions }) => dynamicNames(partitions)));
  if (names.size === 0) return { now };
  const keys = await Promise.all(
    Array.from(names, async (name) => [name, await storage.listPartitions(name)] as const),
  );
  return { now, dynamicKeys: Object.fromEntries(keys) };
}

function dynamicNames(definition: PartitionsDefinition | undefined): string[] {
  if (definition === undefined || !isPartitionsDefinition(definition)) return [];
  const dimensions = definition.type === "multi" ? Object.values(definition.dimensions) : [definition];
  return dimensions.flatMap((dimension) => (dimension.type === "dynamic" ? [dimension.name] : []));
}
