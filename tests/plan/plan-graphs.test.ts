import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { RunId } from "../../platform/core/run.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import { asset } from "../../platform/define/asset.ts";
import type { Definitions } from "../../platform/define/definitions.ts";
import { daily, staticPartitions } from "../../platform/define/partitions.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import { PlanError } from "../../platform/plan/plan-error.ts";
import { findPlannedStep } from "../../platform/plan/step-keys.ts";
import { type EndedStep, stepKeysFromFailure } from "../../platform/plan/step-keys-from-failure.ts";
import { collected, items, one, opStep, out, withSteps } from "../run/op-step.ts";
import { planOf } from "../run/run-in-process.ts";

const shape = (plan: RunPlan) =>
  plan.steps.map(({ key, after }) => (after.length === 0 ? key : `${key} <- ${after.join(" ")}`));
const input = (...from: ReturnType<typeof one | typeof collected>[]) => ({ inputs: [{ name: "x", from }] });

const give = opStep("g.give", { outputs: [out] });
const take = opStep("g.take", input(one("g.give")));
const list = opStep("g.list", { outputs: [items] });
const each = opStep("g.each", {
  mapOver: { step: "g.list", output: "items" },
  ...input(one("g.list", "items")),
  outputs: [out],
});
const join = opStep("g.join", input(collected("g.each")));

/** The steps of a graph that makes an asset of `raw`. */
const graphAsset: Definitions = {
  assets: [{ key: "mart" as AssetKey, deps: ["raw" as AssetKey] }],
  steps: [
    give,
    opStep("g.store", { ...input(one("g.give")), assets: ["mart" as AssetKey], execution: "materialize" }),
  ],
};
const raw = asset({ key: "raw" }, () => {});

test("one step of a graph brings all of it, in the order of its values", () => {
  expect(shape(planOf(withSteps([take, give]), { steps: ["g.take"] }))).toEqual([
    "g.give",
    "g.take <- g.give",
  ]);
});

test("an asset that a graph makes brings its steps, and each of them may read what the asset needs", () => {
  const plan = planOf([graphAsset, raw]);
  expect(shape(plan)).toEqual(["raw", "g.give <- raw", "g.store <- g.give raw"]);
  expect(plan.steps.map(({ inputs }) => inputs.map(({ asset: key }) => key))).toEqual([[], ["raw"], ["raw"]]);
});

test("a step that runs once for each value is planned once", () => {
  const plan = planOf(withSteps([list, each, join]), { steps: ["g.list"] });
  expect(shape(plan)).toEqual(["g.list", "g.each <- g.list", "g.join <- g.each"]);
  const over = { step: "g.list", output: "items" };
  expect(plan.steps.map(({ mapOver, values }) => ({ mapOver, values }))).toEqual([
    { mapOver: undefined, values: undefined },
    { mapOver: over, values: [{ name: "x", from: [{ ...over, take: "one" }] }] },
    {
      mapOver: undefined,
      values: [{ name: "x", from: [{ step: "g.each", output: "out", take: "collect", mapOver: over }] }],
    },
  ]);
});

test("the slices of a graph are those of its assets, each with its own values", () => {
  const days = daily({ start: "2026-01-01" });
  const plan = planOf([{ ...graphAsset, assets: [{ key: "mart" as AssetKey, partitions: days }] }], {
    partitions: { kind: "keys", keys: ["2026-01-01", "2026-01-02"] },
  });
  expect(shape(plan)).toEqual([
    "g.give[2026-01-01]",
    "g.give[2026-01-02]",
    "g.store[2026-01-01] <- g.give[2026-01-01]",
    "g.store[2026-01-02] <- g.give[2026-01-02]",
  ]);
  expect(plan.steps.at(-1)?.values?.[0]?.from).toMatchObject([{ step: "g.give[2026-01-02]" }]);
});

const nightly = { name: "nightly", selection: "", steps: ["g.give", "g.take"] };

