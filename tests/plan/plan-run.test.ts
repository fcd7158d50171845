import { expect, test } from "vitest";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type { SnapshotDefinitions } from "../../platform/core/definitions-snapshot.ts";
import type { PartitionSet } from "../../platform/core/partitions.ts";
import type { RunRequest } from "../../platform/core/run.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import { asset } from "../../platform/define/asset.ts";
import { check } from "../../platform/define/check.ts";
import type { Definitions } from "../../platform/define/definitions.ts";
import { daily, dynamicPartitions, staticPartitions, weekly } from "../../platform/define/partitions.ts";
import { resource } from "../../platform/define/resource.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import { planRun } from "../../platform/plan/plan-run.ts";
import { planOf, snapshotOf } from "../run/run-in-process.ts";

const keys = (...texts: string[]) => texts as AssetKey[];
const nothing = () => {};
const days = daily({ start: "2026-01-01" });

/** A step for several assets, each with its deps. */
function multi(
  assets: { [key: string]: readonly string[] },
  spec: Partial<StepDefinition> = {},
): Definitions {
  const step: StepDefinition = {
    name: "multi",
    assets: keys(...Object.keys(assets)),
    checks: [],
    canSubset: true,
    execution: "materialize",
    resources: [],
    run: async () => {},
    ...spec,
  };
  return {
    assets: Object.entries(assets).map(([key, deps]) => ({ key: key as AssetKey, deps: deps as AssetKey[] })),
    steps: [step],
  };
}

/** `a<-b,c` for each step: the step and what it waits for. */
function shape(plan: RunPlan): string[] {
  return plan.steps.map(({ key, after }) => (after.length === 0 ? key : `${key} <- ${after.join(" ")}`));
}

const a = asset({ key: "a" }, nothing);
const b = asset({ key: "b", deps: [a] }, nothing);
const c = asset({ key: "c", deps: [b] }, nothing);

test("each asset has a step that comes after those that it waits for", () => {
  expect(shape(planOf([c, b, a]))).toEqual(["a", "b <- a", "c <- b"]);
});

test("what was not chosen is not run and not waited for", () => {
  expect(shape(planOf([a, b, c], { assets: keys("a", "c") }))).toEqual(["a", "c"]);
});

test("a dep through an external asset is waited for", () => {
  const external: Definitions = {
    assets: [
      { key: "ext" as AssetKey, deps: keys("a") },
      { key: "ext2" as AssetKey, deps: keys("ext") },
    ],
  };
  const below = asset({ key: "below", deps: ["ext2"] }, nothing);
  expect(shape(planOf([a, external, below]))).toEqual(["a", "below <- a"]);
});

test.for<{ why: string; parts: Definitions[]; request: Partial<RunRequest>; reason: string }>([
  { why: "nothing is asked for", parts: [a], request: { assets: [] }, reason: "nothing-selected" },
  { why: "an asset is not known", parts: [a], request: { assets: keys("z") }, reason: "unknown-asset" },
  {
    why: "a check is not known",
    parts: [a],
    request: { checks: ["a:z" as CheckKey] },
    reason: "unknown-check",
  },
  {
    why: "all is external",
    parts: [{ assets: [{ key: "x" as AssetKey }] }],
    request: {},
    reason: "external-only",
  },
  {
    why: "the partition is missing",
    parts: [asset({ key: "p", partitions: days }, nothing)],
    request: {},
    reason: "partition-required",
  },
  {
    why: "nothing is partitioned",
    parts: [a],
    request: { partitions: { kind: "all" } },
    reason: "not-partitioned",
  },
  {
    why: "the partition is in the future",
    parts: [asset({ key: "p", partitions: days }, nothing)],
    request: { partitions: { kind: "keys", keys: ["2026-01-10"] } },
    reason: "unknown-partition-key",
  },
  {
    why: "no partition exists yet",
    parts: [asset({ key: "p", partitions: dynamicPartitions("files") }, nothing)],
    request: { partitions: { kind: "all" } },
    reason: "unknown-partition-key",
  },
  {
    why: "two assets are sliced differently",
    parts: [
      asset({ key: "p", partitions: staticPartitions(["x", "y"]) }, nothing),
      asset({ key: "q", partitions: staticPartitions(["x", "z"]) }, nothing),
    ],
    request: { partitions: { kind: "keys", keys: ["x"] } },
    reason: "incompatible-partitions",
  },
  {
    why: "a resource is defined nowhere",
    parts: [asset({ key: "p", resources: ["db"] }, nothing)],
    request: {},
    reason: "unknown-resource",
  },
  {
    why: "two steps wait for each other",
    parts: [multi({ m1: [], m2: ["n"] }, { canSubset: false }), asset({ key: "n", deps: ["m1"] }, nothing)],
    request: {},
    reason: "step-cycle",
  },
])("no plan when $why", ({ parts, request, reason }) => {
  expect(() => planOf(parts, request)).toThrow(expect.objectContaining({ name: "PlanError", reason }));
});

