import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDbtLog } from "../../lib/dbt/dbt-log.ts";
import { type DbtTargets, selectionFlags } from "../../lib/dbt/invocation.ts";
import { type DbtManifest, parseManifest } from "../../lib/dbt/manifest.ts";
import { matchesPattern } from "../../lib/dbt/selection/pattern.ts";
import { selectNodes } from "../../lib/dbt/selection/select-nodes.ts";
import { NodeSelectionError } from "../../lib/dbt/selection/selection-error.ts";
import { requireTool } from "../require-tool.ts";
import { fakeStep } from "./fake-step.ts";
import { errorsOf, library, loadDocuments, stepNamed } from "./load-documents.ts";

const exampleFolder = join(library, "dbt");

function exampleManifest(): DbtManifest {
  const parsed = parseManifest(readFileSync(join(exampleFolder, "example_project/manifest.json"), "utf8"));
  if ("reason" in parsed) throw new Error(parsed.reason);
  return parsed;
}

function chosen(select: string, exclude?: string): string[] {
  const { ids } = selectNodes(exampleManifest(), { select, ...(exclude === undefined ? {} : { exclude }) });
  const names = [...ids].filter((id) => !id.startsWith("test."));
  return names.map((id) => id.split(".").at(-1) as string).sort();
}

test.for([
  { select: "fqn:*", names: ["customers", "raw_orders", "stg_orders"] },
  { select: "stg_orders", names: ["stg_orders"] },
  { select: "+customers", names: ["customers", "raw_orders", "stg_orders"] },
  { select: "1+customers", names: ["customers", "stg_orders"] },
  { select: "raw_orders+1", names: ["raw_orders", "stg_orders"] },
  { select: "@stg_orders", names: ["customers", "raw_orders", "stg_orders"] },
  { select: "tag:core", names: ["stg_orders"] },
  { select: "tag:core+", names: ["customers", "stg_orders"] },
  { select: "path:models/marts raw_orders", names: ["customers", "raw_orders"] },
  { select: "models/staging", names: ["stg_orders"] },
  { select: "tag:core+,config.materialized:table,customers", names: ["customers"] },
  { select: "shop.marts", names: ["customers"] },
  { select: "resource_type:seed", names: ["raw_orders"] },
  { select: "nothing_here", names: [] },
])("$select chooses $names", ({ select, names }) => {
  expect(chosen(select)).toEqual(names);
});

test("excluded nodes are taken away with their tests", () => {
  expect(chosen("fqn:*", "tag:core")).toEqual(["customers", "raw_orders"]);
});

test("the tests of a chosen node come along", () => {
  const tests = [...selectNodes(exampleManifest(), { select: "stg_orders" }).ids].filter((id) =>
    id.startsWith("test."),
  );
  expect(tests.length).toBe(3);
});

test.for(["@a+", "nope:a", ""])("%j is no selection", (select) => {
  expect(() => selectNodes(exampleManifest(), { select })).toThrow(NodeSelectionError);
});

test.for([
  { text: "stg_orders", pattern: "stg_*", matches: true },
  { text: "a.b.c", pattern: "a*c", matches: true },
  { text: "abc", pattern: "a?c", matches: true },
  { text: "abc", pattern: "a[!b]c", matches: false },
  { text: "a.c", pattern: "a[.]c", matches: true },
  { text: "abc", pattern: "ab", matches: false },
])("$text of the pattern $pattern: $matches", ({ text, pattern, matches }) => {
  expect(matchesPattern(text, pattern)).toBe(matches);
});

describe("what dbt is asked for", () => {
  const { nodes } = exampleManifest();
  const node = (id: string) => nodes.get(id) as never;
  const unique = [...nodes.keys()].find((id) => id.startsWith("test.shop.unique_customers")) as string;
  const targets = {
    assets: new Map([
      ["stg_orders", node("model.shop.stg_orders")],
      ["customers", node("model.shop.customers")],
    ]),
    checks: new Map([["customers:unique", node(unique)]]),
    select: "tag:core+  other",
    exclude: "tag:old",
    tests: true,
  } as unknown as DbtTargets;
  const flags = (assets: string[], checks: string[]) =>
    selectionFlags({ selectedAssets: assets, selectedChecks: checks } as never, targets);

  test("everything: the selection as written", () => {
    expect(flags(["stg_orders", "customers"], ["customers:unique"])).toEqual([
      "--select",
      "tag:core+",
      "other",
      "--exclude",
      "tag:old",
    ]);
  });

  test("an asset with all of its checks: its name", () => {
    expect(flags(["customers"], ["customers:unique"])).toEqual(["--select", "fqn:shop.marts.customers"]);
  });

  test("an asset without its checks: exactly that", () => {
    expect(flags(["customers"], [])).toEqual([
      "--select",
      "fqn:shop.marts.customers",
      "--indirect-selection",
      "empty",
    ]);
  });

  test("a check alone: exactly that", () => {
    expect(flags([], ["customers:unique"])).toEqual([
      "--select",
      `fqn:${nodes.get(unique)?.fqn.join(".")}`,
      "--indirect-selection",
      "empty",
    ]);
  });
});

