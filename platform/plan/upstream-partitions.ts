import type { Asset } from "../core/definitions-snapshot.ts";
import type { PartitionKey } from "../core/partitions.ts";
import { defaultMapping, upstreamKeys } from "../partition/partition-mapping.ts";
import { samePartitions } from "../partition/same-partitions.ts";
import type { KnownPartitions, Slice } from "./slice-steps.ts";

/**
 * The slices of `upstream` that a slice of `asset` reads: keys, `every` stored one, or nothing when it has none.
 */
export function upstreamPartitions(
  { asset, upstream }: { readonly asset: Asset | undefined; readonly upstream: Asset },
  slice: Slice,
  known: KnownPartitions,
): readonly PartitionKey[] | "every" | undefined {
  if (upstream.partitions === undefined) return undefined;
  const downstream = asset?.partitions === undefined ? undefined : slice.definition;
  const sides = { downstream, upstream: upstream.partitions };
  const mapping = asset?.partitionMappings?.[upstream.key] ?? defaultMapping(sides);
  if (
    mapping.type === "all" ||
    (downstream === undefined && mapping.type !== "last" && mapping.type !== "specific")
  ) {
    return "every";
  }
  const isSame = mapping.type === "identity" || (mapping.type === "time_window" && isUnshifted(mapping));
  const partitions = slice.partitions ?? [];
  if (isSame && downstream !== undefined && samePartitions(downstream, upstream.partitions)) {
    return partitions;
  }
  return upstreamKeys({ ...sides, mapping, moment: known.moment }, partitions).keys;
}

function isUnshifted(mapping: { readonly startOffset: number; readonly endOffset: number }): boolean {
  return mapping.startOffset === 0 && mapping.endOffset === 0;
}