test("a cycle of steps names them in order", () => {
  const parts = [
    multi({ m1: [], m2: ["n"] }, { canSubset: false }),
    asset({ key: "n", deps: ["m1"] }, nothing),
  ];
  expect(() => planOf(parts)).toThrow("multi → n → multi");
});

test("a step that can be split runs for what was chosen, one that cannot for all", () => {
  const assets = { m1: [], m2: ["m1"] };
  expect(planOf([multi(assets)], { assets: keys("m2") }).steps[0]?.assets).toEqual(["m2"]);
  expect(planOf([multi(assets, { canSubset: false })], { assets: keys("m2") }).steps[0]?.assets).toEqual([
    "m1",
    "m2",
  ]);
});

test("an external asset among the chosen is left out", () => {
  expect(shape(planOf([a, { assets: [{ key: "x" as AssetKey }] }]))).toEqual(["a"]);
});

const fine = check(a, "fine", {}, () => true);
const strict = check(a, "strict", { blocking: true }, () => true);

test("checks of the chosen assets ride along, and only blocking ones hold up what is downstream", () => {
  expect(shape(planOf([a, b, fine, strict], { assets: keys("a", "b") }))).toEqual([
    "a",
    "a:fine <- a",
    "a:strict <- a",
    "b <- a a:strict",
  ]);
  expect(planOf([a, strict]).steps[1]).toMatchObject({
    execution: "check",
    checks: ["a:strict"],
    blockingChecks: ["a:strict"],
  });
});

test("exactly the asked checks run when checks are asked for", () => {
  expect(shape(planOf([a, fine, strict], { checks: [] }))).toEqual(["a"]);
  expect(shape(planOf([a, fine, strict], { checks: ["a:fine" as CheckKey] }))).toEqual(["a", "a:fine <- a"]);
  expect(shape(planOf([a, fine, strict], { assets: [], checks: ["a:fine" as CheckKey] }))).toEqual([
    "a:fine",
  ]);
});

test("a check that the asset's own step answers belongs to that step", () => {
  const own: Definitions = {
    ...multi({ m1: [] }, { checks: ["m1:own" as CheckKey] }),
    checks: [{ name: "own", asset: "m1" as AssetKey, blocking: true }],
  };
  expect(planOf([own]).steps).toMatchObject([
    { key: "multi", checks: ["m1:own"], blockingChecks: ["m1:own"] },
  ]);
  const alone = planOf([own], { assets: [], checks: ["m1:own" as CheckKey] });
  expect(alone.steps).toMatchObject([{ key: "multi", assets: [], checks: ["m1:own"] }]);
});

const raw = asset({ key: "raw", partitions: days }, nothing);
const staged = asset({ key: "staged", partitions: days, ins: { raw } }, nothing);
const mart = asset({ key: "mart", ins: { staged } }, nothing);
const twoDays: PartitionSet = { kind: "ranges", ranges: [["2026-01-01", "2026-01-02"]] };

