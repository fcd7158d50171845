import type { Asset } from "../core/definitions-snapshot.ts";
import type { PartitionKey } from "../core/partitions.ts";
import { defaultMapping, upstreamKeys } from "../partition/partition-mapping.ts";
import { samePartitions } from "../partition/same-partitions.ts";
import { PlanError } from "./plan-error.ts";
import type { KnownPartitions, Slice } from "./slice-steps.ts";

/**
 * The slices of `upstream` that a slice of `asset` reads: keys, `every` stored one, or nothing when it has none.
 *
 * Throws PlanError `missing-upstream-partition` where it needs slices that do not exist and the mapping does not allow
 * that.
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
  const { keys, missing } = upstreamKeys({ ...sides, mapping, moment: known.moment }, partitions);
  if (missing.length > 0) throw missingPartitions(asset, upstream, missing);
  return keys;
}

function missingPartitions(
  reader: Asset | undefined,
  upstream: Asset,
  missing: readonly string[],
): PlanError {
  const shown = missing
    .slice(0, 5)
    .map((key) => `\`${key}\``)
    .join(", ");
  const rest = missing.length > 5 ? `, and ${missing.length - 5} more` : "";
  const who = reader === undefined ? "the request" : `\`${reader.key}\``;
  return new PlanError(
    "missing-upstream-partition",
    `${who} needs partitions of \`${upstream.key}\` that do not exist: ${shown}${rest}`,
  );
}

function isUnshifted(mapping: { readonly startOffset: number; readonly endOffset: number }): boolean {
  return mapping.startOffset === 0 && mapping.endOffset === 0;
}
