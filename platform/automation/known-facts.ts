import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { PartitionSet } from "../core/partitions.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type {
  AutomationFacts,
  CheckFacts,
  EntityKey,
  LogMoment,
  PartitionFacts,
  RunFacts,
  UpdateFact,
} from "./automation-facts.ts";
import { ChangedPartitions } from "./partition-changes.ts";
import { plannedParts, type RunPart, RunParts } from "./run-parts.ts";

/** Facts of a moment, without what the definitions, the clock and user code say. */
export type LoggedFacts = Omit<AutomationFacts, "dynamicKeys" | "custom" | "freshness">;

/** The newest materialization or observation of a partition ("": the unpartitioned asset). */
export interface KnownUpdate extends Omit<UpdateFact, "runId"> {
  readonly type: "materialized" | "observed";
  readonly asset: AssetKey;
  readonly partition: string;
  readonly runId: RunId;
}

/** The newest answer to a check. */
export interface KnownAnswer extends LogMoment {
  readonly check: CheckKey;
  readonly passed: boolean;
}

/** That a run brought something up to date, one by one and oldest first. */
export interface LoggedUpdates {
  readonly updates: readonly {
    readonly type: "materialized" | "observed";
    readonly asset: AssetKey;
    readonly partition: string | null;
    readonly runId: RunId;
    readonly cursor: number;
  }[];
  readonly checks: readonly { readonly check: CheckKey; readonly runId: RunId }[];
}

/** What automation asks about, in memory: kept by what the log tells, whoever reads it. */
export class KnownFacts {
  readonly #checksOf: (asset: AssetKey) => readonly CheckKey[];
  readonly #assets = new Map<AssetKey, Map<string, PartitionFacts>>();
  readonly #changes = new Map<AssetKey, ChangedPartitions>();
  readonly #newest = new Map<AssetKey, LogMoment>();
  readonly #answers = new Map<CheckKey, LogMoment & { readonly passed: boolean }>();
  readonly #failedChecks = new Set<CheckKey>();
  readonly #runs = new Map<RunId, RunFacts>();
  readonly #parts = new RunParts();
  readonly #updates = new Map<string, { readonly cursor: number; readonly runId: RunId }[]>();
  #backfills: ReadonlyMap<AssetKey, readonly PartitionSet[]> = new Map();
  #changed = new Set<EntityKey>();

  /** `checksOf`: those that ride along with an asset where a request names none. */
  constructor(checksOf: (asset: AssetKey) => readonly CheckKey[]) {
    this.#checksOf = checksOf;
  }

  /** `cursor`: how far the log is known; the window of a tick ends there. */
  factsAt(cursor: number): LoggedFacts {
    return {
      cursor,
      asset: (key) => {
        const partitions = this.#assets.get(key);
        const inBackfill = this.#backfills.get(key);
        const changes = this.#changes.get(key);
        if (partitions === undefined || changes === undefined)
          return inBackfill === undefined ? undefined : { partitions: new Map(), inBackfill };
        return { partitions, changes, ...(inBackfill === undefined ? {} : { inBackfill }) };
      },
      check: (key) => this.#checkFacts(key),
      run: (id) => this.#runs.get(id),
      updatesSince: (key, partition, after) =>
        (this.#updates.get(textOf(key, partition)) ?? []).flatMap(({ cursor: at, runId }) =>
          at > after ? [runId] : [],
        ),
    };
  }

  /** The newest materialization of an asset, whichever partition it was of. */
  newest(asset: AssetKey): LogMoment | undefined {
    return this.#newest.get(asset);
  }

