import { expect, test } from "vitest";
import { emptyState } from "../../platform/automation/automation-state.ts";
import { type Entity, EntityGraph } from "../../platform/automation/entity-graph.ts";
import { evaluateAutomation, evaluationOf, type TickInput } from "../../platform/automation/evaluate.ts";
import { evaluateCondition } from "../../platform/automation/evaluate-condition.ts";
import { explainFlip } from "../../platform/automation/explain-changes.ts";
import { tickAfter } from "../../platform/automation/explain-facts.ts";
import { smallestFlip } from "../../platform/automation/explain-flip.ts";
import { judgePoint } from "../../platform/automation/explain-judge.ts";
import { Outlook } from "../../platform/automation/explain-next.ts";
import { type Point, pointOf } from "../../platform/automation/explain-point.ts";
import { evaluateSupposing } from "../../platform/automation/explain-tick.ts";
import { hasOrdinal } from "../../platform/partition/ordinals.ts";
import { CaseHistory } from "../conformance/case-history.ts";
import { type Random, randomConditions, randomEvents, randomOf } from "./random-history.ts";

const select = (selection: string) => new Set([selection]);

/** Every automated entity of a random history at random ticks, at one of its partitions. */
function* randomPoints(seed: number): Generator<{ point: Point; input: TickInput }> {
  const random = randomOf(seed);
  const assets = randomConditions(random);
  const history = new CaseHistory(assets as never);
  const graph = new EntityGraph(history.definitions());
  let state = emptyState;
  let now = Temporal.Instant.from("2024-03-08T22:50:00Z");
  for (let tick = 0; tick < 8; tick++) {
    now = now.add({ minutes: random.pick([1, 1, 7, 60, 1500]) });
    for (const event of random.chance(0.3) ? [] : randomEvents(random, assets, tick)) history.add(event, now);
    const input = { graph, facts: history.facts(), state, now, select };
    for (const entity of graph.order) {
      if (entity.condition === undefined || random.chance(0.6)) continue;
      const point = randomPoint(entity, input, random);
      if (point !== undefined) yield { point, input };
    }
    state = evaluateAutomation(input).state;
  }
}

function randomPoint(entity: Entity, input: TickInput, random: Random): Point | undefined {
  const { tick } = new Outlook(entity, input);
  const [, count = 0] = tick.universe(entity).all.at(-1) ?? [];
  if (count === 0 || entity.condition === undefined) return undefined;
  const ordinal = random.chance(0.6) ? count - 1 : random.below(count);
  return pointOf(entity.condition, ordinal, evaluationOf(entity, tick));
}

function isRequested(point: Point, supposed: ReadonlyMap<number, boolean>): boolean {
  return hasOrdinal(evaluateSupposing(point, supposed).ordinals, point.ordinal);
}

/** Whether any set of so many leaves, each forced either way, gives the other answer, by the evaluator alone. */
function flipsWith(size: number, point: Point, wanted: boolean): boolean {
  const search = (from: number, left: number, supposed: ReadonlyMap<number, boolean>): boolean => {
    if (left === 0) return isRequested(point, supposed) === wanted;
    for (let number = from; number < point.leaves.length; number++) {
      for (const holds of [true, false])
        if (search(number + 1, left - 1, new Map([...supposed, [number, holds]]))) return true;
    }
    return false;
  };
  return search(0, size, new Map());
}

const seeds = Array.from({ length: 60 }, (_, index) => index + 1);

test.for(seeds)("what is explained is what the evaluator answers, history %i", (seed) => {
  for (const { point } of randomPoints(seed))
    expect([point.evaluation.root.key, judgePoint(point, new Map()).holds]).toEqual([
      point.evaluation.root.key,
      isRequested(point, new Map()),
    ]);
});

test.for(seeds.slice(0, 40))(
  "the flip gives the other answer and no smaller set does, history %i",
  (seed) => {
    for (const { point } of randomPoints(seed)) {
      const isNow = isRequested(point, new Map());
      const flip = smallestFlip(point);
      if (flip !== undefined && (flip.isMinimal || flip.changes.length > 0)) {
        const supposed = new Map(flip.changes.map(({ leaf, holds }) => [leaf.number, holds]));
        expect(isRequested(point, supposed)).toBe(!isNow);
      }
      if (flip?.isMinimal === false || point.leaves.length > 10) continue;
      const size = Math.min(flip?.changes.length ?? 3, 4);
      for (let smaller = 1; smaller < size; smaller++)
        expect([smaller, flipsWith(smaller, point, !isNow)]).toEqual([smaller, false]);
    }
  },
);

/** Operands of which facts tell. */
const told: ReadonlySet<string> = new Set([
  "missing",
  "run_in_progress",
  "backfill_in_progress",
  "execution_failed",
  "newly_updated",
  "data_version_changed",
  "check_passed",
  "check_failed",
  "freshness_warned",
  "freshness_failed",
  "custom",
]);

/** What is answered, with the changes that are named, and what the evaluator says once they have come about. */
function* answeredFlips(seed: number) {
  for (const { point } of randomPoints(seed)) {
    const answer = explainFlip(point);
    const changes = smallestFlip(point)?.changes ?? [];
    if (answer === null || changes.length === 0) continue;
    const { tick, left } = tickAfter(point, changes);
    const { root, ...rest } = point.evaluation;
    const after = { ...rest, root, tick, nodes: new Map() };
    const whole = { entity: root, candidates: tick.universe(root).all };
    const { ordinals } = evaluateCondition(point.root.condition, whole, after);
    const isFlipped = hasOrdinal(ordinals, point.ordinal) !== isRequested(point, new Map());
    yield { answer, changes, left, isFlipped };
  }
}

test.for(seeds)("what is answered comes true when the events have happened, history %i", (seed) => {
  for (const { answer, changes, left, isFlipped } of answeredFlips(seed)) {
    expect(
      left.filter(({ leaf }) => told.has(leaf.condition.type) && leaf.entity.check === undefined),
    ).toEqual([]);
    if (left.length > 0) continue;
    const names = changes.map(({ leaf, holds }) => [leaf.condition.type, leaf.entity.key, holds]);
    expect([names, isFlipped]).toEqual([names, answer.changes.length > 0]);
  }
});

test("most answers name changes", () => {
  let [known, unknown] = [0, 0];
  for (const seed of seeds.slice(0, 30))
    for (const { answer } of answeredFlips(seed)) {
      if (answer.changes.length === 0) unknown += 1;
      else known += 1;
    }
  expect(known).toBeGreaterThan(100);
  expect(unknown).toBeLessThan(known / 10);
});

test("random histories give flips of several sizes, and some conditions that nothing flips", () => {
  const sizes = new Map<number | "none", number>();
  for (const seed of seeds.slice(0, 30)) {
    for (const { point } of randomPoints(seed)) {
      const size = smallestFlip(point)?.changes.length ?? "none";
      sizes.set(size, (sizes.get(size) ?? 0) + 1);
    }
  }
  expect([1, 2, 3, "none" as const].map((size) => (sizes.get(size) ?? 0) > 5)).toEqual([
    true,
    true,
    true,
    true,
  ]);
});
