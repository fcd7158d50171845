import { expect, test } from "vitest";
import type { AssetKey } from "../../platform/core/asset-key.ts";
import { eager, onCron } from "../../platform/core/condition-builders.ts";
import type { Problem } from "../../platform/core/problem.ts";
import { reference } from "../../platform/core/reference.ts";
import { Secret } from "../../platform/core/secret.ts";
import { cadencePartitions } from "../../platform/core/time-partitions.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import { assetOf, checkKeys, keys, loadedProject, merge, step } from "./loaded-project.ts";

const codes = (problems: readonly Problem[]): string[] => problems.map(({ code }) => code);
const daily = cadencePartitions("daily", { start: "2026-01-01" });

test("an asset of the graph has every list, the default group and its step", () => {
  const merged = merge([{ assets: [{ key: "raw/orders" }] }]);
  expect(merged.problems).toEqual([]);
  expect(assetOf(merged, "raw/orders")).toEqual({
    key: "raw/orders",
    deps: [],
    owners: [],
    tags: {},
    kinds: [],
    groupName: "default",
    materializable: true,
    step: "raw/orders",
    checks: [],
    codeReferences: [{ file: "defs/c0/component.yaml", line: 3 }],
    component: { file: "defs/c0/component.yaml", document: 1, type: "lib.Thing" },
  });
});

test("a dep that nobody defines becomes an external asset without a problem", () => {
  const merged = merge([{ assets: [{ key: "orders", deps: ["outside/shop"] }] }]);
  expect(merged.problems).toEqual([]);
  expect(assetOf(merged, "outside/shop")).toMatchObject({ materializable: false, groupName: "default" });
  expect(assetOf(merged, "outside/shop")).not.toHaveProperty("component");
});

test("a dep one slip away from a defined key is a warning with that key", () => {
  const { problems } = merge([{ assets: [{ key: "raw/orders" }, { key: "mart", deps: ["raw/order"] }] }]);
  expect(problems).toMatchObject([
    {
      code: "unknown-asset",
      severity: "warning",
      hint: "did you mean `raw/orders`?",
      span: { start: { line: 4 } },
    },
  ]);
});

test.for([
  { dep: "raw/ordres", near: true },
  { dep: "raw/Orders", near: true },
  { dep: "rav/orders", near: true },
  { dep: "raw/orderss", near: true },
  { dep: "raw/oders", near: true },
  { dep: "raw/order_lines", near: false },
  { dep: "rwa/ordrs", near: false },
  { dep: "raws/order", near: false },
])("the dep $dep is one slip away from raw/orders: $near", ({ dep, near }) => {
  const { problems } = merge([{ assets: [{ key: "raw/orders" }, { key: "mart", deps: [dep] }] }]);
  expect(codes(problems)).toEqual(near ? ["unknown-asset"] : []);
});

test("keys that differ by a digit are different on purpose", () => {
  expect(
    merge([{ assets: [{ key: "raw/orders_1" }, { key: "mart", deps: ["raw/orders_2"] }] }]).problems,
  ).toEqual([]);
});

test("of two assets with one key the first stays and the later is told with both places", () => {
  const merged = merge([
    { folder: "a", assets: [{ key: "x", description: "first" }] },
    { folder: "b", assets: [{ key: "x", description: "second" }, { key: "y" }] },
  ]);
  expect(merged.problems.filter(({ code }) => code === "duplicate-asset")).toMatchObject([
    {
      severity: "error",
      span: { file: "defs/b/component.yaml", start: { line: 3 } },
      related: [{ span: { file: "defs/a/component.yaml", start: { line: 3 } } }],
    },
  ]);
  expect(assetOf(merged, "x")).toMatchObject({ description: "first" });
  expect(merged.snapshot.components.map(({ status }) => status)).toEqual(["ready", "quarantined"]);
  expect(merged.snapshot.components[1]?.assets).toEqual(["y"]);
});

test("two components may say the same of an outside asset", () => {
  const source = { key: "shop/orders", groupName: "postgres", external: true };
  expect(merge([{ assets: [source] }, { assets: [source] }]).problems).toEqual([]);
  expect(
    codes(merge([{ assets: [source] }, { assets: [{ ...source, groupName: "mysql" }] }]).problems),
  ).toEqual(["duplicate-asset"]);
});

