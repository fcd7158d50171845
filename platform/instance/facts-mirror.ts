import type { EntityKey, LogMoment } from "../automation/automation-facts.ts";
import { KnownFacts, type LoggedFacts } from "../automation/known-facts.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { Storage } from "../storage/storage.ts";
import { BackfillsLeft } from "./backfills-left.ts";
import { readUpdates, type UpdatesRead } from "./read-updates.ts";

export type FactsSource = Pick<
  Storage,
  | "activeBackfills"
  | "changesSince"
  | "failedOutputs"
  | "findRuns"
  | "getBackfill"
  | "getPlans"
  | "newestCursor"
  | "unfinishedRuns"
  | "updateFacts"
>;

export interface FactsMirrorOptions {
  /** From which place on updates are told one by one; absent: from now on. */
  readonly since?: number;
  /** Those that ride along with an asset where a request names none. */
  checksOf(asset: AssetKey): readonly CheckKey[];
}

/** Runs whose requests or plans are read at once. */
const runsAtOnce = 500;

/** What automation asks about, held in memory: read in bulk once, then kept by what the log tells. */
export class FactsMirror {
  readonly #storage: FactsSource;
  readonly #options: FactsMirrorOptions;
  readonly #known: KnownFacts;
  readonly #backfills: BackfillsLeft;
  #cursor: number | undefined;

  constructor(storage: FactsSource, options: FactsMirrorOptions) {
    this.#storage = storage;
    this.#options = options;
    this.#backfills = new BackfillsLeft(storage);
    this.#known = new KnownFacts((asset) => options.checksOf(asset));
  }

  /** As they were at the end of the last refresh; the window of a tick ends there. */
  get facts(): LoggedFacts {
    return this.#known.factsAt(this.#cursor ?? 0);
  }

  /** The newest materialization of an asset, whichever partition it was of. */
  newest(asset: AssetKey): LogMoment | undefined {
    return this.#known.newest(asset);
  }

  /**
   * Brings it up to the end of the log, and gives the assets and checks of which something is other than before. What
   * happens meanwhile is not in the facts.
   */
  async refresh(): Promise<ReadonlySet<EntityKey>> {
    this.#known.takeChanged();
    // Read first: what ends later is in progress still, and what ended before is in the log that is read then.
    const unfinished = new Set(await this.#storage.unfinishedRuns());
    const isFirst = this.#cursor === undefined;
    const after = this.#cursor ?? this.#options.since ?? (await this.#storage.newestCursor());
    const read = await readUpdates(this.#storage, { after, all: isFirst });
    this.#known.keep(read.facts);
    if (isFirst) {
      for (const { asset, partition, runId } of await this.#storage.failedOutputs()) {
        // One that ended meanwhile ends in the next window.
        if (!unfinished.has(runId)) this.#known.keepFailed(runId, { key: asset, partition });
      }
    }
    this.#cursor = read.cursor;
    await this.#learnRuns(read);
    await this.#followRuns(unfinished, read);
    const left = await this.#backfills.refresh();
    if (left !== undefined) this.#known.keepBackfills(left);
    return this.#known.takeChanged();
  }

  /** Updates up to this place are not asked about any more. */
  forgetUpdates(cursor: number): void {
    this.#known.forgetUpdates(cursor);
  }

  async #learnRuns({ facts, changes }: UpdatesRead): Promise<void> {
    const ids = new Set([...facts.updates, ...changes.updates].map(({ runId }) => runId));
    this.#known.learn(await this.#findRuns([...ids].filter((id) => !this.#known.isLearned(id))));
    this.#known.noteUpdates(changes.updates);
  }

  async #followRuns(unfinished: ReadonlySet<RunId>, { changes }: UpdatesRead): Promise<void> {
    await this.#addRuns([...unfinished].filter((id) => !this.#known.isInProgress(id)));
    this.#known.done(changes);
    const ended = new Set(changes.ended);
    const gone = [...this.#known.runs].filter((id) => ended.has(id) || !unfinished.has(id));
    for (const run of await this.#findRuns(gone)) this.#known.ended(run);
  }

  async #addRuns(ids: readonly RunId[]): Promise<void> {
    for (let start = 0; start < ids.length; start += runsAtOnce) {
      const plans = await this.#storage.getPlans(ids.slice(start, start + runsAtOnce));
      for (const [id, plan] of plans) this.#known.planned(id, plan);
    }
  }

  async #findRuns(ids: readonly RunId[]): Promise<RunRecord[]> {
    const found: RunRecord[] = [];
    for (let start = 0; start < ids.length; start += runsAtOnce)
      found.push(...(await this.#storage.findRuns(ids.slice(start, start + runsAtOnce))));
    return found;
  }
}