test("the ops of a partitioned job run once for each of its partitions", () => {
  const job = { ...nightly, partitions: staticPartitions(["eu", "us"]) };
  const plan = planOf(withSteps([give, take], { jobs: [job] }), {
    steps: ["g.give", "g.take"],
    job: "nightly",
    partitions: { kind: "all" },
  });
  expect(plan.steps.map(({ key, partitions }) => [key, partitions])).toEqual([
    ["g.give[eu]", ["eu"]],
    ["g.give[us]", ["us"]],
    ["g.take[eu]", ["eu"]],
    ["g.take[us]", ["us"]],
  ]);
  expect(() =>
    planOf(withSteps([give, take], { jobs: [job] }), { steps: ["g.give"], job: "nightly" }),
  ).toThrow(expect.objectContaining({ reason: "partition-required" }));
});

test("one run may hold other partitions of each asset", () => {
  const partitions = staticPartitions(["a", "b", "c"]);
  const parts = ["p", "q"].map((key) => asset({ key, partitions }, () => {}));
  const plan = planOf(parts, {
    partitions: { kind: "keys", keys: ["a"] },
    slices: { q: { kind: "keys", keys: ["b", "c"] } },
  });
  expect(plan.steps.map(({ key, partitions: keys }) => [key, keys])).toEqual([
    ["p", ["a"]],
    ["q[b]", ["b"]],
    ["q[c]", ["c"]],
  ]);
});

test.for<{ why: string; steps: StepDefinition[] }>([
  {
    why: "another graph",
    steps: [opStep("a", { graph: "other", outputs: [out] }), opStep("b", input(one("a")))],
  },
  { why: "an unknown output", steps: [give, opStep("b", input(one("g.give", "other")))] },
  { why: "one of many values", steps: [list, opStep("b", input(one("g.list", "items")))] },
  { why: "all of one value", steps: [give, opStep("b", input(collected("g.give")))] },
  { why: "each of one value", steps: [give, opStep("b", { mapOver: { step: "g.give", output: "out" } })] },
  {
    why: "each value of each value",
    steps: [list, opStep("b", { mapOver: { step: "g.list", output: "items" }, outputs: [items] })],
  },
])("a step that takes $why is refused", ({ steps }) => {
  expect(() => planOf(withSteps(steps), { steps: [(steps.at(-1) as StepDefinition).name] })).toThrow(
    expect.objectContaining({ reason: "invalid-wiring" }),
  );
});

test("hooks, priority, isolation and slots stand in the plan, with the places of hooks and what they use", () => {
  const hooks = [
    { spec: { name: "tell", on: "end", resources: ["mail"] }, run() {}, [Symbol.for("dop.hook")]: true },
  ];
  const step = opStep("s", { hooks: ["tell"], priority: 3, isolation: "process", pool: "db", poolSlots: 2 });
  const plan = planOf(
    withSteps([step], {
      hooks: hooks as never,
      pools: [{ name: "db", limit: 2, granularity: "run" }],
      resources: [{ spec: { key: "post", type: "mail", pools: ["wire"] }, create() {} }] as never,
      jobs: [{ name: "nightly", selection: "", resources: { mail: "post" }, hooks: ["tell"] }],
    }),
    { steps: ["s"], job: "nightly" },
  );
  expect(plan.steps).toMatchObject([
    { hooks: ["tell"], priority: 3, isolation: "process", pool: "db", poolSlots: 2, pools: ["wire"] },
  ]);
  expect(plan).toMatchObject({
    pools: { db: 2 },
    runPools: ["db"],
    resourceBindings: { mail: "post" },
    hooks: { tell: { file: "defs/a.ts" } },
    resources: { post: { file: "defs/a.ts" } },
  });
});

test.for([
  { why: "an unknown hook", spec: { hooks: ["nobody"] }, reason: "unknown-hook" },
  { why: "more slots than there are", spec: { pool: "db", poolSlots: 3 }, reason: "pool-too-small" },
] as const)("a step with $why is refused", ({ spec, reason }) => {
  const parts = withSteps([opStep("s", spec as Partial<StepDefinition>)], {
    pools: [{ name: "db", limit: 2 }],
  });
  expect(() => planOf(parts, { steps: ["s"] })).toThrow(expect.objectContaining({ reason }));
});

