import { type AutomationState, emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { evaluateAutomation } from "../../platform/automation/evaluate.ts";
import { CaseHistory, type HistoryEvent } from "../conformance/case-history.ts";

/** What happened before a tick, and what the tick requests: keys, with their partition after a blank. */
export interface PlayedTick {
  /** Day and time of a month, March 2024 unless the history names another one. */
  readonly at: string;
  readonly after?: readonly HistoryEvent[];
  readonly requests?: readonly string[];
}

export interface PlayedHistory {
  readonly assets: { readonly [key: string]: object };
  readonly month?: string;
  readonly ticks: readonly PlayedTick[];
}

/** The ticks with what each requested in fact; what is remembered goes through JSON in between. */
export function playHistory({ assets, month = "2024-03", ticks }: PlayedHistory): PlayedTick[] {
  const history = new CaseHistory(assets as never);
  const select = (selection: string) => new Set(selection.split(" or "));
  let state: AutomationState = emptyState;
  return ticks.map((tick) => {
    const now = Temporal.Instant.from(`${month}-${tick.at}Z`);
    for (const event of tick.after ?? []) history.add(event, now);
    const graph = new EntityGraph(history.definitions());
    const result = evaluateAutomation({ graph, facts: history.facts(), state, now, select });
    state = JSON.parse(JSON.stringify(result.state));
    const requests = result.requested.flatMap(({ entity, partitions }) =>
      partitions.map((partition) => (partition === "" ? entity.key : `${entity.key} ${partition}`)),
    );
    const { requests: _wanted, ...rest } = tick;
    return requests.length === 0 ? rest : { ...rest, requests };
  });
}

export function materialized(asset: string, partition?: string): HistoryEvent {
  return { kind: "materialize", asset, ...(partition === undefined ? {} : { partition }) };
}

/** A run that brings `made` of its targets up to date and ends. */
export function ranFor(
  targets: readonly string[],
  {
    made = [],
    partition,
    tags = {},
  }: { readonly made?: readonly string[]; readonly partition?: string; readonly tags?: object } = {},
): HistoryEvent[] {
  runs += 1;
  const run = `run ${runs}`;
  const where = partition === undefined ? {} : { partition };
  return [
    { kind: "run_start", run, targets, tags, ...where },
    ...made.map((asset) => ({ kind: "materialize", asset, run, ...where })),
    { kind: "run_end", run, status: made.length === targets.length ? "success" : "failed" },
  ];
}

let runs = 0;
