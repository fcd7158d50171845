import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { manifestText, type WrittenNodes } from "./dbt-manifest-text.ts";
import { library, loadDocuments, stepNamed } from "./load-documents.ts";

const head = "type: lib.DbtProjectComponent\nattributes:\n  project: ./dbt\n  manifest: ./manifest.json\n";

/** A component over a made manifest; `attributes` are lines of YAML. */
function load(nodes: WrittenNodes, attributes: readonly string[] = [], more: readonly string[] = []) {
  const own = attributes.map((line) => `  ${line}\n`).join("");
  const others = more.map((text) => `---\n${text}`).join("");
  return loadDocuments(`${head}${own}${others}`, { files: { "manifest.json": manifestText(nodes) } });
}

const shop: WrittenNodes = {
  "source.shop.raw.orders": { source_name: "raw", name: "orders" },
  "model.shop.orders": { parents: ["source.shop.raw.orders"] },
  "model.shop.customers": { parents: ["model.shop.orders"] },
};

async function assetOf(key: string, ...given: Parameters<typeof load>) {
  const { snapshot, problems } = await load(...given);
  return { asset: snapshot.definitions.assets.find((asset) => asset.key === key), problems };
}

describe("assets of a dbt project", () => {
  test("sources are external assets upstream of their models", async () => {
    const { snapshot } = await load(shop);
    expect(
      snapshot.definitions.assets.map(({ key, deps, materializable }) => ({ key, deps, materializable })),
    ).toEqual([
      { key: "customers", deps: ["orders"], materializable: true },
      { key: "orders", deps: ["raw/orders"], materializable: true },
      { key: "raw/orders", deps: [], materializable: false },
    ]);
  });

  test("with `sources: deps` nothing is told of them but their keys", async () => {
    const { asset } = await assetOf("raw/orders", shop, ["sources: deps"]);
    expect(asset).toMatchObject({ kinds: [] });
  });

  test("an asset that another component makes takes the place of the source of its key", async () => {
    const text = `type: lib.ScriptComponent
attributes:
  command: "true"
  assets: [{ key: raw/orders, kinds: [sling] }, { key: after, deps: ["{{ dbt_asset_key('raw.orders') }}"] }]
`;
    const { snapshot, problems } = await load(shop, [], [text]);
    expect(problems).toEqual([]);
    const { assets } = snapshot.definitions;
    expect(assets.find(({ key }) => key === "raw/orders")).toMatchObject({
      kinds: ["sling"],
      materializable: true,
    });
    expect(assets.find(({ key }) => key === "after")?.deps).toEqual(["raw/orders"]);
    expect(JSON.stringify(assets)).not.toContain("yields");
  });

  test("sources with a freshness can be observed, and dbt's answer is a check", async () => {
    const source = {
      source_name: "raw",
      name: "orders",
      freshness: { error_after: { count: 1, period: "day" } },
    };
    const { snapshot } = await load({ ...shop, "source.shop.raw.orders": source }, ["sources: observe"]);
    const { assets, checks, steps } = snapshot.definitions;
    expect(assets.find(({ key }) => key === "raw/orders")).toMatchObject({
      observable: true,
      materializable: false,
      metadata: { freshness_error_seconds: { value: 86_400 } },
    });
    expect(checks.map(({ key }) => key)).toEqual(["raw/orders:freshness"]);
    expect(steps.find(({ name }) => name === "demo.dbt.freshness")).toMatchObject({
      execution: "observe",
      assets: ["raw/orders"],
      checks: ["raw/orders:freshness"],
    });
  });

  test("exposures, metrics and semantic models are external, with keys of their own", async () => {
    const nodes = {
      ...shop,
      "semantic_model.shop.orders": { parents: ["model.shop.orders"] },
      "metric.shop.revenue": { parents: ["semantic_model.shop.orders"], type: "simple" },
      "exposure.shop.board": { parents: ["model.shop.customers"], type: "dashboard" },
    };
    const { snapshot } = await load(nodes);
    const external = snapshot.definitions.assets.filter(({ materializable }) => !materializable);
    expect(external.map(({ key, deps, kinds }) => [key, deps, kinds])).toEqual([
      ["board", ["customers"], ["dashboard"]],
      ["raw/orders", [], ["dbt", "duckdb"]],
      ["revenue", ["semantic_model/orders"], ["metric"]],
      ["semantic_model/orders", ["orders"], ["semantic_model"]],
    ]);
    const without = await load(nodes, ["exposures: none"]);
    expect(without.snapshot.definitions.assets.map(({ key }) => key)).toEqual([
      "customers",
      "orders",
      "raw/orders",
    ]);
  });

  test("ephemeral models are looked through", async () => {
    const nodes = {
      ...shop,
      "model.shop.between": { parents: ["model.shop.orders"], config: { materialized: "ephemeral" } },
      "model.shop.customers": { parents: ["model.shop.between"] },
    };
    const { snapshot } = await load(nodes);
    expect(snapshot.definitions.assets.map(({ key, deps }) => [key, deps])).toEqual([
      ["customers", ["orders"]],
      ["orders", ["raw/orders"]],
      ["raw/orders", []],
    ]);
  });

  test("constraints of an enforced contract tell of columns", async () => {
    const columns = {
      id: { name: "id", data_type: "int", constraints: [{ type: "not_null" }] },
      code: { name: "code", data_type: "text" },
    };
    const constraints = [{ type: "primary_key", columns: ["code"] }];
    const model = { columns, constraints, config: { contract: { enforced: true } } };
    const { asset } = await assetOf("orders", { "model.shop.orders": model });
    expect(asset?.metadata).toMatchObject({
      contract_enforced: { value: true },
      column_schema: {
        value: {
          columns: [
            { name: "id", type: "int", nullable: false },
            { name: "code", type: "text", nullable: false, unique: true },
          ],
        },
      },
    });
    const loose = await assetOf("orders", { "model.shop.orders": { columns, constraints } });
    expect(JSON.stringify(loose.asset)).not.toContain("nullable");
  });

  test("a deep chain of models is no circle and overflows nothing", async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 12_000 }, (_, at) => [
        `model.shop.m${at}`,
        { parents: at === 11_999 ? [] : [`model.shop.m${at + 1}`] },
      ]),
    );
    const { snapshot } = await load(chain);
    expect(snapshot.definitions.assets.length).toBe(12_000);
  });
});