const parent = "run-1" as RunId;
const again = (stepKeys: string[]) => ({
  reexecution: { parent, root: parent, number: 1, automatic: false, stepKeys },
});

test("a re-execution plans only what it names, and takes the rest from the parent", () => {
  const plan = planOf(withSteps([list, each, join]), {
    steps: ["g.list"],
    ...again(["g.each[b]", "g.join"]),
  });
  expect(shape(plan)).toEqual(["g.each", "g.join <- g.each"]);
  expect(plan.steps[0]).toMatchObject({
    mapOver: { step: "g.list", run: parent },
    mappingKeys: ["b"],
    values: [{ from: [{ step: "g.list", run: parent }] }],
  });
  const source = plan.steps[1]?.values?.[0]?.from[0];
  expect(source).toMatchObject({ step: "g.each", mapOver: { step: "g.list", run: parent } });
  expect(source).not.toHaveProperty("run");
});

test("where the values are made anew, all that runs over them is done again", () => {
  const plan = planOf(withSteps([list, each, join]), {
    steps: ["g.list"],
    ...again(["g.list", "g.each[b]"]),
  });
  expect(plan.steps[1]).not.toHaveProperty("mappingKeys");
});

test.for([
  { stepKeys: [], reason: "nothing-selected" },
  { stepKeys: ["gone"], reason: "unknown-step" },
])("a re-execution of $stepKeys is refused", ({ stepKeys, reason }) => {
  expect(() => planOf(withSteps([give, take]), { steps: ["g.give"], ...again(stepKeys) })).toThrow(
    expect.objectContaining({ reason }),
  );
});

const ended = (...texts: string[]): EndedStep[] =>
  texts.map((text) => {
    const [step, status] = text.split(" ") as [string, string];
    if (status === "abandoned") return { step, status: "skipped", abandoned: true };
    if (status === "blocked") return { step, status: "success", blocked: true };
    return { step, status: status as EndedStep["status"] };
  });

test.for([
  { how: ["g.list success", "g.each success", "g.each[a] success", "g.join success"], keys: [] },
  { how: ["g.list failure", "g.each abandoned", "g.join abandoned"], keys: ["g.list", "g.each", "g.join"] },
  {
    how: ["g.list success", "g.each failure", "g.each[a] failure", "g.each[b] success", "g.join abandoned"],
    keys: ["g.each[a]", "g.join"],
  },
  { how: ["g.list success", "g.each running", "g.each[a] success"], keys: ["g.each", "g.join"] },
  { how: ["g.list success", "g.each success", "g.each[a] success", "g.join canceled"], keys: ["g.join"] },
  { how: ["g.list success", "g.each success", "g.each[a] skipped", "g.join skipped"], keys: [] },
  { how: ["g.list blocked", "g.each abandoned"], keys: ["g.list", "g.each", "g.join"] },
])("retry %#: after how they ended, one from failure does $keys", ({ how, keys }) => {
  const plan = planOf(withSteps([list, each, join]), { steps: ["g.list"] });
  expect(stepKeysFromFailure(plan, ended(...how))).toEqual(keys);
});

test("an instance is found by its key", () => {
  const plan = planOf(withSteps([list, each, join]), { steps: ["g.list"] });
  expect(findPlannedStep(plan, "g.each[k1]")).toMatchObject({ step: { key: "g.each" }, mappingKey: "k1" });
  expect(findPlannedStep(plan, "g.list")).toEqual({ step: plan.steps[0] });
  expect(findPlannedStep(plan, "g.list[k1]")).toBeUndefined();
});

test("a plan error is one that whoever asked can mend", () => {
  expect(() => planOf(withSteps([give]), { steps: ["g.giv"] })).toThrow(PlanError);
});
