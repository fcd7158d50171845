import type { AssetKey } from "../core/asset-key.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { AssetDetailView, AssetStateView, AssetView } from "../core/views.ts";
import { assetViews } from "../graph/asset-view.ts";
import type { LinkSource } from "../graph/code-reference-url.ts";
import type { Staleness } from "../graph/staleness.ts";
import type { Storage } from "../storage/storage.ts";
import type { AbsentProject, AbsentProjects } from "./absent-projects.ts";
import { assetStates } from "./asset-states.ts";
import { attachmentView } from "./attachment-view.ts";
import { checkReport } from "./check-report.ts";
import { componentViews } from "./component-view.ts";
import type { Catalog } from "./instance.ts";
import { partitionMoment } from "./partition-moment.ts";
import { partitionStateView } from "./partition-state-view.ts";
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
    const staleness = await source?.read(current);
    return await assetStates(current, storage, { keys, ranges, staleness, now: now() });
  };
  return {
    snapshot,
    report: async () => checkReport(await snapshot()),
    components: async () => componentViews(await snapshot()),
    async assets() {
      const current = await snapshot();
      const [plain, known] = await Promise.all([views(current), storage === undefined ? [] : states()]);
      const stateOf = new Map(known.map((state) => [state.key, state]));
      return plain.map((view) => withState(view, stateOf.get(view.key)));
    },
    assetStates: (keys) => states(keys),
    async asset(key): Promise<AssetDetailView | undefined> {
      const current = await snapshot();
      const asset = (await views(current)).find((view: AssetView) => view.key === key);
      if (asset === undefined) return undefined;
      const definition = current.definitions.assets.find((one) => one.key === key)?.partitions;
      const [[state], history, freshness, partitions, attachments] = await Promise.all([
        states([key], detailRanges),
        storage?.assetHistory(key as AssetKey, { limit: historyLength }) ?? [],
        storage?.freshnessHistory(key as AssetKey, { limit: historyLength }) ?? [],
        asset.partitions === null ? undefined : storage?.partitionStates(key as AssetKey),
        storage?.listAttachments({ asset: key as AssetKey, limit: mostAttachments }) ?? [],
      ]);
      return {
        asset: withState(asset, state),
        state: state as AssetStateView,
        partitions:
          definition === undefined || partitions === undefined || storage === undefined
            ? null
            : partitionStateView(
                definition,
                await partitionMoment(current.definitions, storage, now()),
                partitions,
              ),
        history: [...history, ...freshness]
          .toSorted((a, b) => b.cursor - a.cursor)
          .slice(0, historyLength)
          .map(eventView),
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
function withState(view: AssetView, state: AssetStateView | undefined): AssetView {
  return { ...view, staleness: state?.staleness?.status ?? null, health: state?.health ?? null };
}

/** The view with another staleness. */
export function withStaleness(view: AssetView, staleness: Staleness | undefined): AssetView {
  return { ...view, staleness: staleness?.of(view.key)?.status ?? null };
}

/** Computes once for each object that it is asked about, and remembers only the last. */
function keptByIdentity<T extends object, R>(compute: (subject: T) => R): (subject: T) => R {
  let last: { readonly subject: T; readonly result: R } | undefined;
  return (subject) => {
    if (last?.subject !== subject) last = { subject, result: compute(subject) };
    return last.result;
  };
}