test.for([
  {
    name: "LogModelResult",
    data: { node_info: { unique_id: "m", node_status: "success" }, execution_time: 1 },
    event: { type: "built", status: "success", seconds: 1 },
  },
  {
    name: "LogSeedResult",
    data: { node_info: { unique_id: "m", node_status: "error" } },
    event: { type: "built", status: "error" },
  },
  {
    name: "LogModelResult",
    data: { node_info: { unique_id: "m", node_status: "partial success" } },
    event: { type: "built", status: "partial success" },
  },
  {
    name: "SkippingDetails",
    data: { node_info: { unique_id: "m", resource_type: "model" } },
    event: { type: "built", status: "skipped" },
  },
  {
    name: "LogTestResult",
    data: { node_info: { unique_id: "t" }, status: "warn", num_failures: 2 },
    event: { type: "tested", status: "warn", failures: 2 },
  },
  {
    name: "LogTestResult",
    data: { node_info: { resource_type: "unit_test" }, status: "pass" },
    event: { type: "tested", status: "pass", isUnitTest: true },
  },
])("dbt's $name tells $event", ({ name, data, event }) => {
  expect(parseDbtLog(JSON.stringify({ info: { name, level: "info", msg: "m" }, data }))).toMatchObject(event);
});

test("a line that is no JSON is a message", () => {
  expect(parseDbtLog("Usage: dbt")).toMatchObject({ type: "message", level: "info", message: "Usage: dbt" });
});

test("models, seeds and tests of a project become assets and checks", async () => {
  const text = readFileSync(join(exampleFolder, "example.yaml"), "utf8").replace(
    '"tag:core+"',
    '"+customers"',
  );
  const loaded = await loadDocuments(text, { folder: exampleFolder });
  expect(loaded.problems).toEqual([]);
  const { assets, checks } = loaded.snapshot.definitions;
  expect(assets.map(({ key, deps, groupName, kinds }) => ({ key, deps, groupName, kinds }))).toEqual([
    { key: "customers", deps: ["stg_orders"], groupName: "marts", kinds: ["dbt", "duckdb"] },
    { key: "raw_orders", deps: [], groupName: "raw_orders", kinds: ["dbt", "duckdb"] },
    { key: "stg_orders", deps: ["raw_orders"], groupName: "staging", kinds: ["dbt", "duckdb"] },
  ]);
  expect(checks.map(({ key, blocking }) => [key, blocking])).toEqual([
    ["customers:unique_customers_customer", true],
    ["stg_orders:not_null_stg_orders_customer", false],
    ["stg_orders:not_null_stg_orders_id", true],
    ["stg_orders:unique_stg_orders_id", true],
  ]);
});

test("another component's `dbt_asset_key` finds a model by its name", async () => {
  const text = `${readFileSync(join(exampleFolder, "example.yaml"), "utf8")}---
type: lib.DopHightouchSyncComponent
attributes:
  asset: { key: sync/customers, deps: ["{{ dbt_asset_key('customers') }}"] }
  sync_id_env_var: SYNC_ID
`;
  const { snapshot } = await loadDocuments(text, { folder: exampleFolder });
  expect(snapshot.definitions.assets.find(({ key }) => key === "sync/customers")?.deps).toEqual([
    "customers",
  ]);
});

test("a project without a manifest is a problem that says how to make one", async () => {
  const { snapshot } = await loadDocuments(
    "type: lib.DbtProjectComponent\nattributes: { project: ./shop }\n",
  );
  expect(snapshot.problems).toMatchObject([
    { code: "file-not-found", hint: expect.stringContaining("dbt parse") },
  ]);
});

test("a selection that dbt would refuse is a problem", async () => {
  const text = readFileSync(join(exampleFolder, "example.yaml"), "utf8").replace(
    '"tag:core+"',
    '"tagg:core"',
  );
  const loaded = await loadDocuments(text, { folder: exampleFolder });
  expect(errorsOf(loaded)).toMatchObject([expect.stringContaining("invalid-selection")]);
});

const realDocument = `type: lib.DbtProjectComponent
attributes:
  project: ./example_project
  manifest: ./example_project/manifest.json
`;

test("dbt builds models and answers their tests", { timeout: 180_000 }, async (context) => {
  requireTool(context, "dbt");
  const loaded = await loadDocuments(realDocument, { folder: exampleFolder });
  const definition = stepNamed(loaded, "demo.dbt");
  const { step, reports } = fakeStep({
    assets: definition.assets,
    checks: definition.checks,
    folder: join(loaded.root, "data"),
  });
  await definition.run(step);
  expect(reports.materialized.map(({ asset }) => asset).sort()).toEqual([
    "customers",
    "raw_orders",
    "stg_orders",
  ]);
  expect(reports.checked).toMatchObject({
    "stg_orders:unique_stg_orders_id": { passed: true },
    "stg_orders:not_null_stg_orders_customer": {
      passed: false,
      severity: "warn",
      metadata: { failed_rows: 1 },
    },
  });
});