test("each partition has its own step, and an unpartitioned asset waits for all of them", () => {
  expect(shape(planOf([raw, staged, mart], { partitions: twoDays }))).toEqual([
    "raw[2026-01-01]",
    "raw[2026-01-02]",
    "staged[2026-01-01] <- raw[2026-01-01]",
    "staged[2026-01-02] <- raw[2026-01-02]",
    "mart <- staged[2026-01-01] staged[2026-01-02]",
  ]);
});

test("a single partition leaves the step's name as it is", () => {
  const plan = planOf([raw], { partitions: { kind: "keys", keys: ["2026-01-02"] } });
  expect(plan.steps).toMatchObject([
    { key: "raw", partitions: ["2026-01-02"], partitionsDefinition: { type: "time" } },
  ]);
});

test.for([
  { policy: { type: "single_run" }, steps: ["p"] },
  {
    policy: { type: "multi_run", maxPartitionsPerRun: 2 },
    steps: ["p[2026-01-01..2026-01-02]", "p[2026-01-03..2026-01-04]", "p[2026-01-05]"],
  },
] as const)("the policy $policy.type makes the steps $steps", ({ policy, steps }) => {
  const p = asset({ key: "p", partitions: days, backfillPolicy: policy }, nothing);
  const plan = planOf([p], { partitions: { kind: "ranges", ranges: [["2026-01-01", "2026-01-05"]] } });
  expect(plan.steps.map((step) => step.key)).toEqual(steps);
});

test("inputs are the slices that the partition mapping asks for", () => {
  const rolling = asset(
    {
      key: "rolling",
      partitions: days,
      ins: { raw },
      partitionMappings: {
        raw: { type: "time_window", startOffset: -1, endOffset: 0, allowNonexistent: true },
      },
    },
    nothing,
  );
  const latest = asset(
    { key: "latest", ins: { raw }, partitionMappings: { raw: { type: "last" } } },
    nothing,
  );
  const plan = planOf([raw, rolling, latest], {
    partitions: { kind: "ranges", ranges: [["2026-01-02", "2026-01-03"]] },
  });
  const inputs = Object.fromEntries(plan.steps.map(({ key, inputs }) => [key, inputs]));
  expect(inputs["rolling[2026-01-03]"]).toEqual([
    { asset: "raw", io: "memory", partitions: ["2026-01-02", "2026-01-03"] },
  ]);
  expect(inputs["latest"]).toEqual([{ asset: "raw", io: "memory", partitions: ["2026-01-09"] }]);
  expect(shape(plan)).toContain("rolling[2026-01-03] <- raw[2026-01-02] raw[2026-01-03]");
  expect(shape(plan)).toContain("rolling[2026-01-02] <- raw[2026-01-02]");
});

test("an unpartitioned asset reads whatever is stored of a partitioned one", () => {
  const plan = planOf([raw, staged, mart], { assets: keys("mart") });
  expect(plan.steps[0]?.inputs).toEqual([{ asset: "staged", io: "memory", everyPartition: true }]);
});

test("an asset that reads its own earlier partition waits for it", () => {
  const self = asset(
    {
      key: "self",
      partitions: days,
      deps: ["self"],
      partitionMappings: {
        self: { type: "time_window", startOffset: -1, endOffset: -1, allowNonexistent: true },
      },
    },
    nothing,
  );
  const plan = planOf([self], { partitions: { kind: "ranges", ranges: [["2026-01-01", "2026-01-03"]] } });
  expect(shape(plan)).toEqual([
    "self[2026-01-01]",
    "self[2026-01-02] <- self[2026-01-01]",
    "self[2026-01-03] <- self[2026-01-02]",
  ]);
  expect(plan.steps[1]?.inputs).toEqual([{ asset: "self", io: "memory", partitions: ["2026-01-01"] }]);
});

test("assets that are sliced differently run together for all of their partitions", () => {
  const week = asset({ key: "week", partitions: weekly({ start: "2026-01-01" }), ins: { raw } }, nothing);
  const now = Temporal.Instant.from("2026-01-12T12:00Z");
  const request = { assets: keys("raw", "week"), partitions: { kind: "all" }, tags: {} } as const;
  const plan = planRun(snapshotOf([raw, week]), request, { now });
  expect(plan.steps.filter(({ step }) => step === "raw")).toHaveLength(11);
  expect(plan.steps.find(({ step }) => step === "week")?.partitions).toEqual(["2026-01-04"]);
});