describe("meta of a dbt node", () => {
  const withMeta = (meta: object): WrittenNodes => ({ ...shop, "model.shop.orders": { config: { meta } } });

  test("`meta.dop` sets fields of the asset, and wins over `meta.dagster`", async () => {
    const meta = {
      dagster: { group: "old", owners: ["a@example.com"], asset_key: ["a", "b"] },
      dop: {
        group: "marts",
        key: "mart/orders",
        automation_condition: "eager",
        partitions_def: { type: "daily", start_date: "2026-01-01" },
        freshness_policy: { time_window: { fail_window: "2h" } },
        retry_policy: { max_retries: 2 },
        tags: { tier: "1" },
      },
    };
    const { asset, problems } = await assetOf("mart/orders", withMeta(meta));
    expect(problems).toEqual([]);
    expect(asset).toMatchObject({
      groupName: "marts",
      owners: ["a@example.com"],
      partitions: { type: "time" },
      freshnessPolicy: { failSeconds: 7200 },
      retryPolicy: { maxRetries: 2 },
      tags: { tier: "1" },
    });
    expect(asset?.automationCondition).toBeDefined();
  });

  test.for([
    { key: "mart/orders", meta: { dop: { key: "mart/orders" } } },
    { key: "mart/orders", meta: { dop: { asset_key: ["mart", "orders"] } } },
    { key: "mart/orders", meta: { dagster: { asset_key: ["mart", "orders"] } } },
  ])("$meta gives the key $key", async ({ key, meta }) => {
    expect((await assetOf(key, withMeta(meta))).asset?.key).toBe(key);
  });

  test.for([
    {
      meta: { freshness_check: { lower_bound_delta_seconds: 3600 } },
      policy: { type: "time_window", failSeconds: 3600 },
    },
    {
      meta: { freshness_policy: { maximum_lag_minutes: 90, cron_schedule: "0 9 * * *" } },
      policy: { type: "cron", deadlineCron: "0 9 * * *", lowerBoundSeconds: 5400, timeZone: "UTC" },
    },
  ])("`meta.dagster` $meta is the freshness $policy", async ({ meta, policy }) => {
    const { asset, problems } = await assetOf("orders", withMeta({ dagster: meta }));
    expect(problems).toEqual([]);
    expect(asset?.freshnessPolicy).toMatchObject(policy);
  });

  test("an unknown or wrong field is a problem that names the node", async () => {
    const { problems } = await load(withMeta({ dop: { ownerz: ["x"], backfill_policy: { type: "daily" } } }));
    expect(problems).toMatchObject([
      expect.stringMatching(/^error .*model\.shop\.orders/),
      expect.stringMatching(/^error .*model\.shop\.orders/),
    ]);
  });

  test("the translation has the last word", async () => {
    const { asset, problems } = await assetOf(
      "x/orders",
      withMeta({ dop: { group: "marts", tags: { a: "1" } } }),
      [`translation: { key_prefix: x, tags: { b: "{{ spec.group_name or 'none' }}" } }`],
    );
    expect(problems).toEqual([]);
    expect(asset).toMatchObject({ groupName: "marts", tags: { a: "1", b: "marts" } });
  });

  test("a model that reads itself depends on itself only with a mapping to its slices", async () => {
    const own = { has_self_dependency: true };
    const mapping = {
      partition_mappings: { orders: { type: "time_window", start_offset: -1, end_offset: -1 } },
    };
    const partitions_def = { type: "daily", start_date: "2026-01-01" };
    const { asset, problems } = await assetOf(
      "orders",
      withMeta({ dop: { ...own, ...mapping, partitions_def } }),
    );
    expect(problems).toEqual([]);
    expect(asset?.deps).toEqual(["orders"]);
    expect((await assetOf("orders", withMeta({ dop: own }))).asset?.deps).toEqual([]);
  });
});

