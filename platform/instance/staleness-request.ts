import type { AssetKey } from "../core/asset-key.ts";
import type { Asset, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { PartitionSet } from "../core/partitions.ts";
import type { RunRequest } from "../core/run.ts";
import type { AssetStaleness, Staleness } from "../graph/staleness.ts";
import { partitionSetOf } from "../partition/partition-set.ts";
import { InstanceError } from "./instance-error.ts";
import { selectKeys } from "./select-keys.ts";
import type { StalenessSource } from "./staleness-source.ts";

/** What of a run request names what is stale. */
export type StaleTargets = Pick<RunRequest, "assets"> & {
  readonly slices: NonNullable<RunRequest["slices"]>;
};

/**
 * Exactly what is stale of a selection (of everything without one): whole assets and, of partitioned ones, their stale
 * partitions in `slices`. What running them makes stale is stale already, because staleness is carried downstream.
 * What is missing is left out. Empty where nothing is stale. Throws InstanceError `invalid-selection`.
 */
export function staleRequest(
  snapshot: DefinitionsSnapshot,
  staleness: Staleness,
  { selection }: { readonly selection?: string } = {},
): StaleTargets {
  const chosen = selection === undefined ? undefined : new Set<string>(selectKeys(snapshot, selection));
  const stale = snapshot.definitions.assets
    // What another project makes may be stale and is not made here.
    .filter(({ key, materializable }) => materializable && chosen?.has(key) !== false)
    .map((asset): [Asset, AssetStaleness | undefined] => [asset, staleness.of(asset.key)])
    .filter(([, found]) => found?.status === "stale");
  return {
    assets: stale.map(([{ key }]) => key),
    slices: Object.fromEntries(
      stale.flatMap(([{ key }, found]): [AssetKey, PartitionSet][] =>
        found?.slices === undefined ? [] : [[key, partitionSetOf(found.slices.stale, found.slices.keys)]],
      ),
    ),
  };
}

/**
 * The same, asked of what is remembered: what `Runs.start` does with `stale`. Throws InstanceError `nothing-stale` where there
 * is nothing to do.
 */
export async function readStaleRequest(
  snapshot: DefinitionsSnapshot,
  source: StalenessSource,
  { selection }: { readonly selection?: string } = {},
): Promise<StaleTargets> {
  const staleness = await source.read(snapshot);
  const targets = staleRequest(snapshot, staleness, selection === undefined ? {} : { selection });
  if (targets.assets.length > 0) return targets;
  throw new InstanceError(
    "nothing-stale",
    selection === undefined || selection === "*"
      ? "nothing is stale"
      : `nothing of \`${selection}\` is stale`,
    "what was never materialized is missing, not stale: `dop materialize` without --stale makes it",
  );
}
