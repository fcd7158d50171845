import type { AssetKey } from "../core/asset-key.ts";
import type { AssetCheck, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { AssetDetailView, AssetStateView, AssetView } from "../core/views.ts";
import { assetViews } from "../graph/asset-view.ts";
import type { LinkSource } from "../graph/code-reference-url.ts";
import type { Staleness } from "../graph/staleness.ts";
import { stalenessView } from "../graph/staleness-view.ts";
import type { Storage } from "../storage/storage.ts";
import type { AbsentProject, AbsentProjects } from "./absent-projects.ts";
import { assetStateView } from "./asset-state-view.ts";
import { attachmentView } from "./attachment-view.ts";
import { checkReport } from "./check-report.ts";
import { componentViews } from "./component-view.ts";
import type { Catalog } from "./instance.ts";
import { eventView } from "./run-view.ts";
import { createStalenessSource, type StalenessSource } from "./staleness-source.ts";

export interface CatalogOptions {
  /** The definitions in force; rejects while there are none. */
  snapshot(): Promise<DefinitionsSnapshot>;
  /** Absent where only definitions are asked about: then nothing is remembered. */
  readonly storage?: Storage;
  /** Absent: that of the storage alone. */
  readonly staleness?: StalenessSource;
  /** Who defines what nobody defines here. */
  readonly absentProjects?: AbsentProjects;
  links(): Promise<LinkSource>;
  now?(): Temporal.Instant;
}

const historyLength = 50;
const mostAttachments = 100;

/** Beyond so many ranges a set of partitions is only counted: in lists, and of one asset. */
const listedRanges = 20;
const detailRanges = 1000;

export function createCatalog(options: CatalogOptions): Catalog {
  const { snapshot, storage, links, now = () => Temporal.Now.instant() } = options;
  const plainViews = keptByIdentity(async (current: DefinitionsSnapshot) =>
    assetViews(current, await links()),
  );
  const views = async (current: DefinitionsSnapshot) => {
    const [plain, absent] = await Promise.all([plainViews(current), options.absentProjects?.read(current)]);
    return absent === undefined || absent.size === 0 ? plain : plain.map((view) => withAbsent(view, absent));
  };
  const source =
    options.staleness ?? (storage === undefined ? undefined : createStalenessSource(storage, now));
  const states = async (keys?: readonly string[], ranges = listedRanges) => {
    const current = await snapshot();
    return await assetStates(current, storage, { keys, ranges, staleness: await source?.read(current) });
  };
  return {
    snapshot,
    report: async () => checkReport(await snapshot()),
    components: async () => componentViews(await snapshot()),
    async assets() {
      const current = await snapshot();
      const [plain, staleness] = await Promise.all([views(current), source?.read(current)]);
      return plain.map((view) => withStaleness(view, staleness));
    },
    assetStates: (keys) => states(keys),
    async asset(key): Promise<AssetDetailView | undefined> {
      const current = await snapshot();
      const asset = (await views(current)).find((view: AssetView) => view.key === key);
      if (asset === undefined) return undefined;
      const [[state], history, partitions, attachments, staleness] = await Promise.all([
        states([key], detailRanges),
        storage?.assetHistory(key as AssetKey, { limit: historyLength }) ?? [],
        asset.partitions === null ? undefined : storage?.partitionStates(key as AssetKey),
        storage?.listAttachments({ asset: key as AssetKey, limit: mostAttachments }) ?? [],
        source?.read(current),
      ]);
      return {
        asset: withStaleness(asset, staleness),
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
        attachments: attachments.map(attachmentView),
      };
    },
  };
}

function withAbsent(view: AssetView, absent: ReadonlyMap<string, AbsentProject>): AssetView {
  const found = absent.get(view.key);
  return found === undefined ? view : { ...view, absent_project: found };
}

/** The view with what the asset is now. */
export function withStaleness(view: AssetView, staleness: Staleness | undefined): AssetView {
  return { ...view, staleness: staleness?.of(view.key)?.status ?? null };
}

interface AskedStates {
  /** Absent: all. */
  readonly keys: readonly string[] | undefined;
  readonly ranges: number;
  readonly staleness: Staleness | undefined;
}

async function assetStates(
  { definitions }: DefinitionsSnapshot,
  storage: Storage | undefined,
  { keys, ranges, staleness }: AskedStates,
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
  return assets.map(({ key }) => {
    const found = staleness?.of(key);
    return assetStateView(key, {
      record: records?.get(key),
      checks: (checks.get(key) ?? []).map((spec: AssetCheck) => ({
        spec,
        records: evaluations?.get(spec.key) ?? [],
      })),
      staleness: found === undefined ? null : stalenessView(found, { ranges }),
    });
  });
}

/** Computes once for each object that it is asked about, and remembers only the last. */
function keptByIdentity<T extends object, R>(compute: (subject: T) => R): (subject: T) => R {
  let last: { readonly subject: T; readonly result: R } | undefined;
  return (subject) => {
    if (last?.subject !== subject) last = { subject, result: compute(subject) };
    return last.result;
  };
}
