import { describe, expect, test } from "vitest";
import { parseRunResults, parseSourceResults } from "../../lib/dbt/artifacts.ts";
import { matchingPaths } from "../../lib/dbt/selection/path-pattern.ts";
import { matchesPattern } from "../../lib/dbt/selection/pattern.ts";
import { type NodeSelection, selectNodes } from "../../lib/dbt/selection/select-nodes.ts";
import { NodeSelectionError } from "../../lib/dbt/selection/selection-error.ts";
import { selectorsOfFile } from "../../lib/dbt/selection/yaml-selectors.ts";
import { manifestOf, type WrittenNodes } from "./dbt-manifest-text.ts";

const shop: WrittenNodes = {
  "model.shop.staging.stg_orders": {
    config: { materialized: "view", meta: { level: 3, hot: true } },
    tags: ["raw"],
  },
  "model.shop.staging.stg_customers": {},
  "model.shop.marts.orders": { parents: ["model.shop.staging.stg_orders"] },
  "model.shop.marts.customers": {
    parents: ["model.shop.staging.stg_customers", "model.shop.marts.orders"],
  },
  "test.shop.both": { parents: ["model.shop.marts.orders", "model.shop.marts.customers"] },
  "test.shop.beside": { parents: ["model.shop.marts.customers", "model.shop.staging.stg_orders"] },
  "unit_test.shop.adds_up": { parents: ["model.shop.marts.customers"], config: { tags: ["quick"] } },
  "source.shop.app.events": { source_name: "app" },
  "analysis.shop.look": { parents: ["model.shop.marts.orders"] },
};

const last = (id: string): string => id.split(".").at(-1) as string;

function names(selection: NodeSelection, options?: Parameters<typeof manifestOf>[1]): string[] {
  return [...selectNodes(manifestOf(shop, options), selection).ids].map(last).sort();
}

function errorOf(selection: NodeSelection, options?: Parameters<typeof manifestOf>[1]): NodeSelectionError {
  try {
    names(selection, options);
  } catch (error) {
    if (error instanceof NodeSelectionError) return error;
  }
  throw new Error("the selection was not refused");
}

test.for([
  { pattern: "[]a]b", text: "]b", matches: true },
  { pattern: "[!]a]b", text: "]b", matches: false },
  { pattern: "[a-c]x", text: "bx", matches: true },
  { pattern: "[c-a]x", text: "bx", matches: false },
  { pattern: "[!c-a]x", text: "bx", matches: true },
  { pattern: "[a", text: "[a", matches: true },
  { pattern: "[^a]", text: "^", matches: true },
  { pattern: "[a-]", text: "-", matches: true },
  { pattern: "a.c", text: "abc", matches: false },
  { pattern: "a\n*", text: "a\nb\nc", matches: true },
  { pattern: "?", text: "🦆", matches: true },
])("fnmatch finds $text by $pattern: $matches", ({ pattern, text, matches }) => {
  expect(matchesPattern(text, pattern)).toBe(matches);
});

test.for([
  { pattern: "models/*/orders.sql", paths: ["models/marts/orders.sql"] },
  { pattern: "models/*", paths: ["models/.hidden", "models/marts"] },
  { pattern: "**/*.sql", paths: ["models/marts/core/a.sql", "models/marts/orders.sql"] },
  { pattern: "models/**", paths: ["models", "models/marts", "models/marts/core"] },
  { pattern: "./models/marts/", paths: ["models/marts"] },
  { pattern: "models/**/core", paths: ["models/marts/core"] },
  { pattern: "marts", paths: [] },
])("the path $pattern means $paths", ({ pattern, paths }) => {
  const files = new Set(["models/marts/orders.sql", "models/marts/core/a.sql", "models/.hidden"]);
  expect([...matchingPaths(pattern, files)].sort()).toEqual(paths);
});

describe("tests come along", () => {
  test.for([
    { mode: "eager", chosen: ["both", "orders"] },
    { mode: "cautious", chosen: ["orders"] },
    { mode: "buildable", chosen: ["orders"] },
    { mode: "empty", chosen: ["orders"] },
  ] as const)("$mode with one of two tested models: $chosen", ({ mode, chosen }) => {
    expect(names({ select: "orders", indirectSelection: mode })).toEqual(chosen);
  });

  test.for([
    { mode: "cautious", chosen: ["adds_up", "both", "customers", "orders"] },
    { mode: "buildable", chosen: ["adds_up", "beside", "both", "customers", "orders"] },
    { mode: "empty", chosen: ["customers", "orders"] },
  ] as const)("$mode looks again once both models are chosen: $chosen", ({ mode, chosen }) => {
    expect(names({ select: "orders customers", indirectSelection: mode })).toEqual(chosen);
  });

  test("what is excluded takes its tests with it", () => {
    expect(names({ select: "marts.*", exclude: "orders" })).toEqual(["adds_up", "beside", "customers"]);
  });
});