describe("checks of a dbt project", () => {
  const checksOf = async (nodes: WrittenNodes, attributes: readonly string[] = []) => {
    const { snapshot } = await load({ ...shop, ...nodes }, attributes);
    return snapshot.definitions.checks.map(({ key, blocking, additionalDeps }) => ({
      key,
      blocking,
      additionalDeps,
    }));
  };
  const error = { severity: "ERROR" };

  test.for([
    {
      what: "of one model",
      nodes: { "test.shop.t": { parents: ["model.shop.orders"], config: error } },
      check: { key: "orders:t", blocking: true, additionalDeps: [] },
    },
    {
      what: "that only warns",
      nodes: { "test.shop.t": { parents: ["model.shop.orders"], config: { severity: "warn" } } },
      check: { key: "orders:t", blocking: false, additionalDeps: [] },
    },
    {
      what: "of a source",
      nodes: { "test.shop.t": { parents: ["source.shop.raw.orders"], config: error } },
      check: { key: "raw/orders:t", blocking: true, additionalDeps: [] },
    },
    {
      what: "of a model and those above it, with no word about which one it is for",
      nodes: { "test.shop.t": { parents: ["model.shop.orders", "model.shop.customers"], config: error } },
      check: { key: "customers:t", blocking: true, additionalDeps: ["orders"] },
    },
    {
      what: "that names its model",
      nodes: {
        "test.shop.t": {
          parents: ["model.shop.orders", "model.shop.customers"],
          config: { ...error, meta: { dop: { ref: { name: "orders" } } } },
        },
      },
      check: { key: "orders:t", blocking: true, additionalDeps: ["customers"] },
    },
    {
      what: "of units, which runs before its model",
      nodes: { "unit_test.shop.orders.u": { parents: ["model.shop.orders"], model: "orders" } },
      check: { key: "orders:u", blocking: true, additionalDeps: [] },
    },
    {
      what: "of an ephemeral model",
      nodes: {
        "model.shop.between": { parents: ["model.shop.orders"], config: { materialized: "ephemeral" } },
        "test.shop.t": {
          parents: ["model.shop.between"],
          attached_node: "model.shop.between",
          config: error,
        },
      },
      check: { key: "orders:t", blocking: true, additionalDeps: [] },
    },
  ])("a test $what is the check $check.key", async ({ nodes, check }) => {
    expect(await checksOf(nodes)).toEqual([check]);
  });

  test("a test of two unrelated models is no check", async () => {
    const nodes = {
      "model.shop.other": {},
      "test.shop.t": { parents: ["model.shop.other", "model.shop.customers"], config: error },
    };
    expect(await checksOf(nodes)).toEqual([]);
  });

  test("without tests there are no checks", async () => {
    const nodes = { "test.shop.t": { parents: ["model.shop.orders"], config: error } };
    expect(await checksOf(nodes, ["tests: none"])).toEqual([]);
  });

  test("tests of one name are told apart by their ids", async () => {
    const nodes = {
      "test.shop.t": { parents: ["model.shop.orders"], config: error },
      "test.other.t": { parents: ["model.shop.orders"], config: error },
    };
    expect((await checksOf(nodes)).map(({ key }) => key)).toEqual(["orders:other.t", "orders:t"]);
  });
});