test("equal names of jobs, schedules, sensors, resources, steps and IO managers are told", () => {
  const component = {
    jobs: [{ name: "j", selection: "*" }],
    schedules: [
      { name: "s", cron: "@daily", timeZone: "UTC", target: { selection: "*" }, defaultStatus: "stopped" },
    ],
    sensors: [{ name: "t", kind: "file", minimumIntervalSeconds: 30, defaultStatus: "stopped" }],
    resources: [{ key: "r", type: "duckdb" }],
    ioManagers: ["mine"],
    steps: [step("one", ["a"])],
  } as const;
  const { problems } = merge([{ assets: [{ key: "a" }], ...component }, component]);
  expect(codes(problems)).toEqual(Array(6).fill("duplicate-name"));
});

test("pools with one limit may be named twice, with two limits not", () => {
  expect(
    merge([{ pools: [{ name: "db", limit: 1 }] }, { pools: [{ name: "db", limit: 1 }] }]).problems,
  ).toEqual([]);
  const { problems, snapshot } = merge([{ pools: [{ name: "db", limit: 2 }] }], {
    pools: [{ name: "db", limit: 1 }],
  });
  expect(codes(problems)).toEqual(["duplicate-name"]);
  expect(snapshot.definitions.pools).toEqual([{ name: "db", limit: 1 }]);
});

test("a component that is not enabled adds nothing", () => {
  const merged = merge([
    { enabled: false, assets: [{ key: "a" }], patches: [{ fields: { owners: ["team:x"] } }] },
  ]);
  expect(merged.graph.assets).toEqual([]);
  expect(merged.snapshot.components).toMatchObject([{ enabled: false, assets: [] }]);
});

test("references are answered by whoever says so, before or after", () => {
  const merged = merge([
    { assets: [{ key: "sync", deps: [reference("dbt_model", "orders")] }] },
    { assets: [{ key: "mart/orders", answers: ["dbt_model:orders"] }] },
  ]);
  expect(merged.problems).toEqual([]);
  expect(assetOf(merged, "sync")?.deps).toEqual(["mart/orders"]);
  expect(assetOf(merged, "mart/orders")).not.toHaveProperty("answers");
});

test("an unanswered reference is told where it was written, with the near answer", () => {
  const span = {
    file: "defs/c0/component.yaml",
    start: { line: 9, column: 12 },
    end: { line: 9, column: 30 },
  };
  const merged = merge([
    {
      assets: [
        { key: "sync", deps: [{ ...reference("dbt_model", "ordrs"), span }, "raw"] },
        { key: "o", answers: ["dbt_model:orders"] },
      ],
    },
  ]);
  expect(merged.problems).toMatchObject([
    { code: "unresolved-reference", span, hint: "did you mean `orders`?" },
  ]);
  expect(assetOf(merged, "sync")?.deps).toEqual(["raw"]);
});

test("a reference that two assets answer is told with both", () => {
  const { problems } = merge([
    {
      assets: [
        { key: "sync", deps: [reference("dbt_model", "orders")] },
        { key: "a", answers: ["dbt_model:orders"] },
        { key: "b", answers: ["dbt_model:orders"] },
      ],
    },
  ]);
  expect(problems).toMatchObject([{ code: "unresolved-reference", related: [{}, {}] }]);
});

test("whoever merges may answer what the project does not", () => {
  const merged = merge(
    [{ assets: [{ key: "sync", deps: [reference("dbt_model", "orders")] }] }],
    {},
    { resolveReference: (_kind, name) => `dbt:${name}` as AssetKey },
  );
  expect(merged.problems).toEqual([]);
  expect(assetOf(merged, "sync")?.deps).toEqual(["dbt:orders"]);
});

test("checks hang on their asset and know their step", () => {
  const merged = merge([
    {
      assets: [{ key: "a" }],
      checks: [{ name: "rows", asset: keys("a")[0] as AssetKey, blocking: true }],
      steps: [step("a", ["a"], { checks: checkKeys("a:rows") })],
    },
  ]);
  expect(merged.snapshot.definitions.checks).toMatchObject([
    { key: "a:rows", asset: "a", blocking: true, additionalDeps: [], step: "a" },
  ]);
  expect(assetOf(merged, "a")?.checks).toEqual(["a:rows"]);
  expect(merged.snapshot.components[0]?.checks).toEqual(["a:rows"]);
});

