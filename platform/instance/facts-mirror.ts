import type {
  AutomationFacts,
  CheckFacts,
  EntityKey,
  LogMoment,
  PartitionFacts,
  RunFacts,
  UpdateFact,
} from "../automation/automation-facts.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { Storage } from "../storage/storage.ts";
import type { UpdateFacts } from "../storage/update-facts.ts";
import { readUpdates, type UpdatesRead } from "./read-updates.ts";
import { plannedParts, type RunPart, RunParts } from "./run-parts.ts";

/** Facts of a moment, without what the definitions, the clock and user code say. */
export type MirroredFacts = Omit<AutomationFacts, "dynamicKeys" | "custom" | "freshness">;

export type FactsSource = Pick<
  Storage,
  | "changesSince"
  | "failedOutputs"
  | "findRuns"
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
  readonly #assets = new Map<AssetKey, Map<string, PartitionFacts>>();
  readonly #newest = new Map<AssetKey, LogMoment>();
  readonly #answers = new Map<CheckKey, LogMoment & { readonly passed: boolean }>();
  readonly #failedChecks = new Set<CheckKey>();
  readonly #runs = new Map<RunId, RunFacts>();
  readonly #parts = new RunParts();
  readonly #updates = new Map<string, { readonly cursor: number; readonly runId: RunId }[]>();
  #cursor: number | undefined;
  #changed = new Set<EntityKey>();

  constructor(storage: FactsSource, options: FactsMirrorOptions) {
    this.#storage = storage;
    this.#options = options;
  }

  /** As they were at the end of the last refresh; the window of a tick ends there. */
  get facts(): MirroredFacts {
    return {
      cursor: this.#cursor ?? 0,
      asset: (key) => {
        const partitions = this.#assets.get(key);
        return partitions === undefined ? undefined : { partitions };
      },
      check: (key) => this.#checkFacts(key),
      run: (id) => this.#runs.get(id),
      updatesSince: (key, partition, after) =>
        (this.#updates.get(textOf(key, partition)) ?? []).flatMap(({ cursor, runId }) =>
          cursor > after ? [runId] : [],
        ),
    };
  }

  /** The newest materialization of an asset, whichever partition it was of. */
  newest(asset: AssetKey): LogMoment | undefined {
    return this.#newest.get(asset);
  }

  /**
   * Brings it up to the end of the log, and gives the assets and checks of which something is other than before. What
   * happens meanwhile is not in the facts.
   */
  async refresh(): Promise<ReadonlySet<EntityKey>> {
    this.#changed = new Set();
    // Read first: what ends later is in progress still, and what ended before is in the log that is read then.
    const unfinished = new Set(await this.#storage.unfinishedRuns());
    const isFirst = this.#cursor === undefined;
    const after = this.#cursor ?? this.#options.since ?? (await this.#storage.newestCursor());
    const read = await readUpdates(this.#storage, { after, all: isFirst });
    this.#keepFacts(read.facts);
    if (isFirst) {
      for (const { asset, partition, runId } of await this.#storage.failedOutputs()) {
        // One that ended meanwhile ends in the next window.
        if (unfinished.has(runId)) continue;
        this.#parts.planned(runId, { key: asset, partition });
        this.#setFailed({ key: asset, partition }, true);
      }
    }
    this.#cursor = read.cursor;
    await this.#learnRuns(read);
    await this.#followRuns(unfinished, read);
    return this.#changed;
  }

  /** Updates up to this place are not asked about any more. */
  forgetUpdates(cursor: number): void {
    for (const [key, updates] of this.#updates) {
      const kept = updates.filter((update) => update.cursor > cursor);
      if (kept.length === 0) this.#updates.delete(key);
      else this.#updates.set(key, kept);
    }
  }

  #keepFacts({ updates, answers }: UpdateFacts): void {
    for (const { type, asset, partition, runId, cursor, at, started, changed } of updates) {
      const update: UpdateFact = { cursor, at, runId, started, changed };
      this.#change({ key: asset, partition }, { [type]: update, failed: false });
      if (type === "materialized" && cursor > (this.#newest.get(asset)?.cursor ?? -1))
        this.#newest.set(asset, { cursor, at });
      for (const check of this.#options.checksOf(asset)) this.#changed.add(check);
    }
    for (const { check, cursor, at, passed } of answers) {
      this.#answers.set(check, { cursor, at, passed });
      this.#failedChecks.delete(check);
      this.#changed.add(check);
    }
  }

  /** What the runs behind the updates were asked to do. */
  async #learnRuns({ facts, changes }: UpdatesRead): Promise<void> {
    const ids = new Set([...facts.updates, ...changes.updates].map(({ runId }) => runId));
    for (const run of await this.#findRuns([...ids].filter((id) => !this.#runs.has(id)))) this.#learn(run);
    for (const { type, asset, partition, runId, cursor } of changes.updates) {
      if (type !== "materialized") continue;
      const text = textOf(asset, partition ?? "");
      const known = this.#updates.get(text);
      if (known === undefined) this.#updates.set(text, [{ cursor, runId }]);
      else known.push({ cursor, runId });
    }
  }

  #learn({ id, request }: RunRecord): void {
    const checks = request.checks ?? request.assets.flatMap((asset) => this.#options.checksOf(asset));
    this.#runs.set(id, { targets: new Set<string>([...request.assets, ...checks]), tags: request.tags });
  }

  async #followRuns(unfinished: ReadonlySet<RunId>, { changes }: UpdatesRead): Promise<void> {
    await this.#addRuns([...unfinished].filter((id) => !this.#parts.has(id)));
    for (const { asset, partition, runId } of changes.updates)
      this.#done(runId, { key: asset, partition: partition ?? "" });
    for (const { check, runId } of changes.checks)
      this.#done(runId, { key: check, partition: "", isCheck: true });
    const ended = new Set(changes.ended);
    const gone = [...this.#parts.runs].filter((id) => ended.has(id) || !unfinished.has(id));
    for (const run of await this.#findRuns(gone)) {
      for (const part of this.#parts.end(run.id)) {
        this.#told(part);
        if (run.status === "failure" && this.#parts.isLast(run.id, part) && !this.#isMadeSince(run, part))
          this.#setFailed(part, true);
      }
    }
  }

  /** Runs that were planned since; what they were planned for is not failed any more. */
  async #addRuns(ids: readonly RunId[]): Promise<void> {
    for (let start = 0; start < ids.length; start += runsAtOnce) {
      const some = ids.slice(start, start + runsAtOnce);
      for (const [id, plan] of await this.#storage.getPlans(some)) {
        const parts = plannedParts(plan);
        this.#parts.add(id, parts);
        for (const part of parts) {
          if (this.#isDoneIn(id, part)) this.#parts.done(id, part);
          else if (this.#parts.isLast(id, part)) this.#setFailed(part, false);
          this.#told(part);
        }
      }
    }
  }

  /** Whether somebody else brought it up to date while the run went on. */
  #isMadeSince({ startedAtMs, createdAtMs }: RunRecord, { key, partition }: RunPart): boolean {
    const made = this.#assets.get(key as AssetKey)?.get(partition)?.materialized;
    return made !== undefined && made.at >= (startedAtMs ?? createdAtMs);
  }

  /** What a run did before it was heard of. */
  #isDoneIn(run: RunId, { key, partition }: RunPart): boolean {
    const facts = this.#assets.get(key as AssetKey)?.get(partition);
    return facts?.materialized?.runId === run || facts?.observed?.runId === run;
  }

  #done(run: RunId, part: RunPart): void {
    if (this.#parts.done(run, part)) this.#told(part);
  }

  async #findRuns(ids: readonly RunId[]): Promise<RunRecord[]> {
    const found: RunRecord[] = [];
    for (let start = 0; start < ids.length; start += runsAtOnce)
      found.push(...(await this.#storage.findRuns(ids.slice(start, start + runsAtOnce))));
    return found;
  }

  #setFailed(part: RunPart, failed: boolean): void {
    if (part.isCheck === undefined) {
      if (failed || this.#assets.get(part.key as AssetKey)?.get(part.partition)?.failed === true)
        this.#change(part, { failed });
      return;
    }
    if (failed) this.#failedChecks.add(part.key as CheckKey);
    else this.#failedChecks.delete(part.key as CheckKey);
    this.#changed.add(part.key);
  }

  /** Whether a run is to bring it up to date is other than before. */
  #told(part: RunPart): void {
    if (part.isCheck) this.#changed.add(part.key);
    else this.#change(part, {});
  }

  #change(part: RunPart, change: Partial<PartitionFacts>): void {
    const asset = part.key as AssetKey;
    const partitions = this.#assets.get(asset) ?? new Map<string, PartitionFacts>();
    this.#assets.set(asset, partitions);
    const before = partitions.get(part.partition) ?? { failed: false, inBackfill: false };
    partitions.set(part.partition, { ...before, ...change, inRun: this.#parts.isInRun(part) });
    this.#changed.add(asset);
  }

  #checkFacts(key: CheckKey): CheckFacts | undefined {
    const answer = this.#answers.get(key);
    const asset = key.slice(0, key.lastIndexOf(":")) as AssetKey;
    const inRun = this.#parts.isInRun({ key, partition: "" });
    const failed = this.#failedChecks.has(key);
    if (answer === undefined) return { inRun, failed };
    const ofLatest = answer.cursor > (this.#newest.get(asset)?.cursor ?? 0);
    return { inRun, failed, evaluated: { ...answer, ofLatest } };
  }
}

function textOf(key: string, partition: string): string {
  return `${key}\n${partition}`;
}
