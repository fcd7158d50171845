import type { RunEvent } from "../../platform/core/event.ts";
import { isTerminal, type RunRecord } from "../../platform/core/run.ts";
import type { PoolLease, TickRecord } from "../../platform/storage/storage.ts";
import type { StoredEvent } from "../../platform/storage/stored-event.ts";

/** What a project remembers after everything has come to rest, beside what its users and an auditor saw meanwhile. */
export interface History {
  readonly runs: readonly RunRecord[];
  /** Of all runs, by their place in the log. */
  readonly events: readonly StoredEvent[];
  readonly leases: readonly PoolLease[];
  /** Ids of runs whose request was answered. */
  readonly asked: readonly string[];
  /** Tags `ask` of requests that were never answered: each may have come through once. */
  readonly unanswered?: readonly string[];
  /** Of all instigators, also those that were removed since. */
  readonly ticks?: readonly TickRecord[];
  /** Events that somebody has read before. */
  readonly seen: readonly StoredEvent[];
  /** Most slots of each pool that were taken at one time, as recorded with each lease. */
  readonly poolPeaks: readonly { readonly pool: string; readonly peak: number; readonly limit: number }[];
  /** Runs that may go on at once. */
  readonly mostRuns?: number;
  /** Milliseconds for which a run may be overtaken by those that were chosen just before it came. */
  readonly queueSlackMs: number;
}

/** The invariants I1–I8 of the execution spec: gives each violation in a line that begins with its number. */
export function checkHistory(history: History): string[] {
  const byRun = Map.groupBy(history.events, ({ event }) => event.runId);
  const ofRuns = history.runs.flatMap((run) => {
    const events = (byRun.get(run.id) ?? []).map(({ event }) => event);
    return [
      ...oneEnd(run, events),
      ...epochsInTurn(run, events),
      ...nothingTwice(run, events),
      ...materializationsOfSteps(run, events),
    ];
  });
  return [
    ...ofRuns,
    ...nothingLostOrDoubled(history),
    ...ticksWithTheirRuns(history),
    ...poolsWithinLimits(history),
    ...noSlotOfEnded(history),
    ...queueInOrder(history),
    ...queueWithinLimit(history),
    ...seenIsReadable(history),
  ];
}

const ends: ReadonlySet<string> = new Set(["run.succeeded", "run.failed", "run.canceled"]);
const statusOfEnd: { readonly [type: string]: RunRecord["status"] } = {
  "run.succeeded": "success",
  "run.failed": "failure",
  "run.canceled": "canceled",
};

function oneEnd(run: RunRecord, events: readonly RunEvent[]): string[] {
  const found = events.filter(({ type }) => ends.has(type));
  const [end] = found;
  if (!isTerminal(run.status)) return [`I1: run ${run.id} is ${run.status} still`];
  if (found.length !== 1 || end === undefined) return [`I1: run ${run.id} has ${found.length} ends`];
  if (statusOfEnd[end.type] !== run.status) return [`I1: run ${run.id} is ${run.status} after ${end.type}`];
  return [];
}

function nothingLostOrDoubled({ runs, asked, unanswered = [], ticks = [] }: History): string[] {
  const found = new Map(runs.map((run) => [run.id as string, run]));
  const wanted = new Set<string>([...asked, ...ticks.flatMap(({ runIds }) => runIds)]);
  const possible = new Set(unanswered);
  const isWanted = ({ id, request }: RunRecord) =>
    wanted.has(id) || request.reexecution?.automatic === true || possible.delete(request.tags["ask"] ?? "");
  const keys = Map.groupBy(
    runs.filter(({ request }) => request.runKey !== undefined),
    ({ request }) => request.runKey,
  );
  return [
    ...asked.filter((id) => !found.has(id)).map((id) => `I2: run ${id} was answered for and is gone`),
    ...runs.filter((run) => !isWanted(run)).map(({ id }) => `I2: run ${id} was asked for by nobody`),
    ...[...keys]
      .filter(([, those]) => those.length > 1)
      .map(([key, those]) => `I2: ${those.length} runs have the key ${key}`),
  ];
}

/** Each tick once, ended, and each run that instigators asked for in one of them. */
function ticksWithTheirRuns({ runs, ticks = [] }: History): string[] {
  const found = new Set<string>(runs.map(({ id }) => id));
  const tickOf = new Map<string, string>();
  const moments = new Set<string>();
  return ticks.flatMap(({ instigator, scheduledAtMs, status, endedAtMs, runIds }) => {
    const tick = `${instigator} at ${scheduledAtMs}`;
    // Only a schedule's ticks are known by their moment: two daemons may look at a sensor in the same one.
    const isRepeated = instigator.startsWith("schedule/") && moments.has(tick);
    moments.add(tick);
    const isEnded =
      status !== "started" && endedAtMs !== undefined && (status === "success" || runIds.length === 0);
    const isSuccess = status !== "success" || runIds.length > 0;
    return [
      ...(isRepeated ? [`I2: the tick of ${tick} is there twice`] : []),
      ...(isEnded && isSuccess ? [] : [`I1: the tick of ${tick} is ${status} with ${runIds.length} runs`]),
      ...runIds.flatMap((id) => {
        const other = tickOf.get(id);
        tickOf.set(id, tick);
        return [
          ...(found.has(id) ? [] : [`I2: run ${id} of the tick of ${tick} is gone`]),
          ...(other === undefined ? [] : [`I2: run ${id} is of the ticks of ${other} and ${tick}`]),
        ];
      }),
    ];
  });
}