describe("names for other components", () => {
  const nodes: WrittenNodes = {
    ...shop,
    "model.shop.fct.v1": { name: "fct", alias: "fct_v1", version: 1, latest_version: 2 },
    "model.shop.fct.v2": { name: "fct", alias: "fct_v2", version: 2, latest_version: 2 },
    "model.other.same": { alias: "other_same", config: { schema: "o" } },
    "model.shop.same": {},
  };

  const depOf = async (name: string) => {
    const asset = `type: lib.ScriptComponent
attributes: { command: "true", assets: [{ key: after, deps: ["{{ dbt_asset_key('${name}') }}"] }] }
`;
    const { snapshot, problems } = await load(nodes, [], [asset]);
    return { deps: snapshot.definitions.assets.find(({ key }) => key === "after")?.deps, problems, snapshot };
  };

  test.for([
    { name: "orders", key: "orders" },
    { name: "shop.orders", key: "orders" },
    { name: "model.shop.orders", key: "orders" },
    { name: "raw.orders", key: "raw/orders" },
    { name: "source.shop.raw.orders", key: "raw/orders" },
    { name: "fct", key: "fct_v2" },
    { name: "fct.v1", key: "fct_v1" },
    { name: "shop.fct.v2", key: "fct_v2" },
    { name: "other.same", key: "o/same" },
  ])("dbt_asset_key('$name') is $key", async ({ name, key }) => {
    expect((await depOf(name)).deps).toEqual([key]);
  });

  test("a slip in a model's name is told with the name that is meant", async () => {
    const { snapshot } = await depOf("custmers");
    expect(snapshot.problems).toMatchObject([
      { code: "unresolved-reference", hint: expect.stringContaining("customers") },
    ]);
  });

  test("a name of two packages has to be told apart", async () => {
    expect((await depOf("same")).snapshot.problems).toMatchObject([{ code: "unresolved-reference" }]);
  });
});

describe("further deps of single nodes", () => {
  test.for([
    { selection: "model.shop.orders", keys: ["orders"] },
    { selection: "orders+", keys: ["customers", "orders"] },
  ])("$selection gives them to $keys", async ({ selection, keys }) => {
    const { snapshot, problems } = await load(shop, [`deps: { "${selection}": [ext/rates] }`]);
    expect(problems).toEqual([]);
    const found = snapshot.definitions.assets.filter(({ deps }) => deps.includes("ext/rates" as never));
    expect(found.map(({ key }) => key)).toEqual(keys);
  });

  test("a selection that finds nothing is a problem at its place", async () => {
    const { snapshot } = await load(shop, ["deps: { nothing: [ext/rates] }"]);
    expect(snapshot.problems).toMatchObject([{ code: "empty-selection", path: "attributes.deps.nothing" }]);
  });
});

