import type { EntityState } from "../automation/automation-state.ts";
import type { KnownAnswer, KnownUpdate, LoggedUpdates } from "../automation/known-facts.ts";
import type { ScheduleState } from "../automation/schedule-ticks.ts";
import type { FreshnessRecord } from "../automation/settle-freshness.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { InstigatorStatus } from "../core/job.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { DynamicKeys } from "../partition/partition-keys.ts";

/** A run that had not ended when the records were read, with what it is planned to do. */
export interface UnfinishedRun {
  readonly run: Pick<RunRecord, "id" | "status" | "request" | "createdAtMs">;
  readonly plan: Pick<RunPlan, "steps" | "pools" | "runPools">;
}

/** What a project's records say, from which a simulation goes on: plain JSON. Times are milliseconds since 1970. */
export interface SimulationHistory {
  /** End of the log. */
  readonly cursor: number;
  readonly updates: readonly KnownUpdate[];
  readonly answers: readonly KnownAnswer[];
  /** What runs failed to bring up to date, and no later run was planned to. */
  readonly failed: readonly { readonly asset: AssetKey; readonly partition: string; readonly runId: RunId }[];
  /** Updates after the oldest window that an automation group has still to look at. */
  readonly logged: LoggedUpdates["updates"];
  /** What the runs behind the updates were asked to do. */
  readonly asked: readonly Pick<RunRecord, "id" | "request">[];
  readonly unfinished: readonly UnfinishedRun[];
  /** What automation groups remember of their entities, by the group's name. */
  readonly groups: { readonly [group: string]: { readonly [entity: string]: EntityState } };
  readonly schedules: { readonly [schedule: string]: ScheduleState };
  /** What people switched, by the name of a schedule or sensor. */
  readonly switches: {
    readonly [name: string]: { readonly status: InstigatorStatus; readonly at: number };
  };
  readonly freshness: { readonly [asset: string]: FreshnessRecord };
  readonly dynamicKeys: DynamicKeys;
  /** Limits of pools that people set. */
  readonly poolLimits: { readonly [pool: string]: number };
  /** How long steps took that ended well, by the step's name, the newest first: milliseconds. */
  readonly stepDurations: { readonly [step: string]: readonly number[] };
}

/** Of a project that has run nothing yet. */
export const noHistory: SimulationHistory = {
  cursor: 0,
  updates: [],
  answers: [],
  failed: [],
  logged: [],
  asked: [],
  unfinished: [],
  groups: {},
  schedules: {},
  switches: {},
  freshness: {},
  dynamicKeys: {},
  poolLimits: {},
  stepDurations: {},
};

/**
 * The records as a simulation from a moment takes them: what happened since counts as having happened just then, so
 * that nothing of it is news.
 */
export function historyUntil(history: SimulationHistory, fromMs: number): SimulationHistory {
  const until = (at: number) => Math.min(at, fromMs);
  const moment = <M extends { readonly at: number }>(known: M): M => ({ ...known, at: until(known.at) });
  const groups = Object.entries(history.groups).map(
    ([name, entities]) =>
      [
        name,
        Object.fromEntries(Object.entries(entities).map(([key, state]) => [key, stateUntil(state, until)])),
      ] as const,
  );
  return {
    ...history,
    updates: history.updates.map((update) => ({
      ...moment(update),
      started: moment(update.started),
      changed: moment(update.changed),
    })),
    answers: history.answers.map(moment),
    unfinished: history.unfinished.map(({ run, plan }) => ({
      run: { ...run, createdAtMs: until(run.createdAtMs) },
      plan,
    })),
    groups: Object.fromEntries(groups),
    schedules: mapped(history.schedules, (state) => ({ ...state, after: until(state.after) })),
    switches: mapped(history.switches, moment),
    freshness: mapped(history.freshness, moment),
  };
}

function stateUntil(state: EntityState, until: (at: number) => number): EntityState {
  const nodes = mapped(state.nodes, (node) =>
    node.moments === undefined
      ? node
      : { ...node, moments: node.moments.map((moment) => ({ ...moment, at: until(moment.at) })) },
  );
  return { ...state, at: until(state.at), nodes };
}

function mapped<A, B>(values: { readonly [key: string]: A }, to: (value: A) => B): { [key: string]: B } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, to(value)]));
}
