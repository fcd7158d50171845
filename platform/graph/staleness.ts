import type { AssetKey } from "../core/asset-key.ts";
import type { Asset, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import type { StaleStatus } from "../core/views.ts";
import type { Ordinals } from "../partition/ordinals.ts";
import type { PartitionKeys, PartitionMoment } from "../partition/partition-keys.ts";
import type { StalenessFacts } from "./staleness-facts.ts";
import { evaluationOrder } from "./staleness-order.ts";
import { createSliceReader, type SliceReader } from "./staleness-reading.ts";
import { rootsPerAsset, type StaleRoot } from "./staleness-roots.ts";
import { createSliceTable, type SliceTable, sliceStatuses } from "./staleness-slices.ts";

/** A reason at the root: an asset whose code differs from what made its data, or whose data changed. */
export interface StaleCause {
  readonly kind: "code" | "data";
  readonly asset: AssetKey;
  /** `null` for an unpartitioned asset, and where more than one partition is concerned. */
  readonly partition: string | null;
  /** Milliseconds since 1970, the earliest; `null` for code, whose change nobody has recorded. */
  readonly sinceMs: number | null;
  /** Assets between that one and this one, nearest last; of more than ten the ten nearest. */
  readonly through: readonly AssetKey[];
}

export interface AssetStaleness {
  /** The worst of its slices: stale before missing before fresh. */
  readonly status: StaleStatus;
  /** At most ten, its own first. */
  readonly causes: readonly StaleCause[];
  /** Of a partitioned asset, by number among `keys`. */
  readonly slices?: { readonly keys: PartitionKeys; readonly stale: Ordinals; readonly missing: Ordinals };
}

/** The staleness of every asset at one moment. */
export interface Staleness {
  /** `undefined` for an asset that is not defined. */
  of(key: string): AssetStaleness | undefined;
}

/**
 * Judges every asset and partition by what is remembered.
 *
 * - `missing`: never materialized. It makes nothing else stale.
 * - `stale` by code: the definition has a code version and the data was made with another one, or with none. A
 *   definition without a code version is never stale by its own code.
 * - `stale` by data: what it reads changed after the attempt that made it had started. The same data version again is
 *   no change, and what one attempt made together is never stale for its own sake.
 * - `stale` through another: it reads something stale; the root causes are carried along.
 * - An asset that is not materialized here is `fresh`: nothing can be said of it. With facts (observations) it changes
 *   as they say; without any it is looked through, as if its readers read what it depends on.
 */
export function evaluateStaleness(
  { assets }: Pick<SnapshotDefinitions, "assets">,
  facts: StalenessFacts,
  moment: PartitionMoment,
): Staleness {
  const numbers = new Map<string, number>(assets.map(({ key }, number) => [key, number]));
  const table = createSliceTable(assets, facts, moment);
  const reader = createSliceReader(assets, table, moment);
  for (const node of evaluationOrder(assets, numbers)) {
    reader.judgeCode(node);
    for (const dep of (assets[node] as Asset).deps) {
      const upstream = numbers.get(dep);
      if (upstream !== undefined) reader.judgeDep(node, upstream);
    }
    reader.settle(node);
  }
  return {
    of(key) {
      const node = numbers.get(key);
      return node === undefined ? undefined : stalenessOf(node, { assets, table, reader });
    },
  };
}

function stalenessOf(
  node: number,
  { assets, table, reader }: { assets: readonly Asset[]; table: SliceTable; reader: SliceReader },
): AssetStaleness {
  const stale = ordinalsWith(sliceStatuses.stale, node, table);
  const missing = ordinalsWith(sliceStatuses.missing, node, table);
  const status = stale.length > 0 ? "stale" : missing.length > 0 ? "missing" : "fresh";
  const { keys } = table.slices[node] as SliceTable["slices"][number];
  return {
    status,
    causes: status === "stale" ? reader.rootsOf(node).map((root) => causeOf(root, assets, table)) : [],
    ...(keys === undefined ? {} : { slices: { keys, stale, missing } }),
  };
}

function ordinalsWith(wanted: number, node: number, { offsets, statuses }: SliceTable): Ordinals {
  const first = offsets[node] as number;
  const end = offsets[node + 1] as number;
  const found: [number, number][] = [];
  for (let at = statuses.indexOf(wanted, first); at >= 0 && at < end; at = statuses.indexOf(wanted, at)) {
    const from = at;
    while (at < end && statuses[at] === wanted) at++;
    found.push([from - first, at - first]);
  }
  return found;
}

function causeOf(root: StaleRoot, assets: readonly Asset[], { slices }: SliceTable): StaleCause {
  const through: AssetKey[] = [];
  for (let way = root.through; way !== undefined && through.length < rootsPerAsset; way = way.rest)
    through.push((assets[way.node] as Asset).key);
  const keys = slices[root.node]?.keys;
  return {
    kind: root.kind,
    asset: (assets[root.node] as Asset).key,
    partition: keys === undefined || root.ordinal < 0 ? null : keys.at(root.ordinal),
    sinceMs: root.sinceMs,
    through: through.reverse(),
  };
}
