import type { EntityKey, LogMoment } from "../automation/automation-facts.ts";
import {
  type KnownAnswer,
  KnownFacts,
  type KnownUpdate,
  type LoggedFacts,
} from "../automation/known-facts.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { SimulationHistory } from "./simulation-history.ts";

/** The log of a simulation: what its runs do, told to automation from one round to the next as storage would. */
export class SimulatedLog {
  readonly #known: KnownFacts;
  readonly #requests = new Map<RunId, RunRecord["request"]>();
  #cursor: number;
  #read: number;
  #planned = new Map<RunId, Pick<RunPlan, "steps">>();
  #updates: KnownUpdate[] = [];
  #answers: (KnownAnswer & { readonly runId: RunId })[] = [];
  #ended: Pick<RunRecord, "id" | "status" | "startedAtMs" | "createdAtMs">[] = [];

  constructor(history: SimulationHistory, checksOf: (asset: AssetKey) => readonly CheckKey[]) {
    this.#cursor = history.cursor;
    this.#read = history.cursor;
    this.#known = new KnownFacts(checksOf);
    this.#known.keep(history);
    for (const { asset, partition, runId } of history.failed)
      this.#known.keepFailed(runId, { key: asset, partition });
    this.#known.learn(history.asked);
    this.#known.noteUpdates(history.logged);
    for (const { run, plan } of history.unfinished) {
      this.#requests.set(run.id, run.request);
      this.#known.planned(run.id, plan);
    }
  }

  /** As they were at the last refresh. */
  get facts(): LoggedFacts {
    return this.#known.factsAt(this.#read);
  }

  newest(asset: AssetKey): LogMoment | undefined {
    return this.#known.newest(asset);
  }

  /** An event takes its place in the log. */
  append(at: number): LogMoment {
    this.#cursor += 1;
    return { cursor: this.#cursor, at };
  }

  planned(run: Pick<RunRecord, "id" | "request">, plan: Pick<RunPlan, "steps">): void {
    this.#planned.set(run.id, plan);
    this.#requests.set(run.id, run.request);
  }

  /** Of a modelled update the data is always other data than before. */
  updated(
    what: Pick<KnownUpdate, "type" | "asset" | "partition" | "runId">,
    { at, started }: { readonly at: number; readonly started: LogMoment },
  ): void {
    const moment = this.append(at);
    this.#updates.push({ ...what, ...moment, started, changed: moment });
  }

  answered(check: CheckKey, { runId, at }: { readonly runId: RunId; readonly at: number }): void {
    this.#answers.push({ check, runId, passed: true, ...this.append(at) });
  }

  ended(run: Pick<RunRecord, "id" | "status" | "startedAtMs" | "createdAtMs">, at: number): void {
    this.append(at);
    // One that nobody heard of while it went on is never in progress.
    this.#planned.delete(run.id);
    this.#ended.push(run);
  }

  /** Brings the facts up to the end of the log, and gives the assets and checks of which something is other than before. */
  refresh(): ReadonlySet<EntityKey> {
    const known = this.#known;
    const updates = this.#updates;
    const answers = this.#answers;
    const ended = this.#ended;
    const planned = this.#planned;
    this.#updates = [];
    this.#answers = [];
    this.#ended = [];
    this.#planned = new Map();
    this.#read = this.#cursor;
    known.keep({ updates, answers });
    this.#learn(updates);
    known.noteUpdates(updates);
    for (const [id, plan] of planned) known.planned(id, plan);
    known.done({ updates, checks: answers });
    for (const run of ended) {
      known.ended(run);
      this.#requests.delete(run.id);
    }
    return known.takeChanged();
  }

  /** Updates up to this place are not asked about any more. */
  forgetUpdates(cursor: number): void {
    this.#known.forgetUpdates(cursor);
  }

  #learn(updates: readonly KnownUpdate[]): void {
    for (const { runId } of updates) {
      const request = this.#requests.get(runId);
      if (request !== undefined && !this.#known.isLearned(runId)) this.#known.learn([{ id: runId, request }]);
    }
  }
}