test.for([
  { select: "config.meta.level:3", chosen: [] },
  { select: "config.meta.hot:True", chosen: ["beside", "stg_orders"] },
  { select: "tag:quick", chosen: ["adds_up"] },
  { select: "0+orders", chosen: ["both", "orders"] },
  { select: "orders,,customers", chosen: [] },
  { select: "look", chosen: [] },
  { select: "source:app.ev*", chosen: ["events"] },
  { select: "source:shop.app.events", chosen: ["events"] },
])("dbt chooses $chosen for $select", ({ select, chosen }) => {
  expect(names({ select })).toEqual(chosen);
});

test("a number in YAML is a number", () => {
  const selectors = new Map([["level", { definition: { method: "config.meta.level", value: 3 } }]]);
  expect(names({ selector: "level", selectors })).toEqual(["beside", "stg_orders"]);
});

test.for([
  { version: "1.11.14", chosen: [] },
  { version: "1.11.16", chosen: ["stg_customers", "stg_orders"] },
  { version: "1.12.5", chosen: [] },
  { version: "1.12.6", chosen: ["stg_customers", "stg_orders"] },
  { version: "2.0.0-preview.203", chosen: ["stg_customers", "stg_orders"] },
])("dbt $version finds $chosen for stg_*", ({ version, chosen }) => {
  expect(names({ select: "stg_*", indirectSelection: "empty" }, { version })).toEqual(chosen);
});

test.for([
  { select: "orders @customers+", at: "@customers+", hint: "leave the `+`" },
  { select: "orders,tagg:raw", at: "tagg", hint: "did you mean `tag`?" },
  { select: "2+tagg:raw", at: "tagg", hint: "did you mean `tag`?" },
  { select: "orders resource_type:modle", at: "resource_type:modle", hint: "did you mean `model`?" },
  { select: "state:modifed", at: "state:modifed", hint: "did you mean `modified`?" },
  { select: "source:a.b.c.d", at: "source:a.b.c.d", hint: "package.source.table" },
  { select: "metric:a.b.c", at: "metric:a.b.c", hint: "package.name" },
  { select: "version:newest", at: "version:newest", hint: "known: latest" },
  { select: "result:error", at: "result:error", hint: "`state`" },
])("$select is refused at $at", ({ select, at, hint }) => {
  const error = errorOf({ select });
  expect(select.slice(error.place?.start, error.place?.end)).toBe(at);
  expect(error.hint).toContain(hint);
});

test("criteria that find nothing are told", () => {
  const { unmatched } = selectNodes(manifestOf(shop), { select: "orders nothing tag:none,orders" });
  expect(unmatched).toEqual(["nothing", "tag:none,orders"]);
});