describe("several components over one dbt project", () => {
  const second = (select: string) => `${head}  select: ${select}\n  command: snapshot\n`;

  test("their lineage joins, and what both read is one asset", async () => {
    const { snapshot, problems } = await load(shop, ["select: customers"], [second("orders")]);
    expect(problems).toEqual([]);
    expect(snapshot.definitions.assets.map(({ key, deps, step }) => [key, deps, step])).toEqual([
      ["customers", ["orders"], "demo.dbt"],
      ["orders", ["raw/orders"], "demo#2.dbt"],
      ["raw/orders", [], undefined],
    ]);
  });

  test("what both build is one problem that names the nodes and both places", async () => {
    const { snapshot } = await load(shop, [], [second("fqn:*")]);
    expect(snapshot.problems).toMatchObject([
      {
        code: "duplicate-asset",
        message: "the assets `orders` and `customers` are defined twice",
        span: { file: "defs/demo/component.yaml" },
        related: [{ span: { file: "defs/demo/component.yaml", start: { line: 1 } } }],
      },
    ]);
  });

  test("two nodes of one key are a problem that names both", async () => {
    const { snapshot } = await load(shop, ["translation: { key: all }"]);
    expect(snapshot.problems[0]).toMatchObject({
      code: "duplicate-asset",
      message: expect.stringContaining("model.shop.orders and model.shop.customers"),
    });
  });
});

describe("the selection of a dbt component", () => {
  const keysOf = async (...attributes: string[]) => {
    const { snapshot } = await load(shop, ["sources: deps", ...attributes]);
    return snapshot.definitions.assets.filter(({ step }) => step !== undefined).map(({ key }) => key);
  };

  test.for([
    { attributes: ["select: [orders, customers]"], keys: ["customers", "orders"] },
    { attributes: ['select: "+customers"', "exclude: [orders]"], keys: ["customers"] },
    { attributes: ['exclude: "customers"'], keys: ["orders"] },
  ])("$attributes chooses $keys", async ({ attributes, keys }) => {
    expect(await keysOf(...attributes)).toEqual(keys);
  });

  test("a selector of the project is found by its name", async () => {
    const selectors = { one: { name: "one", definition: { method: "fqn", value: "orders" } } };
    const load = (name: string) =>
      loadDocuments(`${head}  selector: ${name}\n`, {
        files: { "manifest.json": manifestText(shop, { selectors }) },
      });
    expect(stepNamed(await load("one"), "demo.dbt").assets).toEqual(["orders"]);
    expect((await load("two")).snapshot.problems).toMatchObject([
      { code: "invalid-selection", path: "attributes.selector" },
    ]);
  });

  test("`state` is what `state:` methods compare with", async () => {
    const earlier = manifestText({
      ...shop,
      "model.shop.orders": {
        ...shop["model.shop.orders"],
        raw_code: "select 2",
        checksum: { checksum: "2" },
      },
    });
    const now = manifestText({
      ...shop,
      "model.shop.orders": { ...shop["model.shop.orders"], checksum: { checksum: "1" } },
    });
    const loaded = await loadDocuments(`${head}  select: "state:modified"\n  state: ./earlier\n`, {
      files: { "manifest.json": now, "earlier/manifest.json": earlier },
    });
    expect(loaded.problems).toEqual([]);
    expect(stepNamed(loaded, "demo.dbt").assets).toEqual(["orders"]);
  });
});

test("a model's code references lead to its file, also to that of a package", async () => {
  const files = {
    "manifest.json": manifestText({ ...shop, "model.pack.extra": {} }),
    "dbt/dbt_project.yml": "name: shop\n",
    "dbt/dbt_packages/pack/dbt_project.yml": "name: pack\n",
  };
  const { snapshot } = await loadDocuments(head, { files });
  const referencesOf = (key: string) =>
    snapshot.definitions.assets
      .find((asset) => asset.key === key)
      ?.codeReferences?.map(({ file, line }) => `${file}:${line}`);
  expect(referencesOf("orders")).toEqual(["defs/demo/component.yaml:1", "defs/demo/dbt/models/orders.sql:1"]);
  expect(referencesOf("extra")?.[1]).toBe("defs/demo/dbt/dbt_packages/pack/models/extra.sql:1");
});

test("the example loads", async () => {
  const loaded = await loadDocuments(readFileSync(join(library, "dbt/example.yaml"), "utf8"), {
    folder: join(library, "dbt"),
  });
  expect(loaded.problems).toEqual([]);
});