test("a check of an unknown asset and a second check of one name are told and left out", () => {
  const [a, b] = keys("orders", "ordres") as [AssetKey, AssetKey];
  const { problems, snapshot } = merge([
    {
      assets: [{ key: "orders" }],
      checks: [
        { name: "rows", asset: a },
        { name: "rows", asset: a },
        { name: "rows", asset: b },
      ],
    },
  ]);
  expect(codes(problems).sort()).toEqual(["duplicate-check", "unknown-asset"]);
  expect(snapshot.definitions.checks.map(({ key }) => key)).toEqual(["orders:rows"]);
});

test("a circle of deps is told once with every hop and then broken", () => {
  const merged = merge([
    { folder: "x", assets: [{ key: "a", deps: ["c"] }] },
    { folder: "y", assets: [{ key: "b", deps: ["a"] }, { key: "c", deps: ["b", "free"] }, { key: "free" }] },
  ]);
  expect(merged.problems).toMatchObject([
    {
      code: "asset-cycle",
      related: [
        { span: { file: "defs/x/component.yaml" }, message: "`a` depends on `c`" },
        { message: "`c` depends on `b`" },
        { message: "`b` depends on `a`" },
      ],
    },
  ]);
  expect(merged.graph.topologicalOrder()).toHaveLength(4);
  expect(merged.snapshot.components.map(({ status }) => status)).toEqual(["quarantined", "quarantined"]);
});

test("two circles are two problems", () => {
  const { problems } = merge([
    {
      assets: [
        { key: "a", deps: ["b"] },
        { key: "b", deps: ["a"] },
        { key: "c", deps: ["d"] },
        { key: "d", deps: ["c"] },
      ],
    },
  ]);
  expect(codes(problems)).toEqual(["asset-cycle", "asset-cycle"]);
});

test.for([
  { startOffset: -1, endOffset: -1, right: true },
  { startOffset: -1, endOffset: 0, right: false },
  { startOffset: 0, endOffset: 0, right: false },
])(
  "an asset may depend on itself with offsets $startOffset and $endOffset: $right",
  ({ startOffset, endOffset, right }) => {
    const mapping = { type: "time_window", startOffset, endOffset, allowNonexistent: false } as const;
    const merged = merge([
      { assets: [{ key: "a", deps: ["a"], partitions: daily, partitionMappings: { a: mapping } }] },
    ]);
    expect(codes(merged.problems)).toEqual(right ? [] : ["asset-cycle"]);
    expect(assetOf(merged, "a")?.deps).toEqual(right ? ["a"] : []);
    expect(merged.graph.topologicalOrder()).toEqual(["a"]);
  },
);

test("an asset without partitions may not depend on itself", () => {
  expect(codes(merge([{ assets: [{ key: "a", deps: ["a"] }] }]).problems)).toEqual(["asset-cycle"]);
});

test("names that nobody defines are told with what is near, once for a place", () => {
  const { problems } = merge([
    {
      assets: [{ key: "a", resources: ["warehose"], pool: "db", io: "parket" }],
      steps: [step("a", ["a"], { resources: ["warehose"] })],
      resources: [{ key: "warehouse", type: "duckdb", uses: ["secrets"] }],
    },
  ]);
  expect(problems.map(({ code, hint }) => [code, hint]).sort()).toEqual([
    ["unknown-io-manager", "did you mean `parquet`?"],
    ["unknown-pool", "no pool is defined"],
    ["unknown-resource", "defined are warehouse"],
    ["unknown-resource", "did you mean `warehouse`?"],
  ]);
});

test("the project's own IO manager must exist too", () => {
  expect(merge([], { io: "parket" }).problems).toMatchObject([
    { code: "unknown-io-manager", span: { file: "package.json" } },
  ]);
  expect(merge([{ ioManagers: ["mine"] }], { io: "mine" }).problems).toEqual([]);
});

test("what could not be evaluated is told at its field and taken out", () => {
  const origins = { automationCondition: { file: "defs/defs.yaml", line: 7 } };
  const merged = merge([
    {
      assets: [
        {
          key: "a",
          origins,
          automationCondition: onCron("0 25 * * *", "Mars/Olympus"),
          freshnessPolicy: {
            type: "cron",
            deadlineCron: "nonsense",
            lowerBoundSeconds: 3600,
            timeZone: "UTC",
          },
          partitions: { ...daily, start: "soon" },
        },
      ],
    },
  ]);
  expect(codes(merged.problems).sort()).toEqual([
    "invalid-cron",
    "invalid-cron",
    "invalid-partitions",
    "invalid-time-zone",
  ]);
  expect(merged.problems.find(({ code }) => code === "invalid-time-zone")?.span).toMatchObject({
    file: "defs/defs.yaml",
    start: { line: 7 },
  });
  for (const field of ["automationCondition", "freshnessPolicy", "partitions"])
    expect(assetOf(merged, "a")).not.toHaveProperty(field);
});