describe("selectors", () => {
  const file = (...selectors: object[]) => selectorsOfFile({ selectors });

  test.for([
    { definition: "+customers", chosen: ["customers", "orders", "stg_customers", "stg_orders"] },
    { definition: { tag: "raw" }, chosen: ["stg_orders"] },
    {
      definition: { method: "fqn", value: "orders", parents: true, parents_depth: 0 },
      chosen: ["orders", "stg_orders"],
    },
    { definition: { method: "fqn", value: "orders", parents: true, parents_depth: "0" }, chosen: ["orders"] },
    { definition: { intersection: ["marts.*", { method: "fqn", value: "orders" }] }, chosen: ["orders"] },
    { definition: { union: ["orders", "customers", { exclude: ["orders"] }] }, chosen: ["customers"] },
    { definition: { method: "fqn", value: "marts.*", exclude: ["orders", "customers"] }, chosen: [] },
  ])("$definition chooses $chosen", ({ definition, chosen }) => {
    const selectors = file({ name: "it", definition });
    const found = names({ selector: "it", selectors, indirectSelection: "empty" });
    expect(found).toEqual(chosen);
  });

  test.for([
    { definition: { union: ["orders"], exclude: ["a"] }, says: "beside `union`" },
    { definition: { union: [{ exclude: ["a"] }, { exclude: ["b"] }] }, says: "two `exclude`" },
    { definition: { union: "orders" }, says: "a list" },
    {
      definition: { method: "fqn", value: "a", children: true, childrens_parents: true },
      says: "exclude each other",
    },
    { definition: { method: "fqn", value: "a", indirect_selection: "lazy" }, says: "no indirect selection" },
    {
      definition: { method: "fqn", value: "a", parents: true, parents_depth: "far" },
      says: "no whole number",
    },
    { definition: { method: "tag", name: "a" }, says: "`method` and `value`" },
    { definition: ["a"], says: "no definition" },
    { definition: { bogus: "a" }, says: "no selection method" },
  ])("a definition is refused with $says", ({ definition, says }) => {
    const error = errorOf({ selector: "it", selectors: file({ name: "it", definition }) });
    expect(error.message).toContain(says);
  });

  test("an unknown selector is refused with the one that was meant", () => {
    const selectors = file({ name: "nightly", definition: "orders" });
    expect(errorOf({ selector: "nigthly", selectors }).hint).toBe("did you mean `nightly`?");
  });

  test.for([
    { version: "1.11.2", definition: { method: "selector", value: "other" } },
    { version: "1.12.0", definition: { method: "selector", value: "oth*" } },
    { version: "1.12.0", definition: "selector:other" },
  ])("a selector of dbt $version names another by $definition", ({ version, definition }) => {
    const selectors = file({ name: "it", definition }, { name: "other", definition: "orders" });
    expect(names({ selector: "it", selectors }, { version })).toEqual(["both", "orders"]);
  });

  test.for(["1.11.2", "1.12.0"])("selectors of dbt %s that name each other are refused", (version) => {
    const selectors = file(
      { name: "a", definition: { method: "selector", value: "b" } },
      { name: "b", definition: { method: "selector", value: "a" } },
    );
    expect(errorOf({ selector: "a", selectors }, { version }).message).toContain("circle");
  });

  test("the method selector is refused where dbt is too old for it", () => {
    expect(errorOf({ select: "selector:a" }).message).toContain("1.12");
  });

  test("the default selector stands in where nothing is selected", () => {
    const selectors = file({ name: "it", definition: "orders", default: true });
    expect(names({ selectors })).toEqual(["both", "orders"]);
    expect(names({ selectors, exclude: "fqn:*" })).toEqual(["events"]);
  });

  test.for([null, {}, { selectors: {} }, { selectors: [{ name: "a" }] }])(
    "%j is no selectors file",
    (value) => {
      expect(() => selectorsOfFile(value)).toThrow(NodeSelectionError);
    },
  );
});

