import type { AssetKey } from "../core/asset-key.ts";
import type { AssetCheck, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { AssetDetailView, AssetStateView, AssetView } from "../core/views.ts";
import { assetViews } from "../graph/asset-view.ts";
import type { LinkSource } from "../graph/code-reference-url.ts";
import type { Storage } from "../storage/storage.ts";
import { assetStateView } from "./asset-state-view.ts";
import { checkReport } from "./check-report.ts";
import { componentViews } from "./component-view.ts";
import type { Catalog } from "./instance.ts";
import { eventView } from "./run-view.ts";

export interface CatalogOptions {
  /** The definitions in force; rejects while there are none. */
  snapshot(): Promise<DefinitionsSnapshot>;
  /** Absent where only definitions are asked about: then nothing is remembered. */
  readonly storage?: Storage;
  links(): Promise<LinkSource>;
}

const historyLength = 50;

export function createCatalog({ snapshot, storage, links }: CatalogOptions): Catalog {
  const views = keptByIdentity(async (current: DefinitionsSnapshot) => assetViews(current, await links()));
  const states = async (keys?: readonly string[]) => assetStates(await snapshot(), storage, keys);
  return {
    snapshot,
    report: async () => checkReport(await snapshot()),
    components: async () => componentViews(await snapshot()),
    assets: async () => await views(await snapshot()),
    assetStates: states,
    async asset(key): Promise<AssetDetailView | undefined> {
      const asset = (await views(await snapshot())).find((view: AssetView) => view.key === key);
      if (asset === undefined) return undefined;
      const [[state], history, partitions] = await Promise.all([
        states([key]),
        storage?.assetHistory(key as AssetKey, { limit: historyLength }) ?? [],
        asset.partitions === null ? undefined : storage?.partitionStates(key as AssetKey),
      ]);
      return {
        asset,
        state: state as AssetStateView,
        partitions:
          partitions === undefined
            ? null
            : {
                materialized: partitions.materialized,
                failed: partitions.failed,
                in_progress: partitions.inProgress,
              },
        history: history.map(eventView),
      };
    },
  };
}

async function assetStates(
  { definitions }: DefinitionsSnapshot,
  storage: Storage | undefined,
  keys: readonly string[] | undefined,
): Promise<AssetStateView[]> {
  const wanted = keys === undefined ? undefined : new Set(keys);
  const assets = definitions.assets.filter(({ key }) => wanted === undefined || wanted.has(key));
  const checks = Map.groupBy(
    definitions.checks.filter(({ asset }) => wanted === undefined || wanted.has(asset)),
    ({ asset }) => asset,
  );
  const [records, evaluations] = await Promise.all([
    storage?.latestAssets(wanted === undefined ? undefined : assets.map(({ key }) => key)),
    storage?.latestChecks(
      wanted === undefined ? undefined : [...checks.values()].flat().map(({ key }) => key),
    ),
  ]);
  return assets.map(({ key }) =>
    assetStateView(key, {
      record: records?.get(key),
      checks: (checks.get(key) ?? []).map((spec: AssetCheck) => ({
        spec,
        records: evaluations?.get(spec.key) ?? [],
      })),
    }),
  );
}

/** Computes once for each object that it is asked about, and remembers only the last. */
function keptByIdentity<T extends object, R>(compute: (subject: T) => R): (subject: T) => R {
  let last: { readonly subject: T; readonly result: R } | undefined;
  return (subject) => {
    if (last?.subject !== subject) last = { subject, result: compute(subject) };
    return last.result;
  };
}
