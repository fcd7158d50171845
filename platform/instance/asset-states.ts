import { type FreshnessRecord, parseFreshnessRecord } from "../automation/settle-freshness.ts";
import type { Asset, AssetCheck, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { AssetStateView } from "../core/views.ts";
import type { Staleness } from "../graph/staleness.ts";
import { stalenessView } from "../graph/staleness-view.ts";
import type { Storage } from "../storage/storage.ts";
import { assetStateView } from "./asset-state-view.ts";
import { freshnessRecords } from "./automation-cursors.ts";

export interface AskedStates {
  /** Absent: all. */
  readonly keys: readonly string[] | undefined;
  /** Beyond so many ranges a set of partitions is only counted. */
  readonly ranges: number;
  readonly staleness: Staleness | undefined;
  readonly now: Temporal.Instant;
}

/** What is remembered of assets; without a storage, nothing is. */
export async function assetStates(
  { definitions }: DefinitionsSnapshot,
  storage:
    | Pick<Storage, "latestAssets" | "latestChecks" | "failedAssets" | "listCursors" | "getCursor">
    | undefined,
  { keys, ranges, staleness, now }: AskedStates,
): Promise<AssetStateView[]> {
  const wanted = keys === undefined ? undefined : new Set(keys);
  const assets = definitions.assets.filter(({ key }) => wanted === undefined || wanted.has(key));
  const checks = Map.groupBy(
    definitions.checks.filter(({ asset }) => wanted === undefined || wanted.has(asset)),
    ({ asset }) => asset,
  );
  const some = wanted === undefined ? undefined : assets.map(({ key }) => key);
  const [records, evaluations, failed, settled] = await Promise.all([
    storage?.latestAssets(some),
    storage?.latestChecks(
      wanted === undefined ? undefined : [...checks.values()].flat().map(({ key }) => key),
    ),
    storage?.failedAssets(some),
    storage === undefined ? undefined : settledFreshness(storage, assets),
  ]);
  return assets.map((asset) => {
    const { key } = asset;
    const found = staleness?.of(key);
    return assetStateView(asset, {
      record: records?.get(key),
      checks: (checks.get(key) ?? []).map((spec: AssetCheck) => ({
        spec,
        latest: evaluations?.get(spec.key),
      })),
      hasFailed: failed?.has(key) === true,
      freshness: settled?.get(key),
      now: now.epochMilliseconds,
      staleness: found === undefined ? null : stalenessView(found, { ranges }),
    });
  });
}

/** Of the assets whose policy is about single partitions: what a daemon has settled. */
async function settledFreshness(
  storage: Pick<Storage, "listCursors" | "getCursor">,
  assets: readonly Asset[],
): Promise<ReadonlyMap<string, FreshnessRecord>> {
  const scoped = assets.filter(
    ({ freshnessPolicy, partitions }) =>
      partitions !== undefined && (freshnessPolicy?.scope ?? "asset") !== "asset",
  );
  if (scoped.length === 0) return new Map();
  const [only] = scoped;
  const text =
    scoped.length === 1 && only !== undefined
      ? new Map([[only.key as string, await storage.getCursor(freshnessRecords + only.key)]])
      : await storage.listCursors(freshnessRecords);
  return new Map(
    [...text].flatMap(([key, value]) => {
      const record = value === undefined ? undefined : parseFreshnessRecord(value);
      return record === undefined ? [] : [[key, record] as const];
    }),
  );
}