describe("compared with an earlier state", () => {
  const model = (fields: object): WrittenNodes => ({
    "model.shop.orders": { fqn: ["shop", "orders"], ...fields },
  });

  const modified = (
    before: WrittenNodes,
    now: WrittenNodes,
    word = "modified",
    macros: object[] = [{}, {}],
  ) =>
    selectNodes(manifestOf(now, { macros: macros[1] }), {
      select: `state:${word}`,
      state: { manifest: manifestOf(before, { macros: macros[0] }) },
    }).ids.size;

  test.for([
    { change: { raw_code: "select 2" }, words: ["modified", "modified.body"] },
    { change: { unrendered_config: { materialized: "table" } }, words: ["modified", "modified.configs"] },
    { change: { unrendered_config: { alias: "o" } }, words: ["modified", "modified.relation"] },
    { change: { unrendered_config: { tags: ["x"] } }, words: [] },
    { change: { description: "other" }, words: [] },
    { change: { access: "public" }, words: ["modified"] },
    { change: { contract: { enforced: true, checksum: "1" } }, words: ["modified", "modified.contract"] },
    { change: { depends_on: { macros: ["macro.shop.m"], nodes: [] } }, words: [] },
  ])("a model with $change is $words", ({ change, words }) => {
    const all = ["modified", "modified.body", "modified.configs", "modified.relation", "modified.contract"];
    expect(all.filter((word) => modified(model({}), model(change), word) === 1)).toEqual(words);
    expect(modified(model({}), model(change), "unmodified")).toBe(words.length === 0 ? 1 : 0);
  });

  test("descriptions count where dbt writes them to the warehouse", () => {
    const config = { enabled: true, persist_docs: { relation: true, columns: true } };
    const described = (description: string, column: string) =>
      model({ config, description, columns: { id: { name: "id", description: column } } });
    expect(modified(described("a", "b"), described("a", "b"))).toBe(0);
    expect(modified(described("a", "b"), described("c", "b"), "modified.persisted_descriptions")).toBe(1);
    expect(modified(described("a", "b"), described("a", "c"))).toBe(1);
  });

  test("a macro that changed changes what calls it by way of others", () => {
    const calls = model({ depends_on: { macros: ["macro.shop.outer"], nodes: [] } });
    const macros = (text: string) => ({
      "macro.shop.outer": { macro_sql: "o", depends_on: { macros: ["macro.shop.inner"] } },
      "macro.shop.inner": { macro_sql: text },
    });
    expect(modified(calls, calls, "modified", [macros("a"), macros("a")])).toBe(0);
    expect(modified(calls, calls, "modified.macros", [macros("a"), macros("b")])).toBe(1);
  });

  test.for([
    { id: "model.shop.fresh", chosen: 1 },
    { id: "unit_test.shop.fresh", chosen: 1 },
    { id: "source.shop.app.fresh", chosen: 0 },
    { id: "exposure.shop.fresh", chosen: 0 },
  ])("$id that is new counts as modified: $chosen", ({ id, chosen }) => {
    expect(modified({}, { [id]: {} })).toBe(chosen);
    expect(modified({}, { [id]: {} }, "new")).toBe(1);
  });

  test.for([
    { id: "source.shop.app.s", change: { identifier: "other" } },
    { id: "source.shop.app.s", change: { freshness: { warn_after: { count: 1, period: "day" } } } },
    { id: "exposure.shop.e", change: { owner: { email: "x" } } },
    { id: "exposure.shop.e", change: { depends_on: { nodes: ["model.shop.x"] } } },
    { id: "metric.shop.m", change: { label: "x" } },
    { id: "semantic_model.shop.s", change: { measures: [{ name: "x" }] } },
    { id: "saved_query.shop.q", change: { query_params: { metrics: ["x"] } } },
    { id: "saved_query.shop.q", change: { exports: [{ name: "x" }] } },
    { id: "unit_test.shop.u", change: { checksum: "x" } },
    { id: "seed.shop.s", change: { checksum: { name: "sha256", checksum: "x" } } },
    { id: "function.shop.f", change: { returns: "x" } },
    { id: "test.shop.t", change: { unrendered_config: { severity: "warn" } } },
  ])("$id with $change is modified", ({ id, change }) => {
    expect(modified({ [id]: {} }, { [id]: {} })).toBe(0);
    expect(modified({ [id]: {} }, { [id]: change })).toBe(1);
  });

  test("results are those of the earlier run", () => {
    const results = parseRunResults(
      JSON.stringify({ results: [{ unique_id: "model.shop.marts.orders", status: "partial success" }] }),
    );
    if ("reason" in results) throw new Error(results.reason);
    const state = { runResults: results.results };
    expect(names({ select: "result:error", state })).toEqual([]);
    const manifest = manifestOf(shop);
    const selectors = new Map([["part", { definition: { method: "result", value: "partial success" } }]]);
    expect([...selectNodes(manifest, { selector: "part", selectors, state }).ids].map(last)).toContain(
      "orders",
    );
  });

  test.for([
    { before: "2026-01-01T00:00:00Z", now: "2026-01-01T00:00:01Z", chosen: ["events"] },
    { before: "2026-01-01T00:00:00Z", now: "2026-01-01T00:00:00Z", chosen: [] },
    { before: "2026-01-01T00:00:00+00:00", now: "2026-01-01T01:00:00+02:00", chosen: [] },
    { before: undefined, now: "2026-01-01T00:00:00Z", chosen: ["events"] },
    { before: "2026-01-01T00:00:00Z", now: undefined, chosen: [] },
  ])("a source loaded at $now after $before is fresher: $chosen", ({ before, now, chosen }) => {
    const at = (moment: string | undefined) => {
      const result = { unique_id: "source.shop.app.events", status: "pass", max_loaded_at: moment };
      const parsed = parseSourceResults(JSON.stringify({ results: [result] }));
      if ("reason" in parsed) throw new Error(parsed.reason);
      return parsed;
    };
    const state = { sources: at(before), currentSources: at(now) };
    expect(names({ select: "source_status:fresher", state })).toEqual(chosen);
  });
});