/** A step whose dbt is a recorded log. */
function recorded(lines: object[], exitCode: number) {
  const { step, reports } = fakeStep({ assets: ["raw_orders", "stg_orders"], checks: [] });
  const subprocess: typeof step.subprocess = async (_command, _args, options) => {
    for (const line of lines) options?.stdoutText?.(JSON.stringify(line));
    return { exitCode };
  };
  return { step: { ...step, dataFolder: tmpdir(), subprocess }, reports };
}

const built = (id: string, status: string) => ({
  info: {
    name: id.startsWith("seed") ? "LogSeedResult" : "LogModelResult",
    level: "info",
    msg: `${status} ${id}`,
  },
  data: { node_info: { unique_id: id, node_status: status } },
});

test.for([
  {
    what: "a model that failed",
    lines: [built("seed.shop.raw_orders", "success"), built("model.shop.stg_orders", "error")],
    exitCode: 1,
    message: /stg_orders: error/,
    retry: "later",
  },
  {
    what: "a model that was left out",
    lines: [built("seed.shop.raw_orders", "success")],
    exitCode: 0,
    message: /did not build stg_orders/,
    retry: "never",
  },
  {
    what: "a refused call",
    lines: [{ info: { name: "MainEncounteredError", level: "error", msg: "no such profile" } }],
    exitCode: 2,
    message: /no such profile/,
    retry: "never",
  },
])("$what fails the step, and what was built stays reported", async ({ lines, exitCode, message, retry }) => {
  const loaded = await loadDocuments(realDocument, { folder: exampleFolder });
  const { step, reports } = recorded(lines, exitCode);
  await expect(stepNamed(loaded, "demo.dbt").run(step)).rejects.toMatchObject({
    message: expect.stringMatching(message),
    retry,
  });
  expect(reports.materialized.map(({ asset }) => asset)).toEqual(
    lines.length > 1 || exitCode === 0 ? ["raw_orders"] : [],
  );
});

const outputs = (type: string, path: string) => `shop:
  target: "{{ env_var('SHOP_TARGET', 'dev') }}"
  outputs:
    dev: { type: ${type}, path: "${path}", attach: [{ path: "more.duckdb" }, { path: "md:shared" }] }
    prod: { type: postgres, host: db }
`;
const dbtFolder = "duckdb:defs/demo/example_project";
const attached = `${dbtFolder}/more.duckdb`;

test.for<{ profile: string; env?: Record<string, string>; target?: string; pools: string[] | undefined }>([
  { profile: outputs("duckdb", "shop.duckdb"), pools: [attached, `${dbtFolder}/shop.duckdb`] },
  {
    profile: outputs("duckdb", "{{ env_var('SHOP_FILE', 'x.duckdb') }}"),
    env: { SHOP_FILE: "/srv/shop.duckdb" },
    pools: ["duckdb:/srv/shop.duckdb", attached],
  },
  {
    profile: outputs("duckdb", "{{ env_var('DOP_DATA_FOLDER', '.dop/data') }}/shop.duckdb"),
    pools: ["duckdb:.dop/data/shop.duckdb", attached],
  },
  { profile: outputs("duckdb", ":memory:"), pools: [attached] },
  { profile: outputs("duckdb", "{{ env_var('SHOP_FILE') }}"), pools: [dbtFolder] },
  { profile: outputs("duckdb", "{{ target.name }}.duckdb"), pools: [dbtFolder] },
  {
    profile: outputs("duckdb", "{{ env_var('SHOP_TOKEN') }}.duckdb"),
    env: { SHOP_TOKEN: "s3cret" },
    pools: [dbtFolder],
  },
  { profile: "shop: [", pools: [dbtFolder] },
  { profile: outputs("duckdb", "shop.duckdb"), target: "prod", pools: undefined },
  { profile: outputs("duckdb", "shop.duckdb"), env: { SHOP_TARGET: "prod" }, pools: undefined },
])("a dbt profile tells which DuckDB files a run opens: %$", async (given) => {
  const { profile, env = {}, target, pools } = given;
  const text = `type: lib.DbtProjectComponent
attributes:
  project: ./example_project
  manifest: ./example_project/manifest.json
${target === undefined ? "" : `  target: ${target}\n`}`;
  const loaded = await loadDocuments(text, {
    folder: exampleFolder,
    env,
    files: { "example_project/profiles.yml": profile },
  });
  expect(loaded.problems).toEqual([]);
  expect(stepNamed(loaded, "demo.dbt").pools).toEqual(pools);
  expect(JSON.stringify(loaded.snapshot)).not.toContain("s3cret");
});
