import { automationGroups } from "../automation/automation-groups.ts";
import type { EntityState } from "../automation/automation-state.ts";
import type { LoggedUpdates } from "../automation/known-facts.ts";
import type { ScheduleState } from "../automation/schedule-ticks.ts";
import { parseFreshnessRecord } from "../automation/settle-freshness.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { SimulationHistory, UnfinishedRun } from "../simulate/simulation-history.ts";
import type { Storage } from "../storage/storage.ts";
import { freshnessRecords, groupStatesPrefix, groupTurnName, windowOfTurn } from "./automation-cursors.ts";
import { readSwitches } from "./instigator-switches.ts";
import { scheduleCursors } from "./instigators.ts";
import { partitionMoment } from "./partition-moment.ts";
import { readUpdates } from "./read-updates.ts";

/** Durations are those of so many runs, and of so many of each step. */
const mostRuns = 500;
const mostOfStep = 50;
const runsAtOnce = 500;

/** What the records say that a simulation of these definitions goes on from. */
export async function readSimulationHistory(
  storage: Storage,
  snapshot: DefinitionsSnapshot,
  now: Temporal.Instant,
): Promise<SimulationHistory> {
  const groups = automationGroups(snapshot.definitions);
  const windows = await Promise.all(
    groups.map(async ({ name }) => windowOfTurn(await storage.getCursor(groupTurnName(name)))),
  );
  const known = windows.filter((window) => window !== undefined);
  const after = known.length === 0 ? await storage.newestCursor() : Math.min(...known);
  const unfinished = await readUnfinished(storage);
  const { facts, changes, cursor } = await readUpdates(storage, { after, all: true });
  const open = new Set(unfinished.map(({ run }) => run.id));
  const failed = await storage.failedOutputs();
  const states = await storage.listCursors(scheduleCursors);
  const freshness = await storage.listCursors(freshnessRecords);
  const { dynamicKeys = {} } = await partitionMoment(snapshot.definitions, storage, now);
  return {
    cursor,
    updates: facts.updates,
    answers: facts.answers,
    failed: failed.filter(({ runId }) => !open.has(runId)),
    logged: changes.updates,
    asked: await readAsked(storage, [...facts.updates, ...changes.updates]),
    unfinished,
    groups: Object.fromEntries(
      await Promise.all(
        groups.map(async ({ name }) => [
          name,
          parsed<EntityState>(await storage.listCursors(groupStatesPrefix(name))),
        ]),
      ),
    ),
    schedules: parsed<ScheduleState>(states),
    switches: Object.fromEntries(await readSwitches(storage)),
    freshness: Object.fromEntries(
      [...freshness].flatMap(([asset, text]) => {
        const record = parseFreshnessRecord(text);
        return record === undefined ? [] : [[asset, record]];
      }),
    ),
    dynamicKeys,
    poolLimits: Object.fromEntries(await storage.poolLimits()),
    stepDurations: await readDurations(storage),
  };
}

async function readUnfinished(storage: Storage): Promise<UnfinishedRun[]> {
  const ids = (await storage.unfinishedRuns()).toSorted();
  const found: UnfinishedRun[] = [];
  for (let start = 0; start < ids.length; start += runsAtOnce) {
    const some = ids.slice(start, start + runsAtOnce);
    const plans = await storage.getPlans(some);
    for (const { id, status, request, createdAtMs } of await storage.findRuns(some)) {
      const plan = plans.get(id);
      if (plan === undefined) continue;
      const { steps, pools, runPools } = plan;
      const followed = { steps, pools, ...(runPools === undefined ? {} : { runPools }) };
      found.push({ run: { id, status, request, createdAtMs }, plan: followed });
    }
  }
  return found;
}

async function readAsked(
  storage: Storage,
  updates: readonly Pick<LoggedUpdates["updates"][number], "runId">[],
): Promise<Pick<RunRecord, "id" | "request">[]> {
  const ids: RunId[] = [...new Set(updates.map(({ runId }) => runId))].toSorted();
  const asked: Pick<RunRecord, "id" | "request">[] = [];
  for (let start = 0; start < ids.length; start += runsAtOnce)
    for (const { id, request } of await storage.findRuns(ids.slice(start, start + runsAtOnce)))
      asked.push({ id, request });
  return asked;
}

/** By the step's name without its partition, the newest first. */
async function readDurations(storage: Storage): Promise<{ readonly [step: string]: readonly number[] }> {
  const durations = new Map<string, number[]>();
  for (const { id } of await storage.listRuns({ limit: mostRuns, status: ["success", "failure"] })) {
    for (const { step, status, startedAtMs, endedAtMs } of await storage.listSteps(id)) {
      if (status !== "success" || startedAtMs === undefined || endedAtMs === undefined) continue;
      const name = step.replace(/\[.*\]$/s, "");
      const known = durations.get(name) ?? [];
      durations.set(name, known);
      if (known.length < mostOfStep) known.push(endedAtMs - startedAtMs);
    }
  }
  return Object.fromEntries([...durations].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function parsed<Value>(texts: ReadonlyMap<string, string>): { [name: string]: Value } {
  return Object.fromEntries([...texts].map(([name, text]) => [name, JSON.parse(text) as Value]));
}
