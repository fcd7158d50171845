import {
  type BackfillPart,
  endOfBackfill,
  launchParts,
  nextBackfillRuns,
} from "../automation/advance-backfill.ts";
import { type BackfillGraph, type BackfillNode, backfillGraph } from "../automation/backfill-graph.ts";
import { type BackfillProgress, type EndedPart, settleBackfill } from "../automation/backfill-progress.ts";
import { backfillRunRequest } from "../automation/backfill-request.ts";
import { decodeBackfill, encodeBackfill } from "../automation/backfill-state.ts";
import { EntityGraph } from "../automation/entity-graph.ts";
import { ordinalsOfKeys } from "../automation/universe.ts";
import type { BackfillId, BackfillRecord } from "../core/backfill.ts";
import { isTerminal, type RunId } from "../core/run.ts";
import { backfillReasons } from "../instance/backfill-view.ts";
import { soonest, type TickRound } from "./tick-round.ts";

export type BackfillRound = Omit<TickRound, "switches">;

/** A backfill as it is in memory, until another process changes it or the definitions become others. */
interface Known {
  readonly snapshot: TickRound["snapshot"];
  readonly record: BackfillRecord;
  readonly graph: BackfillGraph;
  readonly progress: BackfillProgress;
  readonly lost: readonly string[];
}

interface Step {
  readonly progress: BackfillProgress;
  readonly runs: Parameters<TickRound["desk"]["commitBackfill"]>[0]["runs"];
  readonly reasons: readonly string[];
}

/** Runs that cannot be planned are failures at once; so many are tried in one round. */
const mostFaults = 500;

/** Backfills ask for their next runs as earlier ones end, each step once. */
export class BackfillLoop {
  readonly #known = new Map<BackfillId, Known>();

  /** One round; gives the moment at which there is something to do even if nothing happens. */
  async round(round: BackfillRound): Promise<number | undefined> {
    const active = await round.desk.storage.activeBackfills();
    for (const id of this.#known.keys()) if (!active.has(id)) this.#known.delete(id);
    let next: number | undefined;
    for (const [id, version] of active) {
      try {
        next = soonest(next, await this.#advance(round, id, version));
      } catch (error) {
        this.#known.delete(id);
        round.onError(error, `backfill ${id}`);
        next = soonest(next, round.now.epochMilliseconds + retryMs);
      }
    }
    return next;
  }

  async #advance(round: BackfillRound, id: BackfillId, version: number): Promise<number | undefined> {
    const known = await this.#read(round, id, version);
    if (known === undefined) return undefined;
    const { record, graph, progress, lost } = known;
    const { storage } = round.desk;
    const { desk, now } = round;
    const settled = await settledRuns(round, known);
    const step = await launched(round, known, settled);
    if (record.status === "canceling") {
      for (const run of await storage.findRuns(step.progress.runs.map((one) => one.id)))
        if (!isTerminal(run.status)) await desk.cancel(run.id);
    }
    const end = endOfBackfill(step.progress, record.status);
    const next =
      step.progress.runs.length > 0 || record.status === "canceling"
        ? now.epochMilliseconds + lookMs
        : undefined;
    if (step.progress === progress && end === undefined) return next;
    const gone = [...new Set([...(record.state.lost ?? []), ...lost])];
    const reasons = [...settled.reasons, ...step.reasons];
    const status = end === "success" && gone.length > 0 ? "failure" : (end ?? record.status);
    const at = now.epochMilliseconds;
    const encoded = encodeBackfill(graph, step.progress);
    const state = {
      ...record.state,
      ...encoded,
      // What is not defined any more stays as it was.
      assets: { ...record.state.assets, ...encoded.assets },
      ...(gone.length === 0 ? {} : { lost: gone }),
      launchedRuns: record.state.launchedRuns + step.runs.length,
      reasons: backfillReasons([...record.state.reasons, ...reasons]),
    };
    const made = await desk.commitBackfill({
      ...{ id, status, state, at, runs: step.runs },
      expectedVersion: record.version,
      ...(end === undefined ? {} : { endedAtMs: at }),
    });
    if (made === undefined) {
      // Another process was first: what it stored is read in the next round.
      this.#known.delete(id);
      return at;
    }
    this.#known.set(id, {
      ...known,
      progress: step.progress,
      record: { ...record, status, state, version: record.version + 1, updatedAtMs: at },
    });
    tell(round, { id, runs: made, end: end === undefined ? undefined : status, reasons });
    return end === undefined ? (next ?? at) : undefined;
  }

  async #read(round: BackfillRound, id: BackfillId, version: number): Promise<Known | undefined> {
    const { desk, snapshot, now } = round;
    const before = this.#known.get(id);
    if (before?.record.version === version && before.snapshot === snapshot) return before;
    const record = await desk.storage.getBackfill(id);
    if (record === undefined || record.endedAtMs !== undefined) return undefined;
    const entities = new EntityGraph(snapshot.definitions);
    const keys = Object.keys(record.state.assets).flatMap((key) => {
      const entity = entities.find(key);
      return entity?.asset?.materializable === true ? [entity.asset.key] : [];
    });
    const moment = await desk.moment(snapshot, now);
    const graph = backfillGraph(entities, keys, { moment, policy: record.request.policy });
    const { progress, lost } = decodeBackfill(graph, record.state);
    const known = { snapshot, record, graph, progress, lost };
    this.#known.set(id, known);
    return known;
  }
}

