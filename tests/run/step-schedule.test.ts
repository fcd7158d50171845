import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { PlannedSource, PlannedStep } from "../../platform/core/run-plan.ts";
import { type KnownState, nothingKnown } from "../../platform/run/known-state.ts";
import {
  type ScheduledStep,
  type ScheduleNews,
  type StepOutcome,
  StepSchedule,
} from "../../platform/run/step-schedule.ts";
import type { MadeOutputs } from "../../platform/run/value-sources.ts";

const step = (key: string, after: string[], more: Partial<PlannedStep> = {}): PlannedStep =>
  ({
    key,
    after,
    assets: [key as AssetKey],
    inputs: [],
    skippable: [],
    execution: "materialize",
    ...more,
  }) as unknown as PlannedStep;

const success: StepOutcome = { status: "success", failedBlocking: [], unmade: [] };
const failure: StepOutcome = { status: "failure", failedBlocking: [], unmade: [] };
const blocked: StepOutcome = { status: "success", failedBlocking: ["x:y" as never], unmade: [] };

function begun(steps: PlannedStep[], pools = {}): StepSchedule {
  const schedule = new StepSchedule({ steps, pools });
  schedule.begin();
  return schedule;
}

function takenKeys(schedule: StepSchedule): string[] {
  const keys: string[] = [];
  for (let one = schedule.take(); one !== undefined; one = schedule.take()) keys.push(one.step.key);
  return keys;
}

/** Numbers below a limit, the same for the same seed. */
function randomOf(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % limit;
  };
}

const mapOver = { step: "s0", output: "items" };

/** A step with random deps among those before it; `s0` has a dynamic output, and every fourth step runs over it. */
function randomStep(
  index: number,
  steps: readonly PlannedStep[],
  next: (limit: number) => number,
): PlannedStep {
  const key = `s${index}`;
  const outputs = [{ name: "out", optional: true as const }];
  if (index === 0) return step(key, [], { outputs: [{ name: "items", dynamic: true }] });
  const isMapped = index % 4 === 3;
  const before = [...new Set(Array.from({ length: next(4) }, () => next(index)))].map(
    (place) => steps[place] as PlannedStep,
  );
  const values = before.flatMap((giver, place): { name: string; from: PlannedSource[] }[] => {
    if (next(2) === 0) return [];
    if (giver.key === "s0") {
      return [{ name: `v${place}`, from: [{ ...mapOver, take: isMapped ? "one" : "collect" }] }];
    }
    const take = giver.mapOver !== undefined && !(isMapped && next(2) === 0) ? "collect" : "one";
    const over = giver.mapOver === undefined ? {} : { mapOver };
    return [{ name: `v${place}`, from: [{ step: giver.key, output: "out", take, ...over }] }];
  });
  const after = new Set(before.map((giver) => giver.key));
  if (isMapped) after.add("s0");
  return step(key, [...after], { outputs, values, ...(isMapped ? { mapOver } : {}) });
}

interface Play {
  readonly ended: Map<string, string>;
  readonly made: Map<string, MadeOutputs>;
  readonly templates: ReadonlySet<string>;
}

/** Whether all that a step comes after has ended well, as far as the play knows. */
function mayRun(
  { step: { after, key, values = [] }, mappingKey }: ScheduledStep,
  { ended, templates }: Play,
): boolean {
  return after.every((before) => {
    const isCollected = values.some(({ from }) =>
      from.some((source) => source.step === before && source.take === "collect"),
    );
    const own = `${before}[${mappingKey}]`;
    const isBeside = mappingKey !== undefined && templates.has(before) && !isCollected && ended.has(own);
    const status = ended.get(isBeside ? own : before);
    if (status === undefined) throw new Error(`${key} came before ${before}`);
    return status === "success" || status === "skipped";
  });
}