/** Epoch 0 is the control plane's, which may speak at any time. */
function epochsInTurn(run: RunRecord, events: readonly RunEvent[]): string[] {
  let newest = 0;
  let lastSeq = 0;
  return events.flatMap(({ epoch, seq, type }) => {
    if (epoch === 0) return [];
    const isLate = epoch < newest;
    const isDisordered = epoch === newest && seq <= lastSeq;
    if (epoch >= newest) [newest, lastSeq] = [epoch, seq];
    if (isLate) return [`I3: ${type} of attempt ${epoch} of run ${run.id} came after attempt ${newest}`];
    return isDisordered ? [`I3: ${type} ${epoch}.${seq} of run ${run.id} is out of order`] : [];
  });
}

/** What a step has brought about is kept: no later attempt does it again. */
function nothingTwice(run: RunRecord, events: readonly RunEvent[]): string[] {
  const done = new Set<string>();
  return events.flatMap((event) => {
    if (event.type === "step.started" && done.has(event.step))
      return [`I2: step ${event.step} of run ${run.id} was done again in attempt ${event.epoch}`];
    if (event.type === "step.succeeded") done.add(event.step);
    return [];
  });
}

function poolsWithinLimits({ poolPeaks }: History): string[] {
  return poolPeaks
    .filter(({ peak, limit }) => peak > limit)
    .map(({ pool, peak, limit }) => `I4: ${peak} slots of pool ${pool} were taken, of ${limit}`);
}

/** At rest every run has ended, so any lease is one too many. */
function noSlotOfEnded({ runs, leases }: History): string[] {
  const statuses = new Map(runs.map(({ id, status }) => [id, status]));
  return leases
    .filter(({ runId }) => isTerminal(statuses.get(runId) ?? "success"))
    .map(({ pool, runId }) => `I5: run ${runId} has ended and holds a slot of ${pool}`);
}

/** Among runs that nothing but their turn tells apart. */
function queueInOrder({ runs, events, queueSlackMs }: History): string[] {
  const begun = new Map<string, RunEvent>();
  for (const { event } of events)
    if (event.type === "run.starting" && !begun.has(event.runId)) begun.set(event.runId, event);
  const inOrder = new Map([...begun.keys()].map((id, place) => [id, place]));
  const groups = Map.groupBy(
    runs.filter(({ id }) => begun.has(id)),
    ({ request }) => JSON.stringify([request.assets, request.job, request.tags]),
  );
  return [...groups.values()].flatMap((group) => {
    const order = group.toSorted((a, b) => (inOrder.get(a.id) ?? 0) - (inOrder.get(b.id) ?? 0));
    return order.flatMap((run, place) => {
      const beganAt = begun.get(run.id)?.at ?? 0;
      const passed = order
        .slice(place + 1)
        .find((later) => isBefore(later, run) && later.createdAtMs + queueSlackMs < beganAt);
      return passed === undefined ? [] : [`I6: run ${run.id} began before ${passed.id}, whose turn it was`];
    });
  });
}

/** By the log, which grows in the order of commits. */
function queueWithinLimit({ events, mostRuns = Number.POSITIVE_INFINITY }: History): string[] {
  const open = new Set<string>();
  return events.flatMap(({ event: { runId, type } }) => {
    if (ends.has(type) || type === "run.queued") open.delete(runId);
    if (type !== "run.starting" || open.has(runId)) return [];
    open.add(runId);
    return open.size > mostRuns ? [`I6: run ${runId} began while ${open.size - 1} others went on`] : [];
  });
}

function isBefore(a: RunRecord, b: RunRecord): boolean {
  const [first, second] = [a.request.priority ?? 0, b.request.priority ?? 0];
  return first !== second ? first > second : a.createdAtMs < b.createdAtMs;
}

/** A step's end follows what it made, unless its attempt was lost in between. */
function materializationsOfSteps(run: RunRecord, events: readonly RunEvent[]): string[] {
  const lastOf = new Map<number, RunEvent>();
  for (const event of events) if (event.epoch > 0) lastOf.set(event.epoch, event);
  return events.flatMap((event, place) => {
    if (event.type !== "asset.materialized") return [];
    const { epoch, step, asset } = event;
    const isOver = events
      .slice(place + 1)
      .some(
        (later) =>
          later.epoch === epoch &&
          (later.type === "step.succeeded" ||
            later.type === "step.failed" ||
            later.type === "step.canceled") &&
          later.step === step,
      );
    const wasLost = !ends.has(lastOf.get(epoch)?.type ?? "");
    const hasBegun = events
      .slice(0, place)
      .some((earlier) => earlier.epoch === epoch && earlier.type === "step.started" && earlier.step === step);
    if (hasBegun && (isOver || wasLost)) return [];
    return [`I7: ${asset} of run ${run.id} was materialized by step ${step}, which never ended`];
  });
}

function seenIsReadable({ events, seen }: History): string[] {
  const stored = new Map(events.map(({ cursor, event }) => [cursor, JSON.stringify(event)]));
  return seen
    .filter(({ cursor, event }) => stored.get(cursor) !== JSON.stringify(event))
    .map(({ cursor, event }) => `I8: ${event.type} of run ${event.runId} at ${cursor} was read and is gone`);
}