test.for([
  { allowNonexistent: undefined, reason: "missing-upstream-partition" },
  { allowNonexistent: false, reason: "missing-upstream-partition" },
  { allowNonexistent: true, reason: undefined },
])("slices that are needed and do not exist: allowed $allowNonexistent, refused as $reason", (given) => {
  const { allowNonexistent, reason } = given;
  const mapping = { type: "time_window", startOffset: 0, endOffset: 0 } as const;
  const options = {
    key: "week",
    partitions: weekly({ start: "2025-12-28" }),
    deps: [raw],
    ...(allowNonexistent === undefined
      ? {}
      : { partitionMappings: { raw: { ...mapping, allowNonexistent } } }),
  };
  const plan = () =>
    planOf([raw, asset(options, nothing)], { assets: keys("week"), partitions: { kind: "all" } });
  if (reason === undefined) {
    const [first, ...others] = plan().steps[0]?.inputs[0]?.partitions ?? [];
    expect([first, others.length]).toEqual(["2026-01-01", 2]);
  } else {
    expect(plan).toThrow(expect.objectContaining({ reason }));
    expect(plan).toThrow(/`week`.*`raw`.*`2025-12-28`, `2025-12-29`, `2025-12-30`, `2025-12-31`/);
  }
});

test("a step without assets runs when it is asked for by name", () => {
  const tests: Definitions = { steps: [{ ...multi({}).steps?.[0], name: "setup" } as StepDefinition] };
  const plan = planOf([a, tests], { assets: [], steps: ["setup"] });
  expect(plan.steps).toMatchObject([{ key: "setup", assets: [], checks: [] }]);
  expect(() => planOf([a, tests], { assets: [], steps: ["set"] })).toThrow(
    expect.objectContaining({ reason: "unknown-step" }),
  );
});

test("a step takes the pools of all that it opens: its own, those of resources, and the file of the DuckDB IO", () => {
  const file = resource("file", { pools: ["duckdb:shop.duckdb"], create: nothing });
  const mart = resource("mart", { uses: ["file"], create: nothing });
  const parts = [
    { resources: [file, mart] },
    asset({ key: "plain" }, nothing),
    asset({ key: "stored", io: "duckdb" }, nothing),
    asset({ key: "reader", deps: ["stored"], resources: ["mart"] }, nothing),
    multi({ tool: [] }, { name: "tool", pool: "db", pools: ["db", "duckdb:dbt"] }),
  ];
  const plan = planOf(parts);
  expect(Object.fromEntries(plan.steps.map(({ key, pool, pools }) => [key, { pool, pools }]))).toEqual({
    plain: { pool: undefined, pools: undefined },
    stored: { pool: undefined, pools: ["duckdb:.dop/data/duckdb/data.duckdb"] },
    reader: { pool: undefined, pools: ["duckdb:.dop/data/duckdb/data.duckdb", "duckdb:shop.duckdb"] },
    tool: { pool: "db", pools: ["duckdb:dbt"] },
  });
  expect(plan.pools).toEqual({
    "duckdb:.dop/data/duckdb/data.duckdb": 1,
    "duckdb:dbt": 1,
    "duckdb:shop.duckdb": 1,
  });
});

test("the check of a partitioned asset runs once, after all its slices and over them", () => {
  const question = check(raw, "question", {}, () => true);
  const plan = planOf([raw, question], { partitions: twoDays });
  expect(shape(plan).at(-1)).toBe("raw:question <- raw[2026-01-01] raw[2026-01-02]");
  expect(plan.steps.at(-1)).toMatchObject({
    partitions: ["2026-01-01", "2026-01-02"],
    inputs: [{ asset: "raw", partitions: ["2026-01-01", "2026-01-02"] }],
  });
  const alone = planOf([raw, question], { assets: [], checks: ["raw:question" as CheckKey] });
  expect(alone.steps[0]?.inputs).toEqual([{ asset: "raw", io: "memory", everyPartition: true }]);
});