  /** Assets and checks of which something is other than when this was asked last. */
  takeChanged(): ReadonlySet<EntityKey> {
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  /** Runs that are in progress as far as is known. */
  get runs(): Iterable<RunId> {
    return this.#parts.runs;
  }

  isInProgress(run: RunId): boolean {
    return this.#parts.has(run);
  }

  /** Whether it is known what the run was asked to do. */
  isLearned(run: RunId): boolean {
    return this.#runs.has(run);
  }

  /** Updates up to this place are not asked about any more. */
  forgetUpdates(cursor: number): void {
    for (const [key, updates] of this.#updates) {
      const kept = updates.filter((update) => update.cursor > cursor);
      if (kept.length === 0) this.#updates.delete(key);
      else this.#updates.set(key, kept);
    }
  }

  keep({
    updates,
    answers,
  }: {
    readonly updates: readonly KnownUpdate[];
    readonly answers: readonly KnownAnswer[];
  }): void {
    for (const { type, asset, partition, runId, cursor, at, started, changed } of updates) {
      const update: UpdateFact = { cursor, at, runId, started, changed };
      this.#change({ key: asset, partition }, { [type]: update, failed: false });
      if (type === "materialized" && cursor > (this.#newest.get(asset)?.cursor ?? -1))
        this.#newest.set(asset, { cursor, at });
      for (const check of this.#checksOf(asset)) this.#changed.add(check);
    }
    for (const { check, cursor, at, passed } of answers) {
      this.#answers.set(check, { cursor, at, passed });
      this.#failedChecks.delete(check);
      this.#changed.add(check);
    }
  }

  /** What all backfills together have still to do. */
  keepBackfills(left: ReadonlyMap<AssetKey, readonly PartitionSet[]>): void {
    for (const key of new Set([...this.#backfills.keys(), ...left.keys()])) {
      if (JSON.stringify(this.#backfills.get(key)) !== JSON.stringify(left.get(key))) this.#changed.add(key);
    }
    this.#backfills = left;
  }

  /** A part that its latest planned run, which has ended, failed to bring up to date. */
  keepFailed(run: RunId, part: RunPart): void {
    this.#parts.planned(run, part);
    this.#setFailed(part, true);
  }

  /** What the runs behind the updates were asked to do. */
  learn(runs: readonly Pick<RunRecord, "id" | "request">[]): void {
    for (const { id, request } of runs) {
      const checks = request.checks ?? request.assets.flatMap((asset) => this.#checksOf(asset));
      this.#runs.set(id, { targets: new Set<string>([...request.assets, ...checks]), tags: request.tags });
    }
  }

  /** Each is told when asked what updated a partition after a cursor. */
  noteUpdates(updates: LoggedUpdates["updates"]): void {
    for (const { type, asset, partition, runId, cursor } of updates) {
      if (type !== "materialized") continue;
      const text = textOf(asset, partition ?? "");
      const known = this.#updates.get(text);
      if (known === undefined) this.#updates.set(text, [{ cursor, runId }]);
      else known.push({ cursor, runId });
    }
  }

  /** A run was planned; what it was planned for is not failed any more. */
  planned(id: RunId, plan: Pick<RunPlan, "steps">): void {
    const parts = plannedParts(plan);
    this.#parts.add(id, parts);
    for (const part of parts) {
      if (this.#isDoneIn(id, part)) this.#parts.done(id, part);
      else if (this.#parts.isLast(id, part)) this.#setFailed(part, false);
      this.#told(part);
    }
  }

  /** What runs in progress have done of their parts. */
  done({ updates, checks }: LoggedUpdates): void {
    for (const { asset, partition, runId } of updates)
      this.#done(runId, { key: asset, partition: partition ?? "" });
    for (const { check, runId } of checks) this.#done(runId, { key: check, partition: "", isCheck: true });
  }

  /** A run in progress has ended. */
  ended(run: Pick<RunRecord, "id" | "status" | "startedAtMs" | "createdAtMs">): void {
    for (const part of this.#parts.end(run.id)) {
      this.#told(part);
      if (run.status === "failure" && this.#parts.isLast(run.id, part) && !this.#isMadeSince(run, part))
        this.#setFailed(part, true);
    }
  }

  /** Whether somebody else brought it up to date while the run went on. */
  #isMadeSince(
    { startedAtMs, createdAtMs }: Pick<RunRecord, "startedAtMs" | "createdAtMs">,
    { key, partition }: RunPart,
  ): boolean {
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
    const before = partitions.get(part.partition) ?? { failed: false };
    partitions.set(part.partition, { ...before, ...change, inRun: this.#parts.isInRun(part) });
    const changes = this.#changes.get(asset) ?? new ChangedPartitions();
    this.#changes.set(asset, changes);
    changes.note(part.partition);
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
