import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { type Decision, evaluateAutomation } from "../../platform/automation/evaluate.ts";
import { groupRequests } from "../../platform/automation/group-requests.ts";
import { canonicalJson } from "../../platform/core/canonical-json.ts";
import { CaseHistory, type HistoryEvent } from "./case-history.ts";
import type { CaseResult } from "./conformance.ts";
import { withBars } from "./partition-forms.ts";

interface ConditionCase {
  readonly id: string;
  readonly area: string;
  readonly setup: { readonly assets: { readonly [key: string]: never }; readonly emit_backfills?: boolean };
  readonly steps: readonly {
    readonly at: string;
    readonly events: readonly HistoryEvent[];
    readonly tick: boolean;
  }[];
  readonly expect: readonly ExpectedTick[];
}

interface ExpectedTick {
  readonly tick: number;
  readonly requested: { readonly [entity: string]: readonly (string | null)[] };
  readonly runs?: readonly object[];
  readonly backfills?: readonly object[];
}

/** Plays the histories of the area `automation`, one tick after the other, the state as JSON in between. */
export async function runConditionCases(folder: string): Promise<CaseResult[]> {
  const cases = JSON.parse(readFileSync(resolve(folder, "automation.json"), "utf8")) as ConditionCase[];
  return cases.filter(({ area }) => area === "automation").map(runCase);
}

function runCase({ id, setup, steps, expect }: ConditionCase): CaseResult {
  try {
    return { id, failures: differencesOf(play({ setup, steps, expect }), expect) };
  } catch (error) {
    return { id, failures: [error instanceof Error ? (error.stack ?? error.message) : String(error)] };
  }
}

function play({ setup, steps, expect }: Pick<ConditionCase, "setup" | "steps" | "expect">): ExpectedTick[] {
  const history = new CaseHistory(setup.assets);
  let state = emptyState;
  const ticks: ExpectedTick[] = [];
  for (const { at, events, tick } of steps) {
    const now = Temporal.Instant.from(at);
    for (const event of events) history.add(event, now);
    if (!tick) continue;
    const graph = new EntityGraph(history.definitions(), (key) => history.locationOf(key));
    const result = evaluateAutomation({
      graph,
      facts: history.facts(),
      state,
      now,
      select: (selection) => new Set([selection]),
    });
    state = JSON.parse(JSON.stringify(result.state));
    ticks.push(
      tickOf(result.requested, graph, { setup, wanted: expect[ticks.length], number: ticks.length + 1 }),
    );
  }
  return ticks;
}

function tickOf(
  requested: readonly Decision[],
  graph: EntityGraph,
  {
    setup,
    wanted,
    number,
  }: { setup: ConditionCase["setup"]; wanted: ExpectedTick | undefined; number: number },
): ExpectedTick {
  const { runs, backfills } = groupRequests(requested, graph, { backfills: setup.emit_backfills !== false });
  return {
    tick: number,
    requested: Object.fromEntries(
      requested.map(({ entity, partitions }) => [entity.key, partitions.map(written)]),
    ),
    ...(wanted?.runs === undefined
      ? {}
      : {
          runs: runs.map(({ assets, checks, partition }) => ({
            assets: [...assets].toSorted(),
            checks: [...checks].toSorted(),
            partition: partition === null ? null : written(partition),
          })),
        }),
    ...(wanted?.backfills === undefined
      ? {}
      : {
          backfills: backfills.map((targets) =>
            Object.fromEntries([...targets].map(([key, partitions]) => [key, partitions.map(written)])),
          ),
        }),
  };
}

function written(partition: string): string | null {
  return partition === "" ? null : withBars(partition);
}

/** Requested entities, runs and backfills of each tick, in whichever order they are told. */
function differencesOf(got: readonly ExpectedTick[], wanted: readonly ExpectedTick[]): string[] {
  return wanted.flatMap((tick, at) => {
    const [a, b] = [sorted(got[at]), sorted(tick)];
    return a === b ? [] : [`tick ${tick.tick} gives ${a}, not ${b}`];
  });
}

function sorted(value: unknown): string {
  const order = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map((one) => canonicalJson(order(one))).toSorted();
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, one]) => [name, order(one)]));
  };
  return canonicalJson(order(value));
}