/** After so long a step that failed is tried again. */
const retryMs = 5_000;
/** Ends of runs are told; should that go wrong, they are looked for so often. */
const lookMs = 15_000;

/** The progress after runs that have ended. */
async function settledRuns(
  { desk, now }: BackfillRound,
  { graph, progress, record }: Known,
): Promise<Pick<Step, "progress" | "reasons">> {
  if (progress.runs.length === 0) return { progress, reasons: [] };
  const found = new Map(
    (await desk.storage.findRuns(progress.runs.map(({ id }) => id))).map((run) => [run.id, run]),
  );
  const ended: EndedPart[] = [];
  const reasons: string[] = [];
  const replaced = new Map<RunId, RunId>();
  for (const { id, nodes } of progress.runs) {
    const run = found.get(id);
    if (run === undefined) {
      ended.push({ id, made: new Map() });
      reasons.push(`run ${id} is not there any more`);
      continue;
    }
    const outcome = await desk.outcome(run, now);
    if (outcome.type === "open") continue;
    if (outcome.type === "replaced") replaced.set(id, outcome.by);
    else if (outcome.type === "success") ended.push({ id, made: "all" });
    else {
      const made = new Map(
        nodes.map((place) => {
          const { key, universe } = graph.nodes[place] as BackfillNode;
          return [place, ordinalsOfKeys(universe, outcome.made.get(key) ?? [])] as const;
        }),
      );
      const isWanted = outcome.type === "canceled" && record.status === "canceling";
      ended.push({ id, made, ...(isWanted ? { rest: "waits" as const } : {}) });
      if (!isWanted)
        reasons.push(
          `run ${id} ${outcome.type === "canceled" ? "was canceled" : `failed: ${run.failure ?? ""}`}`,
        );
    }
  }
  if (ended.length === 0 && replaced.size === 0) return { progress, reasons };
  const renamed = progress.runs.map((run) => ({ ...run, id: replaced.get(run.id) ?? run.id }));
  return { progress: settleBackfill(graph, { ...progress, runs: renamed }, ended), reasons };
}

/** The progress with the runs that there is room for; one that cannot be planned has failed. */
async function launched(
  { desk, snapshot }: BackfillRound,
  { graph, record }: Known,
  settled: Pick<Step, "progress">,
): Promise<Step> {
  let { progress } = settled;
  const runs: Step["runs"][number][] = [];
  const reasons: string[] = [];
  const { request, state, id } = record;
  if (record.status !== "running") return { progress, runs, reasons };
  for (let faults = 0; faults < mostFaults; ) {
    const room = request.maxRuns - progress.runs.length;
    const parts = room <= 0 ? [] : nextBackfillRuns(graph, progress, { room, order: request.order });
    if (parts.length === 0) break;
    const going: (BackfillPart & { readonly id: RunId })[] = [];
    const failed: EndedPart[] = [];
    for (const part of parts) {
      const wanted = backfillRunRequest(graph, part, { id, request, round: state.round });
      const { runs: prepared, faults: why } = await desk.prepare(snapshot, [wanted]);
      const [run] = prepared;
      if (run === undefined) {
        const name = `no run ${runs.length + faults + failed.length}` as RunId;
        going.push({ ...part, id: name });
        failed.push({ id: name, made: new Map() });
        reasons.push(...why);
      } else {
        going.push({ ...part, id: run.id });
        runs.push({ ...run, source: `backfill:${id}` });
      }
    }
    faults += failed.length;
    progress = settleBackfill(graph, launchParts(progress, going), failed);
    if (failed.length === 0) break;
  }
  return { progress, runs, reasons };
}

function tell(
  round: BackfillRound,
  {
    id,
    runs,
    end,
    reasons,
  }: {
    readonly id: BackfillId;
    readonly runs: readonly {
      readonly id: string;
      readonly request: { readonly assets: readonly string[] };
    }[];
    readonly end: string | undefined;
    readonly reasons: readonly string[];
  },
): void {
  if (runs.length === 0 && end === undefined && reasons.length === 0) return;
  const words = [...(end === undefined ? [] : [`ended: ${end}`]), ...reasons.slice(0, 3)];
  round.onTick({
    instigator: `backfill ${id}`,
    runs: runs.map((run) => ({ id: run.id, assets: run.request.assets })),
    ...(words.length === 0 ? {} : { reason: words.join("; ") }),
  });
}