test("a step carries what its execution needs", () => {
  const warehouse = resource("warehouse", { uses: ["secrets"], create: nothing });
  const secrets = resource("secrets", { create: nothing });
  const unused = resource("unused", { create: nothing });
  const full = asset(
    {
      key: "full",
      deps: [a],
      resources: ["warehouse"],
      io: "custom",
      codeVersion: "3",
      skippable: true,
      pool: "db",
      timeoutSeconds: 60,
      retryPolicy: { maxRetries: 2 },
    },
    nothing,
  );
  const custom = { name: "custom", create: nothing } as never;
  const plan = planOf(
    [a, full, { resources: [warehouse, secrets, unused], ioManagers: [custom] }],
    { assets: keys("full") },
    "parquet",
  );
  const component = { file: "defs/a.ts", document: 1, type: "definitions" };
  expect(plan).toMatchObject({
    resources: { warehouse: component, secrets: component },
    ioManagers: { custom: component },
  });
  expect(Object.keys(plan.resources)).toEqual(["secrets", "warehouse"]);
  expect(plan.steps[0]).toMatchObject({
    component,
    io: { full: "custom" },
    codeVersions: { full: "3" },
    skippable: ["full"],
    resources: ["warehouse"],
    pool: "db",
    timeoutSeconds: 60,
    retryPolicy: { maxRetries: 2 },
    inputs: [{ asset: "a", io: "parquet" }],
  });
});

test("a plan has the limits of its steps' pools, and one for a file of DuckDB", () => {
  const pools = ["db", "duckdb:/data/x.duckdb", "endless"];
  const parts = pools.map((pool, index) => asset({ key: `p${index}`, pool }, nothing));
  const snapshot = snapshotOf(parts);
  const definitions = {
    ...snapshot.definitions,
    pools: [
      { name: "db", limit: 3 },
      { name: "unused", limit: 1 },
    ],
  };
  const assets = keys("p0", "p1", "p2");
  const plan = planRun(
    { ...snapshot, definitions },
    { assets, tags: {} },
    { now: Temporal.Instant.from("2026-01-10T00:00Z") },
  );
  expect(plan.pools).toEqual({ db: 3, "duckdb:/data/x.duckdb": 1 });
});

/** Numbers below `limit`, the same for the same seed. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % limit;
  };
}

test("in any graph each step comes after those it waits for, whatever the order of the definitions", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const next = numbers(seed);
    const parts = Array.from({ length: 2 + next(20) }, (_, index) => {
      const deps = index === 0 ? [] : Array.from({ length: next(4) }, () => `n${next(index)}`);
      const partitions = next(3) === 0 ? {} : { partitions: days };
      return asset({ key: `n${index}`, deps, ...partitions }, nothing);
    });
    const snapshot = snapshotOf(parts);
    const assets = keys(...parts.map((part) => part.key).filter(() => next(4) > 0), "n0");
    const sliced = parts.some((part) => assets.includes(part.key) && part.spec.partitions !== undefined);
    const request: RunRequest = { assets, tags: {}, ...(sliced ? { partitions: twoDays } : {}) };
    const now = { now: Temporal.Instant.from("2026-01-10T00:00Z") };
    const plan = planRun(snapshot, request, now);
    const seen = new Set<string>();
    for (const step of plan.steps) {
      for (const before of step.after) expect(seen).toContain(before);
      expect(seen).not.toContain(step.key);
      seen.add(step.key);
    }
    expect(new Set(plan.steps.flatMap((step) => step.assets))).toEqual(new Set(assets));
    const shuffled: SnapshotDefinitions = {
      ...snapshot.definitions,
      assets: snapshot.definitions.assets.toReversed(),
      steps: snapshot.definitions.steps.toReversed(),
    };
    expect(
      planRun({ ...snapshot, definitions: shuffled }, { ...request, assets: assets.toReversed() }, now).steps,
    ).toEqual(plan.steps);
  }
});
