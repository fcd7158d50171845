import { expect, test } from "vitest";
import { emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { type Decision, evaluateAutomation } from "../../platform/automation/evaluate.ts";
import { IncrementalAutomation } from "../../platform/automation/incremental.ts";
import { CaseHistory, type HistoryEvent } from "../conformance/case-history.ts";
import { randomConditions, randomEvents, randomOf } from "./random-history.ts";

const select = (selection: string) => new Set([selection]);

function textOf(requested: readonly Decision[]): string[] {
  return requested.map(({ entity, partitions }) => `${entity.key} ${partitions.join(",")}`);
}

/** Plays one random history twice; what was requested at each tick, by both. */
function playBoth(seed: number): {
  full: string[][];
  incremental: string[][];
  evaluated: number;
  all: number;
} {
  const random = randomOf(seed);
  const assets = randomConditions(random);
  const history = new CaseHistory(assets as never);
  let graph = new EntityGraph(history.definitions());
  let state = emptyState;
  let automation = new IncrementalAutomation({ graph, state, select });
  const full: string[][] = [];
  const incremental: string[][] = [];
  let now = Temporal.Instant.from("2024-03-08T22:50:00Z");
  let evaluated = 0;
  for (let tick = 0; tick < 30; tick++) {
    now = now.add({ minutes: random.pick([1, 1, 1, 7, 40, 60, 1500]) });
    const events: readonly HistoryEvent[] = random.chance(0.3) ? [] : randomEvents(random, assets, tick);
    for (const event of events) history.add(event, now);
    const isChanged = events.some(({ kind }) => kind === "code_version");
    if (isChanged) graph = new EntityGraph(history.definitions());
    const result = evaluateAutomation({ graph, facts: history.facts(), state, now, select });
    state = JSON.parse(JSON.stringify(result.state));
    full.push(textOf(result.requested));
    if (isChanged || random.chance(0.1)) {
      // Other definitions, or a restart: everything comes back from what was stored.
      automation = new IncrementalAutomation({
        graph,
        state: JSON.parse(JSON.stringify(automation.state)),
        select,
      });
    }
    const step = automation.tick({ facts: history.facts(), now, changed: history.takeTouched() as never });
    evaluated += step.evaluated;
    incremental.push(textOf(step.requested));
  }
  return { full, incremental, evaluated, all: 30 * graph.order.length };
}

test.for(Array.from({ length: 400 }, (_, seed) => seed + 1))(
  "evaluating what changed requests the same as evaluating all, history %i",
  (seed) => {
    const { full, incremental } = playBoth(seed);
    expect(incremental).toEqual(full);
  },
);

test("random histories request much, and not everything is evaluated at every tick", () => {
  let requests = 0;
  let evaluated = 0;
  let all = 0;
  for (let seed = 1; seed <= 50; seed++) {
    const played = playBoth(seed);
    requests += played.full.flat().length;
    evaluated += played.evaluated;
    all += played.all;
  }
  expect(requests).toBeGreaterThan(500);
  expect(evaluated).toBeLessThan(0.75 * all);
});

test("a tick in which nothing happened evaluates nothing", () => {
  const eager = {
    deps: [],
    automation_condition: "eager",
    partitions: { type: "daily", start: "2024-03-01" },
  };
  const history = new CaseHistory({ a: eager, b: { ...eager, deps: [{ key: "a" }] } } as never);
  const graph = new EntityGraph(history.definitions());
  const automation = new IncrementalAutomation({ graph, state: emptyState, select });
  const evaluatedAt = (time: string) => {
    const now = Temporal.Instant.from(`2024-03-08T${time}Z`);
    const changed = history.takeTouched() as never;
    return automation.tick({ facts: history.facts(), now, changed }).evaluated;
  };
  expect([evaluatedAt("10:00"), evaluatedAt("10:01"), evaluatedAt("10:02"), evaluatedAt("23:59")]).toEqual([
    2, 2, 0, 0,
  ]);
  history.add(
    { kind: "materialize", asset: "a", partition: "2024-03-07" },
    Temporal.Instant.from("2024-03-09T00:00Z"),
  );
  expect(evaluatedAt("23:59:30")).toBe(2);
});