test.for([
  { owner: "ann@example.com", right: true },
  { owner: "team:data", right: true },
  { owner: "team:", right: false },
  { owner: "ann", right: false },
  { owner: "ann@example", right: false },
])("the owner '$owner' is right: $right", ({ owner, right }) => {
  expect(codes(merge([{ assets: [{ key: "a", owners: [owner] }] }]).problems)).toEqual(
    right ? [] : ["invalid-owner"],
  );
});

test("partitions that can't be mapped to those of a dep are told", () => {
  const { problems } = merge([
    {
      assets: [
        { key: "a", partitions: daily },
        { key: "b", deps: ["a"], partitions: { ...daily, timeZone: "Asia/Seoul" } },
        { key: "c", deps: ["a"], partitions: daily, partitionMappings: { z: { type: "all" } } },
      ],
    },
  ]);
  expect(codes(problems)).toEqual(["invalid-partitions", "invalid-partitions"]);
});

test("jobs, schedules and sensors that could not work are told and left out", () => {
  const { problems, snapshot } = merge([
    {
      assets: [{ key: "orders" }],
      jobs: [
        { name: "good", selection: "orders" },
        { name: "bad", selection: "orders and" },
      ],
      schedules: [
        {
          name: "at_three",
          cron: "0 3 * * *",
          timeZone: "UTC",
          target: { job: "good" },
          defaultStatus: "stopped",
        },
        {
          name: "no_job",
          cron: "0 3 * * *",
          timeZone: "UTC",
          target: { job: "goood" },
          defaultStatus: "stopped",
        },
        {
          name: "no_time",
          cron: ["0 3 * * *", "0 0 3 * * *"],
          timeZone: "Mars",
          target: { selection: "*" },
          defaultStatus: "stopped",
        },
      ],
      sensors: [
        {
          name: "eager",
          kind: "file",
          target: { selection: "nothing:x" },
          minimumIntervalSeconds: 0,
          defaultStatus: "stopped",
        },
      ],
    },
  ]);
  expect(codes(problems).sort()).toEqual([
    "invalid-attribute-value",
    "invalid-cron",
    "invalid-selection",
    "invalid-selection",
    "invalid-time-zone",
    "unknown-job",
  ]);
  expect(snapshot.definitions.jobs.map(({ name }) => name)).toEqual(["good"]);
  expect(snapshot.definitions.schedules.map(({ name }) => name)).toEqual(["at_three"]);
  expect(snapshot.definitions.sensors).toEqual([]);
});

test("a selection that matches nothing is a warning and stays", () => {
  const { problems, snapshot } = merge([
    { assets: [{ key: "orders" }], jobs: [{ name: "j", selection: "ordres" }] },
  ]);
  expect(problems).toMatchObject([
    { code: "empty-selection", severity: "warning", hint: "did you mean `orders`?" },
  ]);
  expect(snapshot.definitions.jobs).toHaveLength(1);
  expect(snapshot.components[0]?.status).toBe("ready");
});

test("the selection of a job that names steps may match nothing", () => {
  const { problems } = merge([
    { jobs: [{ name: "j", selection: "not *", steps: ["setup"] }], steps: [step("setup", [])] },
  ]);
  expect(problems).toEqual([]);
});

test("the pool of a DuckDB file needs no declaration, another one that a resource names does", () => {
  const resources = [{ key: "db", type: "duckdb", pools: ["duckdb:shop.duckdb", "slots"] }];
  const { problems } = merge([{ resources }]);
  expect(problems).toMatchObject([{ code: "unknown-pool", message: expect.stringContaining("slots") }]);
});

test("a component that waits for something may select what it does not know yet", () => {
  const project = loadedProject([{ jobs: [{ name: "j", selection: "fivetran/*" }] }]);
  const components = project.components.map((component) => ({ ...component, status: "needs_lock" as const }));
  expect(mergeProject({ ...project, components }).problems).toEqual([]);
});

test("a selection by past runs is judged when it is used", () => {
  expect(
    merge([{ assets: [{ key: "a" }], jobs: [{ name: "j", selection: "status:failed" }] }]).problems,
  ).toEqual([]);
});