test("whatever the outcomes, each step ends once, after all before it, and runs only when these went well", () => {
  for (let seed = 1; seed <= 400; seed++) {
    const next = randomOf(seed);
    const steps: PlannedStep[] = [];
    for (let index = 0, count = 1 + next(25); index < count; index++)
      steps.push(randomStep(index, steps, next));
    const play: Play = {
      ended: new Map(),
      made: new Map(),
      templates: new Set(steps.filter((one) => one.mapOver !== undefined).map(({ key }) => key)),
    };
    const schedule = new StepSchedule(
      { steps, pools: {} },
      { values: { made: (key) => play.made.get(key) } },
    );
    const note = (key: string, status: string) => {
      expect(play.ended.has(key)).toBe(false);
      play.ended.set(key, status);
    };
    const hear = (news: readonly ScheduleNews[]) => {
      for (const one of news) {
        if (one.type === "skipped") note(one.step.key, one.abandoned ? "abandoned" : "skipped");
        if (one.type === "closed") note(one.step.key, one.failed === 0 ? "success" : "failed");
      }
    };
    hear(schedule.begin());
    const running: ScheduledStep[] = [];
    for (;;) {
      for (let one = schedule.take(); one !== undefined; one = schedule.take()) running.push(one);
      if (running.length === 0) break;
      const [one] = running.splice(next(running.length), 1) as [ScheduledStep];
      const { key } = one.step;
      expect(mayRun(one, play)).toBe(true);
      const isGood = next(6) > 0;
      note(key, isGood ? "success" : "failed");
      const keys = new Set(Array.from({ length: next(4) }, (_, index) => `k${index}`));
      if (isGood && key === "s0") play.made.set(key, new Map([["items", keys]]));
      else if (isGood) play.made.set(key, new Map(next(3) > 0 ? [["out", true as const]] : []));
      hear(schedule.end(one, isGood ? success : failure));
    }
    expect(schedule.left).toBe(0);
    expect(steps.every(({ key }) => play.ended.has(key))).toBe(true);
    // What a failure holds back is abandoned, and nothing else is.
    for (const { key, after } of steps) {
      if (play.ended.get(key) !== "abandoned") continue;
      expect(after.some((before) => ["failed", "abandoned"].includes(play.ended.get(before) as string))).toBe(
        true,
      );
    }
  }
});

test("steps are given by priority, then in the order of the plan", () => {
  const schedule = begun([
    step("b", []),
    step("a", []),
    step("urgent", [], { priority: 1 }),
    step("c", ["b"]),
  ]);
  expect(takenKeys(schedule)).toEqual(["urgent", "b", "a"]);
});

test("a step is looked at when all before it have ended, not when the first has failed", () => {
  const schedule = begun([step("a", []), step("b", []), step("c", ["a", "b"])]);
  const [a, b] = [schedule.take(), schedule.take()] as [ScheduledStep, ScheduledStep];
  expect(schedule.end(a, failure)).toEqual([]);
  expect(schedule.end(b, success)).toMatchObject([
    { type: "skipped", step: { key: "c" }, abandoned: true, reason: "upstream step `a` failed" },
  ]);
});

test("a blocking check that did not pass abandons what comes after, but no check", () => {
  const schedule = begun([step("a", []), step("b", ["a"]), step("ask", ["a"], { execution: "check" })]);
  expect(schedule.end(schedule.take() as ScheduledStep, blocked)).toMatchObject([
    { step: { key: "b" }, abandoned: true, reason: "blocking check `x:y` did not pass" },
  ]);
  expect(takenKeys(schedule)).toEqual(["ask"]);
});

test("a pool gives out no more slots than it has, and others overtake", () => {
  const pooled = (key: string, poolSlots: number) => step(key, [], { pool: "db", poolSlots });
  const schedule = begun([pooled("two", 2), pooled("one", 1), pooled("more", 1), step("other", [])], {
    db: 3,
  });
  const two = schedule.take() as ScheduledStep;
  expect(takenKeys(schedule)).toEqual(["one", "other"]);
  schedule.pause(two);
  schedule.end(two, failure);
  expect(takenKeys(schedule)).toEqual(["more"]);
});

test("a step that takes many slots is not overtaken for ever by those that take few", () => {
  const pooled = (key: string, poolSlots: number) => step(key, [], { pool: "db", poolSlots });
  const schedule = begun([pooled("a", 1), pooled("all", 2), pooled("b", 1)], { db: 2 });
  expect(takenKeys(schedule)).toEqual(["a"]);
});

test("a paused step gives back its slots and takes them again", () => {
  const schedule = begun([step("a", [], { pool: "db" }), step("b", [], { pool: "db" })], { db: 1 });
  const a = schedule.take() as ScheduledStep;
  schedule.pause(a);
  expect(takenKeys(schedule)).toEqual(["b"]);
  schedule.resume(a);
  expect(takenKeys(schedule)).toEqual([]);
});

test("of a run that goes on what has ended is not given again, and holds for what comes after", () => {
  const ended = { attempts: 1, retries: 0, made: [], failedBlocking: [] };
  const known: KnownState = {
    ...nothingKnown,
    steps: {
      good: { ...ended, end: "success" },
      bad: { ...ended, end: "failure" },
      lost: ended,
    },
  };
  const steps = [
    step("good", []),
    step("bad", []),
    step("lost", []),
    step("x", ["good"]),
    step("y", ["bad"]),
  ];
  const schedule = new StepSchedule({ steps, pools: {} }, { known });
  expect(schedule.begin()).toMatchObject([{ step: { key: "y" }, abandoned: true }]);
  expect(takenKeys(schedule)).toEqual(["lost", "x"]);
});
