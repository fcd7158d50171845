import { expect, test } from "vitest";
import { emptyState } from "../../platform/automation/automation-state.ts";
import { EntityGraph } from "../../platform/automation/entity-graph.ts";
import { evaluateAutomation, evaluationOf } from "../../platform/automation/evaluate.ts";
import { evaluateCondition } from "../../platform/automation/evaluate-condition.ts";
import { explainFlip } from "../../platform/automation/explain-changes.ts";
import { tickAfter } from "../../platform/automation/explain-facts.ts";
import { smallestFlip } from "../../platform/automation/explain-flip.ts";
import { pointOf } from "../../platform/automation/explain-point.ts";
import { Tick } from "../../platform/automation/tick.ts";
import { CaseHistory } from "../conformance/case-history.ts";

/** Of `b`, which reads `a` and has the check `b:q`: the operand that is to change, and whether the change requests it. */
function flipOf(condition: string) {
  const history = new CaseHistory({
    a: { deps: [] },
    b: { deps: [{ key: "a" }], automation_condition: condition },
    "b:q": { deps: [], check_of: "b", blocking: true },
  } as never);
  const select = (selection: string) => new Set([selection]);
  const graph = new EntityGraph(history.definitions());
  const now = Temporal.Instant.from("2024-03-08T10:00Z");
  for (const event of [
    { kind: "materialize", asset: "a" },
    { kind: "materialize", asset: "b" },
  ])
    history.add(event, now);
  const { state } = evaluateAutomation({ graph, facts: history.facts(), state: emptyState, now, select });
  const later = now.add({ minutes: 1 });
  const tick = new Tick({ graph, facts: history.facts(), state, now: later, select });
  const entity = graph.find("b");
  if (entity?.condition === undefined) throw new Error("b has no condition");
  const point = pointOf(entity.condition, 0, evaluationOf(entity, tick));
  const flip = explainFlip(point);
  const { tick: after, left } = tickAfter(point, smallestFlip(point)?.changes ?? []);
  const asked = { entity, candidates: after.universe(entity).all };
  const { ordinals } = evaluateCondition(entity.condition, asked, evaluationOf(entity, after));
  return {
    changes: flip?.changes.map((change) => [change.operand, change.entity, change.holds]),
    // What facts do not tell is not requested by them.
    isRequested: left.length > 0 ? "by more than facts" : ordinals.length > 0,
  };
}

test.for<[condition: string, operand: string, entity: string, holds: boolean]>([
  ["missing", "missing()", "b", true],
  ["any_deps_match(missing)", "missing()", "a", true],
  ["run_in_progress", "run_in_progress()", "b", true],
  ["backfill_in_progress", "backfill_in_progress()", "b", true],
  ["execution_failed", "execution_failed()", "b", true],
  ["any_deps_match(newly_updated)", "newly_updated()", "a", true],
  ["any_deps_match(data_version_changed)", "data_version_changed()", "a", true],
  ["freshness_passed", "freshness_passed()", "b", true],
  ["freshness_warned", "freshness_warned()", "b", true],
  ["any_deps_match(freshness_failed)", "freshness_failed()", "a", true],
  ["custom(busy)", 'custom("busy")', "b", true],
  ["asset_matches(execution_failed, key=a)", "execution_failed()", "a", true],
  ["any_checks_match(check_passed)", "check_passed()", "b:q", true],
  ["any_checks_match(check_failed)", "check_failed()", "b:q", true],
  ["any_checks_match(run_in_progress)", "run_in_progress()", "b:q", true],
  ["any_checks_match(execution_failed)", "execution_failed()", "b:q", true],
  ["any_checks_match(newly_updated)", "newly_updated()", "b:q", true],
  ["~any_checks_match(missing)", "missing()", "b:q", false],
  ["newly_true(execution_failed)", "execution_failed()", "b", true],
  ["since(freshness_failed, reset=newly_updated)", "freshness_failed()", "b", true],
  ["all_deps_updated_since_last_handled", "newly_updated()", "a", true],
  ["eager", "missing()", "b", true],
])("`%s` is requested once the one change has happened", ([condition, operand, entity, holds]) => {
  expect(flipOf(condition)).toEqual({ changes: [[operand, entity, holds]], isRequested: true });
});

test.for<[condition: string, operand: string, entity: string]>([
  ["code_version_changed", "code_version_changed()", "b"],
  ["cron_tick_passed(cron=0 4 * * *, tz=UTC)", 'cron_tick_passed("0 4 * * *", "UTC")', "b"],
  ["any_deps_match(executed_with_tags(tag_keys=['x']))", 'executed_with_tags("x")', "a"],
  ["any_deps_match(will_be_requested)", "will_be_requested()", "a"],
])("what would request `%s` is no fact about assets, and is named", ([condition, operand, entity]) => {
  expect(flipOf(condition)).toEqual({
    changes: [[operand, entity, true]],
    isRequested: "by more than facts",
  });
});

test("a change that brings along what undoes it is not named", () => {
  // An update that makes it present is new as well.
  expect(flipOf("(newly_updated & missing)").changes).toEqual([]);
});
