import { type AutomationState, emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { evaluateAutomation } from "../../platform/automation/evaluate.ts";
import { explainEntity } from "../../platform/automation/explain-entity.ts";
import { type ExplainSurroundings, noSurroundings } from "../../platform/automation/explain-surroundings.ts";
import type { SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import type { Explanation } from "../../platform/core/explanation.ts";
import type { FreshnessState } from "../../platform/core/freshness.ts";
import { CaseHistory, type HistoryEvent } from "../conformance/case-history.ts";

/** Something that happened, or a tick of the daemon where there is no event. */
export type Moment = readonly [at: string, ...events: readonly HistoryEvent[]];

export interface Past {
  readonly assets: { readonly [key: string]: object };
  /** After the events of each moment comes a tick. */
  readonly moments: readonly Moment[];
}

export interface Question {
  readonly of: string;
  readonly at: string;
  readonly partition?: string;
  readonly surroundings?: Partial<ExplainSurroundings>;
  readonly freshness?: FreshnessState;
  /** The definitions at the time of the question. */
  readonly changed?: (definitions: SnapshotDefinitions) => SnapshotDefinitions;
  /** Events after the last tick. */
  readonly events?: readonly HistoryEvent[];
}

/** Plays a history with its ticks, and asks about it at a later moment. */
export function explained({ assets, moments }: Past, question: Question): Explanation {
  const history = new CaseHistory(assets as never);
  const select = (selection: string) => new Set([selection]);
  const freshness = () => question.freshness ?? "unknown";
  const factsAt = () => ({ ...history.facts(), freshness });
  let state: AutomationState = emptyState;
  for (const [at, ...events] of moments) {
    const now = instant(at);
    for (const event of events) history.add(event, now);
    const graph = new EntityGraph(history.definitions());
    state = evaluateAutomation({ graph, facts: factsAt(), state, now, select }).state;
  }
  const now = instant(question.at);
  for (const event of question.events ?? []) history.add(event, now);
  const graph = new EntityGraph((question.changed ?? ((same) => same))(history.definitions()));
  const entity = graph.find(question.of);
  if (entity === undefined) throw new Error(`there is no ${question.of}`);
  return explainEntity({
    graph,
    facts: factsAt(),
    state: JSON.parse(JSON.stringify(state)),
    now,
    select,
    entity,
    ...(question.partition === undefined ? {} : { partition: question.partition }),
    surroundings: { ...noSurroundings, ...question.surroundings },
  });
}

function instant(time: string): Temporal.Instant {
  return Temporal.Instant.from(`2024-03-${time}Z`);
}
