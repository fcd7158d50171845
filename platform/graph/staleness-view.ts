import type { StalenessView } from "../core/views.ts";
import { countOrdinals, type Ordinals } from "../partition/ordinals.ts";
import type { PartitionKeys } from "../partition/partition-keys.ts";
import { partitionSetOf } from "../partition/partition-set.ts";
import { partitionSetText } from "../partition/partition-set-text.ts";
import type { AssetStaleness } from "./staleness.ts";

/** As lists and the API show it. Sets of more than `ranges` stretches are counted and not named. */
export function stalenessView(
  { status, causes, slices }: AssetStaleness,
  { ranges }: { readonly ranges: number },
): StalenessView {
  return {
    status,
    causes: causes.map(({ kind, asset, partition, sinceMs, through }) => ({
      kind,
      asset,
      partition,
      since_ms: sinceMs,
      through,
    })),
    partitions: slices === undefined ? null : countsOf(slices, ranges),
  };
}

function countsOf(
  { keys, stale, missing }: NonNullable<AssetStaleness["slices"]>,
  ranges: number,
): StalenessView["partitions"] {
  const counts = { stale: countOrdinals(stale), missing: countOrdinals(missing) };
  return {
    fresh: keys.count - counts.stale - counts.missing,
    ...counts,
    stale_set: setText(stale, keys, ranges),
    missing_set: setText(missing, keys, ranges),
  };
}

function setText(ordinals: Ordinals, keys: PartitionKeys, most: number): string | null {
  if (ordinals.length === 0 || ordinals.length > most) return null;
  const isWhole = countOrdinals(ordinals) === keys.count;
  return isWhole ? "all" : partitionSetText(partitionSetOf(ordinals, keys));
}
