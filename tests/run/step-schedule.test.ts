import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { PlannedStep } from "../../platform/core/run-plan.ts";
import { type StepOutcome, StepSchedule } from "../../platform/run/step-schedule.ts";

const step = (key: string, after: string[]) =>
  ({ key, after, assets: [key as AssetKey], inputs: [], execution: "materialize" }) as unknown as PlannedStep;

const outcomes: StepOutcome[] = [
  { status: "success", failedBlocking: [], unmade: [] },
  { status: "failure", failedBlocking: [], unmade: [] },
  { status: "success", failedBlocking: ["x:y" as never], unmade: [] },
];

test("whatever the outcomes, each step ends once, and runs only when all before it went well", () => {
  for (let seed = 1; seed <= 300; seed++) {
    let state = seed;
    const next = (limit: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state >>> 8) % limit;
    };
    const steps = Array.from({ length: 1 + next(25) }, (_, index) => {
      const after = index === 0 ? [] : Array.from({ length: next(4) }, () => `s${next(index)}`);
      return step(`s${index}`, [...new Set(after)]);
    });
    const schedule = new StepSchedule({ steps, pools: {} });
    const ended = new Map<string, "good" | "bad" | "skipped">();
    const running: PlannedStep[] = [];
    for (;;) {
      for (let taken = schedule.take(); taken !== undefined; taken = schedule.take()) running.push(taken);
      if (running.length === 0) break;
      const [one] = running.splice(next(running.length), 1) as [PlannedStep];
      expect(one.after.every((before) => ended.get(before) === "good")).toBe(true);
      const outcome = outcomes[next(6)] ?? (outcomes[0] as StepOutcome);
      expect(ended.has(one.key)).toBe(false);
      ended.set(one.key, outcome === outcomes[0] ? "good" : "bad");
      for (const { step: skipped } of schedule.end(one, outcome)) {
        expect(ended.has(skipped.key)).toBe(false);
        ended.set(skipped.key, "skipped");
      }
    }
    expect(ended.size).toBe(steps.length);
    expect(schedule.left).toBe(0);
  }
});

test("steps are given in the order of the plan", () => {
  const schedule = new StepSchedule({ steps: [step("b", []), step("a", []), step("c", ["b"])], pools: {} });
  expect([schedule.take()?.key, schedule.take()?.key, schedule.take()]).toEqual(["b", "a", undefined]);
});

test("a pool gives out no more steps than it has room for, and others overtake", () => {
  const pooled = (key: string) => ({ ...step(key, []), pool: "db" });
  const [one, two, other] = [pooled("one"), pooled("two"), step("other", [])] as const;
  const schedule = new StepSchedule({ steps: [one, two, other], pools: { db: 1 } });
  expect([schedule.take()?.key, schedule.take()?.key, schedule.take()]).toEqual(["one", "other", undefined]);
  schedule.end(one, outcomes[1] as StepOutcome);
  expect(schedule.take()?.key).toBe("two");
});