test("rules are kept only where the project lists them", () => {
  const components = [
    { folder: "a", assets: [{ key: "x" }] },
    { folder: "b/c", assets: [{ key: "y" }, { key: "outside", external: true }] },
  ];
  expect(merge(components).problems).toEqual([]);
  const { problems } = merge(components, {
    rules: { description: "error", owner: { exempt: ["defs/b"] }, check: "warning", group: "off" },
  });
  expect(problems.map(({ code, severity, span }) => `${code} ${severity} ${span.file}`)).toEqual([
    "rule-description error defs/a/component.yaml",
    "rule-owner warning defs/a/component.yaml",
    "rule-check warning defs/a/component.yaml",
    "rule-description error defs/b/c/component.yaml",
    "rule-check warning defs/b/c/component.yaml",
    "rule-description error defs/b/c/component.yaml",
  ]);
});

test("an unknown rule is a problem of the configuration", () => {
  expect(merge([], { rules: { ownr: "warning" } }).problems).toMatchObject([
    { code: "invalid-configuration", hint: "did you mean `owner`?" },
  ]);
});

test("the environment's prefix stands before every key and nowhere twice", () => {
  const [a] = keys("a") as [AssetKey];
  const merged = merge(
    [
      {
        assets: [
          { key: "a" },
          {
            key: "b",
            deps: ["a", "outside"],
            partitions: daily,
            automationCondition: { type: "asset_matches", asset: a, operand: { type: "missing" } },
            partitionMappings: { a: { type: "all" } },
          },
        ],
        checks: [{ name: "rows", asset: a }],
        steps: [step("a", ["a"], { checks: checkKeys("a:rows") }), step("b", ["b"])],
        jobs: [{ name: "j", selection: "a+" }],
      },
    ],
    { keyPrefix: "dev/ann" },
  );
  expect(merged.problems).toEqual([]);
  expect(merged.graph.assets.map(({ key }) => key)).toEqual(["dev/ann/a", "dev/ann/b", "dev/ann/outside"]);
  expect(assetOf(merged, "dev/ann/b")).toMatchObject({
    deps: ["dev/ann/a", "dev/ann/outside"],
    automationCondition: { asset: "dev/ann/a" },
    partitionMappings: { "dev/ann/a": { type: "all" } },
  });
  expect(merged.snapshot.definitions.steps[0]).toMatchObject({
    name: "a",
    assets: ["dev/ann/a"],
    checks: ["dev/ann/a:rows"],
  });
  expect(merged.snapshot.definitions).toMatchObject({
    keyPrefix: "dev/ann",
    checks: [{ key: "dev/ann/a:rows", asset: "dev/ann/a" }],
  });
  expect(merged.snapshot.components[0]?.assets).toEqual(["dev/ann/a", "dev/ann/b"]);
});

test("the same definitions have the same id in any order of files, and other places do not matter", () => {
  const [one, two] = [
    { folder: "a", assets: [{ key: "x", automationCondition: eager() }] },
    { folder: "b", assets: [{ key: "y", deps: ["x"] }] },
  ];
  const id = merge([one, two]).snapshot.id;
  expect(id).toMatch(/^[0-9a-f]{64}$/);
  expect(merge([two, one]).snapshot.id).toBe(id);
  expect(merge([{ ...one, folder: "moved" }, two]).snapshot.id).toBe(id);
  expect(
    merge([one, { ...two, assets: [{ key: "y", deps: ["x"], description: "new" }] }]).snapshot.id,
  ).not.toBe(id);
});

test("a snapshot is plain data without secrets", () => {
  const metadata = { token: { type: "text", value: new Secret("hunter2") as unknown as string } } as const;
  const { snapshot } = merge([{ assets: [{ key: "a", metadata }] }]);
  expect(JSON.stringify(snapshot)).not.toContain("hunter2");
});

test("what loading has told stays, and all problems come in the order of files", () => {
  const early = {
    code: "invalid-yaml",
    severity: "error",
    message: "m",
    related: [],
    span: { file: "defs/z.yaml", start: { line: 1, column: 1 }, end: { line: 1, column: 1 } },
  } as const;
  const project = loadedProject([{ assets: [{ key: "a", owners: ["nobody"] }] }], { problems: [early] });
  expect(codes(mergeProject(project).problems)).toEqual(["invalid-owner", "invalid-yaml"]);
});
